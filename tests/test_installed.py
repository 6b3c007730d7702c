"""The warning about the original distribution beside ours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mmaction._installed import find_original


def imported(folder, root) -> str:
    """Standard error of a process that imports mmaction twice with a folder on its path."""
    path = os.pathsep.join([str(root), str(folder)])
    code = 'import mmaction, mmaction.version, importlib; importlib.reload(mmaction.version)'
    done = subprocess.run(
        [sys.executable, '-c', code], env={**os.environ, 'PYTHONPATH': path}, capture_output=True, text=True, check=True
    )
    return done.stderr


@pytest.mark.parametrize('name', ['mmaction2-1.2.0.dist-info', 'mmaction2-0.24.1-py3.8.egg-info'])
def test_original_beside_ours_gives_one_warning(name, tmp_path, root):
    (tmp_path / name).mkdir()
    told = imported(tmp_path, root)
    version = name.removeprefix('mmaction2-').rsplit('.', 1)[0]
    assert told.count(f'mmaction2 {version} is installed beside mmaction-next') == 1
    assert str(tmp_path / name) in told


def test_other_distributions_give_none(tmp_path, root):
    for name in ('mmaction_next-2.0.0.dist-info', 'mmaction2-2.0.0.dev0.dist-info', 'mmaction-0.1.dist-info'):
        (tmp_path / name).mkdir()
    assert find_original([str(tmp_path), '', str(tmp_path / 'absent')]) is None
    assert imported(tmp_path, root) == ''
