"""Small real data for the runs from end to end."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='session')
def prepare():
    """The module ``tools/data/kinetics400_tiny/prepare.py``."""
    path = ROOT / 'tools' / 'data' / 'kinetics400_tiny' / 'prepare.py'
    spec = importlib.util.spec_from_file_location('prepare', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='session')
def workspace(tmp_path_factory: pytest.TempPathFactory, prepare) -> Path:
    """A folder with ``data/kinetics400_tiny``: 12 clips to train on, 4 to validate, 160 x 120 pixels."""
    folder = tmp_path_factory.mktemp('workspace')
    data = folder / 'data'
    prepare.synthesize(data / 'kinetics400_tiny', {'train': 12, 'val': 4}, num_frames=40, size=(120, 160))
    (data / 'kinetics400_tiny_synthetic').symlink_to(data / 'kinetics400_tiny')
    return folder


@pytest.fixture(scope='session')
def run() -> Callable[..., subprocess.CompletedProcess]:
    """Run a script of the checkout in a folder; its output ends up in the assertion where it fails."""

    def call(*command: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess:
        env = {**os.environ, 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'Agg'}
        done = subprocess.run(
            [sys.executable, *command], cwd=cwd, env=env, text=True, capture_output=True, timeout=400, check=False
        )
        assert not check or done.returncode == 0, f'{command} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}'
        return done

    return call
