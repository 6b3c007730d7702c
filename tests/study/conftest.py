"""Fixtures of small studies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_study import ENCODER, SETTINGS, dense_videos, write_study

from mmaction.apis import init_recognizer
from mmaction.study import Run
from mmaction.study.fit import fit_study


@pytest.fixture(scope='session')
def encoder(tmp_path_factory) -> tuple[str, str]:
    """Config and weights of the encoder."""
    folder = tmp_path_factory.mktemp('encoder')
    config = folder / 'tiny.py'
    config.write_text(ENCODER)
    torch.manual_seed(0)
    model = init_recognizer(str(config), None, 'cpu')
    torch.save(model.backbone.state_dict(), folder / 'tiny.pth')
    return str(config), str(folder / 'tiny.pth')


@pytest.fixture(scope='session')
def dense(tmp_path_factory) -> Path:
    """Folder of an import with a label per moment."""
    folder = tmp_path_factory.mktemp('dense')
    return write_study(folder / 'étude', dense_videos(folder / 'videos'))


@pytest.fixture(scope='session')
def run(dense, encoder, tmp_path_factory) -> Run:
    """A run of MS-TCN++ on it."""
    config, weights = encoder
    out = tmp_path_factory.mktemp('runs') / 'étude'
    return fit_study(replace(SETTINGS, data=dense, out=out, features=config, weights=weights), report=lambda line: None)
