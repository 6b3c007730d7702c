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
from mmengine.config import Config
from mmengine.hub import get_config
from mmaction.registry import DATASETS, MODELS, TRANSFORMS
from mmaction.utils import register_all_modules
from mmaction.models.roi_heads.shared_heads.bank_files import bank_file, write_bank
register_all_modules()
for mode in ('train', 'val'):  # the models with a feature bank read it when they are built
    write_bank({}, bank_file('data/ava/lfb_half', mode))

def steps(dataset):
    for part in dataset.get('datasets', [dataset.get('dataset', dataset)]):
        yield from part['pipeline']

count = 0
for path in sorted((home / '.mim' / 'configs').rglob('*.py')):
    if '_base_' in path.parts:
        continue
    cfg = Config.fromfile(path)
    if 'model' in cfg:  # proposal generation has none
        with torch.device('meta'):
            MODELS.build(cfg.model)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        for step in steps(cfg[key].dataset) if cfg.get(key) else ():
            TRANSFORMS.build(step)
    count += 1
assert get_config('mmaction::recognition/tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py').model
assert len((home / '.mim/tools/data/kinetics/label_map_k400.txt').read_text().splitlines()) == 400
for name in sys.argv[1:]:
    assert (home / '.mim' / name).is_file(), name
from importlib.metadata import version
assert version('mmaction2') == version('mmaction-next')  # mim and mmengine look for the former
from mmaction.compat.read import find_config
name = 'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb'
assert find_config(name) == str(home / '.mim/configs/recognition/tsn' / name) + '.py'
from mmaction.configs._base_.models.tsn_r50 import model
assert model['type'] == 'Recognizer2D'
print('configs built:', count)
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
    subprocess.run([*pip, 'install', '--no-deps', '--target', site, str(wheels[0])], check=True, cwd=folder)
    return python


def test_wheel_imports_and_builds_every_config(environment: Path, root: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    tools = [path for path in (root / 'tools').rglob('*') if path.is_file() and '__pycache__' not in path.parts]
    files = [str(path.relative_to(root)) for path in (*tools, root / 'model-index.yml', root / 'dataset-index.yml')]
    done = subprocess.run(
        [environment, '-c', SCRIPT, *files], cwd=tmp_path, env=env, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    listed = sum('_base_' not in path.parts for path in (root / 'configs').rglob('*.py'))
    assert f'configs built: {listed}' in done.stdout
    assert listed >= 200


def test_scripts_of_the_wheel_run(environment: Path, tmp_path: Path) -> None:
    """As mim calls them: by their path in the package."""
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    code = 'import mmaction, pathlib; print(pathlib.Path(mmaction.__file__).parent / ".mim/tools/train.py")'
    options: dict = dict(cwd=tmp_path, env=env, text=True, capture_output=True, check=True, timeout=300)
    script = subprocess.run([environment, '-c', code], **options).stdout.strip()
    assert '--work-dir' in subprocess.run([environment, script, '--help'], **options).stdout
