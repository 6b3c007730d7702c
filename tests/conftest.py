"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault('MPLBACKEND', 'Agg')

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session', autouse=True)
def _session() -> None:
    """One thread a worker (the workers share the cores), names looked up in the package's scope."""
    import torch

    from mmaction.utils import register_all_modules

    torch.set_num_threads(1)
    register_all_modules(init_default_scope=True)


@pytest.fixture(scope='session')
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope='session')
def golden_dir() -> Path:
    """Recorded data of the tests."""
    return ROOT / 'tests' / 'golden'


@pytest.fixture(scope='session')
def clip() -> np.ndarray:
    """A textured clip, uint8 (30, 96, 128, 3), RGB."""
    from mmaction.testing import moving_texture

    return moving_texture(30, 96, 128)


@pytest.fixture(scope='session')
def clip_path(tmp_path_factory: pytest.TempPathFactory, clip: np.ndarray) -> str:
    """The textured clip as an H.264 file, 30 frames at 25 fps."""
    from mmaction.video import write_video

    path = tmp_path_factory.mktemp('clip') / 'clip.mp4'
    write_video(path, clip)
    return str(path)
