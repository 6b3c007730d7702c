"""Action tubes as samples: keys, boxes and the frames that are read."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest

from mmaction.datasets import ActionTubeDataset
from mmaction.video import write_video

LABELS = ['jump', 'kick']


def _tube(first, last, box):
    frames = np.arange(first, last + 1)
    return np.column_stack([frames, np.tile(box, (len(frames), 1))]).astype(np.float32)


@pytest.fixture
def make(tmp_path):
    """Write a ground truth of three videos of 20 frames, 32 x 24 pixels, and build a dataset of it."""

    def make(pipeline=(), proposals=None, **settings):
        videos = ['a/v1', 'a/v2', 'a/v3']
        truth = dict(
            labels=LABELS,
            gttubes={
                'a/v1': {0: [_tube(3, 4, [8, 6, 16, 18])], 1: [_tube(4, 5, [0, 0, 33, 24])]},
                'a/v2': {1: [_tube(20, 20, [0, 0, 8, 8])]},
                'a/v3': {1: [_tube(1, 1, [0, 0, 8, 8])]},
            },
            nframes=dict.fromkeys(videos, 20),
            resolution=dict.fromkeys(videos, (24, 32)),
            train_videos=[videos[:2]],
            test_videos=[videos[2:]],
        )
        with open(tmp_path / 'gt.pkl', 'wb') as file:
            pickle.dump(truth, file)
        if proposals is not None:
            with open(tmp_path / 'proposals.pkl', 'wb') as file:
                pickle.dump(proposals, file)
            settings['proposal_file'] = str(tmp_path / 'proposals.pkl')
        settings = dict(num_classes=2, data_prefix=dict(img=str(tmp_path))) | settings
        return ActionTubeDataset(str(tmp_path / 'gt.pkl'), list(pipeline), **settings)

    return make


def _frame(number):
    return np.full((24, 32, 3), 10 * number, np.uint8)


def test_samples(make):
    dataset = make()
    keys = [dataset.get_data_info(i)['img_key'] for i in range(len(dataset))]
    assert keys == ['a/v1,0003', 'a/v1,0004', 'a/v1,0005', 'a/v2,0020']
    info = dataset.get_data_info(1)
    assert info['gt_bboxes'].tolist() == [[0.25, 0.25, 0.5, 0.75], [0, 0, 1, 1]]  # the overshoot is clipped
    assert info['gt_labels'].tolist() == [[1, 0], [0, 1]]
    assert dataset.get_cat_ids(1) == [0, 1]
    assert [make(split='test').get_data_info(0)['img_key']] == ['a/v3,0001']


@pytest.mark.parametrize('use_frames', [True, False])
def test_the_annotated_frame_is_read(make, tmp_path, use_frames):
    frames = [_frame(number) for number in range(1, 21)]
    for video in ('v1', 'v2'):
        (tmp_path / 'a' / video).mkdir(parents=True)
        if use_frames:
            for number, frame in enumerate(frames, 1):
                cv2.imwrite(str(tmp_path / 'a' / video / f'{number:05}.png'), frame)
        else:
            write_video(tmp_path / 'a' / f'{video}.mp4', np.stack(frames), fps=25)
    sampler = dict(type='SampleAVAFrames', clip_len=1, test_mode=True)
    steps = [sampler, dict(type='RawFrameDecode'), dict(type='PackActionInputs')]
    if not use_frames:
        steps = [dict(type='DecordInit'), sampler, dict(type='DecordDecode'), dict(type='PackActionInputs')]
    dataset = make(steps, use_frames=use_frames, video_ext='.mp4', filename_tmpl='{:05}.png')
    for place, number in enumerate((3, 4, 5, 20)):
        sample = dataset[place]
        assert sample['inputs'].float().mean().item() == pytest.approx(10 * number, abs=3)
    assert dataset[0]['data_samples'].gt_instances.bboxes.tolist() == [[8, 6, 16, 18]]


def test_proposals_may_name_videos_with_their_suffix(make):
    box = np.array([[0, 0, 0.5, 0.5, 1]])
    for key in ('a/v1,0003', 'a/v1.mp4,0003'):
        dataset = make(proposals={key: box}, video_ext='.mp4', use_frames=False)
        assert dataset.get_data_info(0)['proposals'].tolist() == [[0, 0, 0.5, 0.5]]


def test_arguments(make):
    with pytest.raises(ValueError, match=r"split \('val'\) must be one of 'train', 'test'"):
        make(split='val')
    with pytest.raises(ValueError, match=r'fold \(2\) must be in \[0, 1\), the folds of .*gt.pkl'):
        len(make(fold=2))
    with pytest.raises(ValueError, match=r"gt.pkl, frame 'a/v1,0004': label 1 is out of \[0, 1\)"):
        len(make(num_classes=1))
