"""A small sound data set of generated clips, and faults that are planted in it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmaction.video import write_video
from mmaction.video.synthetic import moving_texture

CLASSES = ('clap', 'jump up', 'wave')


@pytest.fixture(scope='session')
def _clips(tmp_path_factory) -> Path:
    """Thirty clips of three classes; ten persons, of whom the last three are evaluated on."""
    root = tmp_path_factory.mktemp('doctor') / 'videos'
    for number, label in enumerate(CLASSES):
        for person in range(10):
            split = 'train' if person < 7 else 'val'
            frames = moving_texture(24, 64, 80, (number - 1.0, 1.0), seed=person * 3 + number)
            write_video(root / f'{split}/{label}/person{person}_{number}.mp4', frames, 12)
    return root


@pytest.fixture
def data(_clips, tmp_path, monkeypatch) -> Path:
    """Working directory with a copy of the clips in ``videos``, and lists of them in ``lists``."""
    monkeypatch.chdir(tmp_path)
    for path in _clips.rglob('*.mp4'):
        target = tmp_path / 'videos' / path.relative_to(_clips)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    lists = tmp_path / 'lists'
    lists.mkdir()
    for split in ('train', 'val'):
        paths = sorted((tmp_path / 'videos' / split).rglob('*.mp4'))
        lines = [f'{path.relative_to(tmp_path / "videos")} {CLASSES.index(path.parent.name)}' for path in paths]
        (lists / f'{split}.txt').write_text('\n'.join(lines) + '\n')
    (lists / 'classes.txt').write_text('\n'.join(CLASSES))
    return tmp_path


@pytest.fixture
def pose_file(tmp_path) -> Callable[[list[dict]], str]:
    """Function from changes of samples to a pickle of them."""

    def write(changes: list[dict]) -> str:
        samples = []
        for number, change in enumerate(changes):
            keypoint = np.random.default_rng(number).uniform(0, 90, (1, 5, 17, 2))
            sample = dict(frame_dir=f'v{number}', keypoint=keypoint, keypoint_score=np.ones((1, 5, 17)), total_frames=5)
            samples.append({**sample, 'img_shape': (90, 90), 'original_shape': (90, 90), **change})
        path = tmp_path / 'poses.pkl'
        path.write_bytes(pickle.dumps(samples))
        return str(path)

    return write
