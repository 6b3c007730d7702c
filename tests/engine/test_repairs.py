"""The repairs of mmengine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mmengine
import pytest
from mmengine import track_iter_progress
from mmengine.utils import get_installed_path, is_installed
from torch.utils.data import DataLoader

import mmaction.registry  # noqa: F401


def test_progress_over_a_data_loader(capsys: pytest.CaptureFixture) -> None:
    assert [int(x) for x in track_iter_progress(DataLoader(range(3)))] == [0, 1, 2]
    assert '3/3' in capsys.readouterr().out
    assert list(track_iter_progress([4, 5])) == [4, 5]
    with pytest.raises(TypeError):
        list(track_iter_progress(iter([1])))


def test_packages_without_pkg_resources() -> None:
    assert is_installed('mmengine')
    assert is_installed('mmcv-lite')
    assert not is_installed('no-such-package')
    assert get_installed_path('mmengine') == str(Path(mmengine.__file__).parent)
    assert get_installed_path('mmcv-lite').endswith('mmcv')
    assert 'pkg_resources' not in sys.modules


def test_import_is_light_and_silent() -> None:
    code = (
        'import sys, mmaction; assert not {"torch", "cv2", "mmengine", "mmcv"} & set(sys.modules), "import mmaction";'
        'from mmaction.utils import register_all_modules; register_all_modules();'
        'assert not {"torch", "cv2"} & set(sys.modules), "register_all_modules"'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
