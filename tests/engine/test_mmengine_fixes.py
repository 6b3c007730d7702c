"""The repairs of mmengine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mmengine
import mmengine.utils
import pytest
from processes import free_port, run_script
from torch.utils.data import DataLoader

import mmaction


def test_progress_over_a_data_loader(capsys: pytest.CaptureFixture) -> None:
    assert [int(x) for x in mmengine.track_iter_progress(DataLoader(range(3)))] == [0, 1, 2]
    assert '3/3' in capsys.readouterr().out
    assert list(mmengine.track_iter_progress([4, 5])) == [4, 5]
    with pytest.raises(TypeError):
        list(mmengine.track_iter_progress(iter([1])))


def test_packages_without_pkg_resources() -> None:
    assert mmengine.utils.is_installed('mmengine')
    assert mmengine.utils.is_installed('mmcv-lite')
    assert not mmengine.utils.is_installed('no-such-package')
    assert mmengine.utils.get_installed_path('mmengine') == str(Path(mmengine.__file__).parent)
    assert mmengine.utils.get_installed_path('mmcv-lite').endswith('mmcv')
    assert 'pkg_resources' not in sys.modules


@pytest.mark.parametrize(
    'imports',
    [
        'import mmaction; from mmengine.config import Config',
        'from mmengine.config import Config; import mmaction',
        'from mmaction.cli.args import read_config',
    ],
)
def test_a_config_names_those_of_the_package_whatever_is_imported_first(imports: str, tmp_path: Path) -> None:
    config = tmp_path / 'mine.py'
    config.write_text("_base_ = ['mmaction::_base_/schedules/sgd_50e.py', 'mmaction::_base_/default_runtime.py']")
    code = (
        f"import sys; sys.modules['pkg_resources'] = None; {imports}\n"  # as where setuptools no longer has it
        f'cfg = Config.fromfile({str(config)!r}) if "Config" in vars() else read_config({str(config)!r})\n'
        'print(cfg.train_cfg.max_epochs, cfg.default_scope, "torch" in sys.modules)'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ('50 mmaction False\n', '')


def test_import_is_light_and_silent() -> None:
    code = (
        'import sys, mmaction; assert not {"torch", "cv2", "mmengine", "mmcv"} & set(sys.modules), "import mmaction";'
        'from mmaction.utils import register_all_modules; register_all_modules();'
        'assert not {"torch", "cv2"} & set(sys.modules), "register_all_modules"'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_a_config_isformatted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmengine.config import Config, config

    from mmaction.engine.mmengine_fixes.config import formatted_once

    seen = []
    monkeypatch.setattr(config, 'FormatCode', formatted_once(lambda text, **_: (seen.append(text) or text, True)))
    one, two = Config(dict(a=1)), Config(dict(a=2))
    assert [cfg.pretty_text for cfg in (one, one, two)] == ['a=1', 'a=1', 'a=2']
    assert len(seen) == 2


def test_what_is_replaced_still_exists() -> None:
    """A new mmengine that renames one of these needs another fix, or none."""
    from mmengine.config import config
    from mmengine.dist import utils as dist
    from mmengine.optim import _ParamScheduler
    from mmengine.runner import Runner, checkpoint
    from mmengine.utils import package_utils, progressbar
    from mmengine.utils.dl_utils import misc

    for owner, names in (
        (checkpoint, ('save_checkpoint', 'find_latest_checkpoint', '_load_checkpoint_to_model', 'load_from_http')),
        (checkpoint, ('get_torchvision_models', 'CheckpointLoader')),
        (checkpoint.CheckpointLoader, ('register_scheme', 'load_checkpoint')),
        (Runner, ('load_checkpoint', 'load_or_resume', 'build_optim_wrapper', 'test', 'call_hook')),
        (config, ('FormatCode',)),
        (dist, ('_init_dist_pytorch', '_init_dist_slurm', '_init_dist_mpi')),
        (_ParamScheduler, ('load_state_dict',)),
        (package_utils, ('is_installed', 'get_installed_path', 'package2module')),
        (progressbar, ('track_iter_progress',)),
        (misc, ('mmcv_full_available', 'pkgutil')),
    ):
        assert [name for name in names if not hasattr(owner, name)] == [], owner


def test_the_loop_of_mmengine_is_the_one_that_was_replaced() -> None:
    """`load_checkpoint` replaces the whole method: it must not do more one day than what ours does."""
    import hashlib

    import mmaction.engine  # noqa: F401

    source = (Path(mmengine.__file__).parent / 'runner' / 'runner.py').read_text()
    start = source.index('    def load_checkpoint(')
    body = source[start : source.index('    @master_only', start)]
    assert hashlib.sha256(body.encode()).hexdigest()[:16] == 'ff018fb3c175dd43', (
        'compare engine/mmengine_fixes/checkpoint.py'
    )


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_python_without_find_loader() -> None:
    """As Python 3.14."""
    code = (
        'import pkgutil\n'
        'if hasattr(pkgutil, "find_loader"): del pkgutil.find_loader\n'
        'import mmaction.registry\n'
        'from mmengine.utils.dl_utils import mmcv_full_available\n'
        'from mmcv.utils.ext_loader import check_ops_exist\n'
        'print(mmcv_full_available(), check_ops_exist(), pkgutil.find_loader("no_such_module"))\n'
    )
    assert run(code) == 'False False None'


@pytest.mark.parametrize('absent', ['class', 'module'])
def test_torch_without_the_former_grad_scaler(absent: str) -> None:
    forget = 'del torch.cuda.amp.GradScaler'
    if absent == 'module':
        forget = 'del torch.cuda.amp; sys.modules["torch.cuda.amp"] = None'
    code = (
        f'import sys, torch, torch.cuda.amp; {forget}\n'
        'try: from torch.cuda.amp import GradScaler\n'
        'except ImportError: pass\n'
        'else: raise SystemExit("it is still there")\n'
        'from mmaction.utils.mmengine_fixes import provide_grad_scaler; provide_grad_scaler()\n'
        'import mmaction.engine\n'
        'from mmengine.optim.optimizer.amp_optimizer_wrapper import GradScaler\n'
        'print(issubclass(GradScaler, torch.amp.GradScaler), GradScaler(init_scale=8.0, enabled=False).is_enabled())\n'
    )
    assert run(code) == 'True False'


@pytest.mark.parametrize(
    ('nodes', 'first'),
    [('cpu1', 'cpu1'), ('gpu[07-09,12],cpu1', 'gpu07'), ('a,b', 'a'), ('rack[2,5]-gpu', 'rack2-gpu')],
)
def test_first_node_of_a_list(nodes: str, first: str) -> None:
    from mmaction.engine.mmengine_fixes.dist import first_node

    assert first_node(nodes) == first


@pytest.mark.parametrize('launcher', ['slurm', 'mpi'])
def test_launchers_without_gpus(launcher: str, tmp_path: Path) -> None:
    """One process of a job: its rank, and a sum over the job."""
    port = free_port()
    variables = dict(
        slurm=dict(SLURM_PROCID='0', SLURM_NTASKS='1', SLURM_NODELIST='localhost'),
        mpi=dict(
            OMPI_COMM_WORLD_LOCAL_RANK='0',
            OMPI_COMM_WORLD_RANK='0',
            OMPI_COMM_WORLD_SIZE='1',
            MASTER_ADDR='localhost',
            MASTER_PORT=str(port),
        ),
    )[launcher]
    code = (
        'import os, torch\n'
        f'os.environ.update({variables})\n'
        'import mmaction.engine\n'
        'from mmengine.dist import all_reduce, get_dist_info, init_dist\n'
        f'init_dist({launcher!r}, backend="gloo"{", port=" + str(port) if launcher == "slurm" else ""})\n'
        'total = torch.ones(2); all_reduce(total)\n'
        'print(get_dist_info(), total.tolist(), os.environ["MASTER_ADDR"])'
    )
    (tmp_path / 'job.py').write_text(code)
    assert run_script('job.py', cwd=tmp_path).stdout.strip() == '(0, 1) [1.0, 1.0] localhost'


def test_changed_settings_of_a_schedule() -> None:
    from collections import Counter

    from mmaction.engine.mmengine_fixes.schedule import changed_settings

    ours = dict(milestones=Counter([1, 3]), gamma=0.1, last_step=0, base_values=[0.01])
    restored = dict(milestones=Counter([1]), gamma=0.1, last_step=7, base_values=[0.02])
    assert changed_settings(ours, restored) == ['milestones [1] instead of [1, 3]']
    assert changed_settings(ours, ours) == []


def test_configs_of_the_scope_need_no_distribution_of_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    from mmengine.utils import package_utils

    def not_installed(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    # As in an environment that has mmaction-next alone: mmengine must not run `pip install mmaction2`.
    monkeypatch.setattr(metadata, 'distribution', not_installed)
    monkeypatch.setattr(package_utils, 'call_command', lambda command: pytest.fail(f'mmengine ran {command}'))
    package_utils.install_package('mmaction2')
    assert package_utils.is_installed('mmaction2')
    assert package_utils.package2module('mmaction2') == 'mmaction'
    assert package_utils.get_installed_path('mmaction2') == str(Path(mmaction.__file__).parent)
