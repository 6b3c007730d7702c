"""Small real data for the runs from end to end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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
