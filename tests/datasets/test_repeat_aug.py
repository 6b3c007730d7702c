from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from mmaction.datasets import RepeatAugDataset, repeat_pseudo_collate
from mmaction.registry import FUNCTION


class Steps:
    """A pipeline whose frames tell their number and which counts its work."""

    def __init__(self):
        self.opened = self.decoded = 0
        self.rng = np.random.default_rng(0)

    def init(self, results):
        self.opened += 1
        return {**results, 'video_reader': self, 'total_frames': 100}

    def sample(self, results):
        results['frame_inds'] = self.rng.integers(0, 100, (2, 4))
        results.update(num_clips=2, clip_len=4, shift=int(self.rng.integers(0, 1000)))
        return results

    def decode(self, results):
        self.decoded += 1
        inds = results['frame_inds'].reshape(-1)
        results['imgs'] = np.tile(inds[:, None, None, None], (1, 2, 2, 3)).astype(np.uint8)
        del results['video_reader']
        return results

    def paint(self, results):
        results['seen'] = results['imgs'][:, 0, 0, 0].copy()
        results['imgs'][:] = 255  # writes into what it was given
        return results

    def all(self):
        return [self.init, self.sample, self.decode, self.paint]


@pytest.fixture
def build(tmp_path):
    (tmp_path / 'list.txt').write_text('a.mp4 1\nb.mp4 2\n')
    return lambda steps, **kwargs: RepeatAugDataset(str(tmp_path / 'list.txt'), steps, **kwargs)


@pytest.mark.parametrize('sample_once', [False, True])
def test_one_decode_many_repeats(build, sample_once):
    steps = Steps()
    repeats = build(steps.all(), num_repeats=3, sample_once=sample_once)[1]
    assert (len(repeats), steps.opened, steps.decoded) == (3, 1, 1)
    for repeat in repeats:
        assert repeat['label'] == 2 and repeat['frame_inds'].shape == (2, 4)
        assert 'video_reader' not in repeat
        np.testing.assert_array_equal(repeat['seen'], repeat['frame_inds'].reshape(-1))  # its own frames, not painted
    assert len({r['frame_inds'].tobytes() for r in repeats}) == (1 if sample_once else 3)
    assert len({r['shift'] for r in repeats}) == (1 if sample_once else 3)


def test_repeats_of_lists_of_frames(build):
    def decode(results):
        results['imgs'] = [np.full((2, 2, 3), i, np.uint8) for i in results['frame_inds'].reshape(-1)]
        return results

    def paint(results):
        results['seen'] = [img[0, 0, 0] for img in results['imgs']]
        for img in results['imgs']:
            img[:] = 255
        return results

    steps = Steps()
    for repeat in build([steps.init, steps.sample, decode, paint], num_repeats=2, sample_once=True)[0]:
        assert repeat['seen'] == repeat['frame_inds'].reshape(-1).tolist()


def test_a_dropped_repeat_drops_the_sample(build):
    steps = Steps()
    with pytest.raises(RuntimeError, match=r'Sample 0 .* and 2 others'):
        build([*steps.all(), lambda results: None], max_refetch=2)[0]


def test_unsuitable_pipelines(build):
    steps = Steps()
    with pytest.raises(ValueError, match='no step that samples frames'):
        build([steps.init])[0]
    with pytest.raises(ValueError, match='no step that decodes them'):
        build([steps.init, steps.sample])[0]
    with pytest.raises(ValueError, match=r'num_repeats \(0\)'):
        build(steps.all(), num_repeats=0)


def test_collate_flattens():
    batch = [[dict(inputs=1, data_samples='a0'), dict(inputs=2, data_samples='a1')],
             [dict(inputs=3, data_samples='b0'), dict(inputs=4, data_samples='b1')]]  # fmt: skip
    assert repeat_pseudo_collate(batch) == dict(inputs=[1, 2, 3, 4], data_samples=['a0', 'a1', 'b0', 'b1'])
    assert repeat_pseudo_collate([batch[0][0]]) == dict(inputs=[1], data_samples=['a0'])
    assert FUNCTION.get('repeat_pseudo_collate') is repeat_pseudo_collate


@pytest.mark.parametrize('sample_once', [False, True])
def test_real_videos_through_the_runner(clip_path, tmp_path, sample_once):
    folder, name = os.path.split(clip_path)
    (tmp_path / 'list.txt').write_text(f'{name} 3\n{name} 1\n')
    loader = Runner.build_dataloader(
        dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='repeat_pseudo_collate'),
            dataset=dict(
                type='RepeatAugDataset',
                num_repeats=2,
                sample_once=sample_once,
                ann_file=str(tmp_path / 'list.txt'),
                data_prefix=dict(video=folder),
                pipeline=[
                    dict(type='DecordInit'),
                    dict(type='SampleFrames', clip_len=4, frame_interval=1, num_clips=1),
                    dict(type='DecordDecode'),
                    dict(type='RandomResizedCrop'),
                    dict(type='Resize', scale=(16, 16), keep_ratio=False),
                    dict(type='FormatShape', input_format='NCTHW'),
                    dict(type='PackActionInputs'),
                ],
            ),
        )
    )
    (batch,) = loader
    assert [tuple(x.shape) for x in batch['inputs']] == [(1, 3, 4, 16, 16)] * 4
    assert [s.gt_label.item() for s in batch['data_samples']] == [3, 3, 1, 1]
    assert not torch.equal(batch['inputs'][0], batch['inputs'][1])  # augmented apart
