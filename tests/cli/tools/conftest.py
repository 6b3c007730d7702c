"""A small data set with a config of it, and the predictions of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmaction.testing import moving_texture
from mmaction.video import write_video

DATA = """
_base_ = '{base}'
data_root = '{folder}'
ann_file = '{folder}/list.txt'
dataset = dict(
    type='VideoDataset', ann_file=ann_file, data_prefix=dict(video=data_root), pipeline={{{{_base_.test_pipeline}}}},
    test_mode=True)
test_dataloader = dict(
    _delete_=True, batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False), dataset=dataset)
train_dataloader = dict(
    batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False), dataset=dataset)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
work_dir = '{folder}/work'
"""


@pytest.fixture(scope='session')
def small_dataset(tmp_path_factory) -> Path:
    """Four videos of three classes, one of them twice in the list, and a file that is no video."""
    folder = tmp_path_factory.mktemp('small')
    for number in range(4):
        write_video(folder / f'{number}.mp4', moving_texture(12, 64, 80, seed=number))
    (folder / 'list.txt').write_text(''.join(f'{number}.mp4 {number % 3}\n' for number in range(4)))
    (folder / 'broken.mp4').write_bytes(np.random.default_rng(0).bytes(2000))
    (folder / 'bad.txt').write_text('0.mp4 0\nbroken.mp4 1\n2.mp4 2\nmissing.mp4 0\n')
    return folder


@pytest.fixture(scope='session')
def data_config(small_dataset, rec_config) -> str:
    """The small recognizer, with the four videos as training and test data."""
    path = small_dataset / 'data.py'
    path.write_text(DATA.format(base=rec_config, folder=small_dataset))
    return str(path)
