"""The lazy mode gives what the eager one does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.datasets.transforms import (
    CenterCrop,
    Flip,
    Fuse,
    MultiScaleCrop,
    RandomCrop,
    RandomResizedCrop,
    Resize,
)
from mmaction.registry import TRANSFORMS
from mmaction.testing import moving_texture

CLIP = moving_texture(3, 48, 64)


def both(seed, build, clip=CLIP, modality='RGB'):
    """The results of the eager steps and of the lazy ones with Fuse, under one seed."""
    boxes = np.array([[10, 5, 40, 30]], np.float32)
    out = []
    for lazy in (False, True):
        np.random.seed(seed)
        results = dict(imgs=clip, modality=modality, gt_bboxes=boxes.copy())
        for step in build(lazy):
            results = step(results)
        out.append(Fuse()(results) if lazy else results)
    return out


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 3), st.sampled_from(['bilinear', 'nearest', 'area']))
def test_crops_then_resize_then_flip_are_equal(seed, number, interpolation):
    def build(lazy):
        first = (
            RandomCrop(40, lazy=lazy),
            RandomResizedCrop(lazy=lazy),
            MultiScaleCrop(32, (1, 0.8), lazy=lazy),
            CenterCrop((50, 30), lazy=lazy),
        )[number]
        return [
            first,
            RandomResizedCrop((0.5, 1), lazy=lazy),
            Resize((28, 20), keep_ratio=False, interpolation=interpolation, lazy=lazy),
            Flip(0.5, lazy=lazy),
        ]

    eager, lazy = both(seed, build)
    assert np.array_equal(eager['imgs'], lazy['imgs'])
    assert eager['img_shape'] == lazy['img_shape'] == (20, 28)
    assert (eager['gt_bboxes'] == lazy['gt_bboxes']).all() and eager['flip'] == lazy['flip']
    assert (eager['scale_factor'] == lazy['scale_factor']).all()
    assert 'lazy' not in lazy


def test_crop_after_resize_is_equal_where_the_crop_falls_on_whole_pixels():
    def build(lazy):
        return [Resize((32, 24), keep_ratio=False, lazy=lazy), CenterCrop((16, 12), lazy=lazy), Flip(1, lazy=lazy)]

    eager, lazy = both(0, build)
    # half the size by bilinear interpolation is the mean of 2 x 2 pixels, whatever lies around them
    assert np.array_equal(eager['imgs'], lazy['imgs'])
    assert eager['crop_bbox'].tolist() == [8, 6, 24, 18]


def test_record_before_fuse():
    results = dict(imgs=CLIP, modality='RGB')
    for step in (Resize((128, 96), lazy=True), CenterCrop(48, lazy=True), Flip(1, 'vertical', lazy=True)):
        results = step(results)
    assert results['imgs'] is CLIP and results['img_shape'] == (48, 48)
    record = results['lazy']
    assert record['crop_bbox'].tolist() == [20, 12, 44, 36]  # 40, 24, 88, 72 in half the pixels
    assert record['original_shape'] == (48, 64)
    assert (record['flip'], record['flip_direction'], record['interpolation']) == (True, 'vertical', 'bilinear')
    assert Fuse()(results)['imgs'].shape == (3, 48, 48, 3)


def test_flow_flipped_lazily_negates_x():
    eager, lazy = both(0, lambda lazy: [CenterCrop(20, lazy=lazy), Flip(1, lazy=lazy)], CLIP[..., :2], 'Flow')
    assert np.array_equal(eager['imgs'], lazy['imgs'])
    assert (lazy['imgs'][0][0, 0, 0] == 255 - CLIP[0, 14, 41, 0]).all()


def test_a_list_of_frames():
    eager, lazy = both(0, lambda lazy: [RandomCrop(20, lazy=lazy), Resize((8, 8), lazy=lazy)], list(CLIP))
    assert np.array_equal(eager['imgs'], lazy['imgs'])


@pytest.mark.parametrize(
    ('message', 'steps', 'more'),
    [
        ('Lazy operations are pending .* put Fuse before this step', [CenterCrop(20, lazy=True), Flip(1)], {}),
        ('Flip must be the last lazy operation', [Flip(1, lazy=True), CenterCrop(20, lazy=True)], {}),
        ('Flip must be the last lazy operation', [Flip(1, lazy=True), Flip(1, lazy=True)], {}),
        ('no transform before Fuse has lazy=True', [Flip(1), Fuse()], {}),
        ('Keypoints cannot be transformed lazily', [CenterCrop(20, lazy=True)], dict(keypoint=np.zeros((1, 3, 5, 2)))),
    ],
)
def test_refuses(message, steps, more):
    results = dict(imgs=CLIP, modality='RGB', **more)
    with pytest.raises(ValueError, match=message):
        for step in steps:
            results = step(results)


@pytest.mark.parametrize('last', [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')])
def test_the_end_of_a_pipeline_needs_fuse(last):
    resize = TRANSFORMS.build(dict(type='Resize', scale=(32, 32), keep_ratio=False, lazy=True))
    results = resize(dict(imgs=[np.zeros((60, 80, 3), np.uint8)] * 4, num_clips=1, clip_len=4, label=0))
    with pytest.raises(ValueError, match=r'has lazy=True\): put Fuse before this step'):
        TRANSFORMS.build(last)(results)
