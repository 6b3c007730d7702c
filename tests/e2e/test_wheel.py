"""The built wheel, installed into an environment of its own, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

SCRIPT = """
import importlib, pathlib, sys
import mmaction
home = pathlib.Path(mmaction.__file__).parent
assert str(home).startswith(sys.prefix), home
packages = ['apis', 'datasets', 'datasets.transforms', 'engine', 'evaluation', 'models', 'registry', 'structures',
            'testing', 'utils', 'visualization']
for name in packages:
    module = importlib.import_module('mmaction.' + name)
    for public in getattr(module, '__all__', ()):
        assert getattr(module, public) is not None, (name, public)

import torch
from mmengine.hub import get_config
from mmaction.registry import MODELS
name = 'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb'
with torch.device('meta'):
    MODELS.build(get_config(f'mmaction::recognition/tsn/{name}.py').model)
root, *names = sys.argv[1:]
for file in names:
    assert (home / '.mim' / file).read_bytes() == pathlib.Path(root, file).read_bytes(), file
from importlib.metadata import version
assert version('mmaction2') == version('mmaction-next')  # mim and mmengine look for the former
from mmaction.compat.read import find_config
assert find_config(name) == str(home / '.mim/configs/recognition/tsn' / name) + '.py'
from mmaction.configs._base_.models.tsn_r50 import model
assert model['type'] == 'Recognizer2D'
"""


@pytest.fixture(scope='module')
def environment(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that sees the wheel and its dependencies, but not the checkout."""
    folder = tmp_path_factory.mktemp('wheel')
    pip = [sys.executable, '-m', 'pip', '--quiet', '--disable-pip-version-check']
    options = ['--no-deps', '--no-build-isolation', '--wheel-dir', str(folder)]
    subprocess.run([*pip, 'wheel', *options, str(root)], check=True, cwd=folder)
    wheels = list(folder.glob('mmaction_next-*-py3-none-any.whl'))
    assert len(wheels) == 1
    venv.create(folder / 'env', symlinks=True)
    python = folder / 'env' / 'bin' / 'python'
    site = subprocess.run(
        [python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # the dependencies of this environment, without what its .pth files add: the checkout
    Path(site, 'dependencies.pth').write_text(sysconfig.get_path('purelib') + '\n')
    subprocess.run(
        [*pip, 'install', '--no-deps', '--no-compile', '--target', site, str(wheels[0])], check=True, cwd=folder
    )
    return python


def test_wheel_imports_and_has_all_configs_and_tools(environment: Path, root: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    files = [path for path in (root / 'configs').rglob('*') if path.suffix in ('.py', '.yml', '.json')]
    files += [path for path in (root / 'tools').rglob('*') if path.is_file() and '__pycache__' not in path.parts]
    names = [str(path.relative_to(root)) for path in (*files, root / 'model-index.yml', root / 'dataset-index.yml')]
    done = subprocess.run(
        [environment, '-c', SCRIPT, root, *names], cwd=tmp_path, env=env, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert sum(name.startswith('configs/') and name.endswith('.py') for name in names) >= 200


def test_scripts_of_the_wheel_run(environment: Path, tmp_path: Path) -> None:
    """As mim calls them: by their path in the package."""
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    code = 'import mmaction, pathlib; print(pathlib.Path(mmaction.__file__).parent / ".mim/tools/train.py")'
    options: dict = dict(cwd=tmp_path, env=env, text=True, capture_output=True, check=True, timeout=300)
    script = subprocess.run([environment, '-c', code], **options).stdout.strip()
    assert '--work-dir' in subprocess.run([environment, script, '--help'], **options).stdout
