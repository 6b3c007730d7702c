"""Annotated boxes and proposals through the transforms of detection: closed forms, lazily as eagerly, and back."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.registry import TRANSFORMS

# In a frame of 80 x 40 pixels; the second box is cut by the crop, the third is outside of it.
BOXES = np.array([[40, 8, 56, 36], [20, 0, 44, 40], [0, 10, 10, 20]], np.float32)
STEPS = (
    dict(type='Resize', scale=(-1, 20)),
    dict(type='RandomCrop', size=16),
    dict(type='Flip', flip_ratio=1),
)


def _run(lazy):
    rng = np.random.default_rng(0)
    results = dict(
        imgs=rng.integers(0, 256, (2, 40, 80, 3), dtype=np.uint8),
        img_shape=(40, 80),
        modality='RGB',
        gt_bboxes=BOXES.copy(),
        proposals=BOXES[::-1].copy(),
        crop_quadruple=np.array([0, 0, 1, 1], np.float32),
    )
    np.random.seed(2)
    for step in STEPS:
        results = TRANSFORMS.build(dict(step, lazy=lazy))(results)
    return TRANSFORMS.build(dict(type='Fuse'))(results) if lazy else results


@pytest.mark.parametrize('lazy', [False, True])
def test_boxes_and_proposals_follow(lazy):
    results = _run(lazy)
    left, top, _, _ = results['crop_bbox']
    # Half the size, cut to the first and last pixel of the crop, mirrored about its width.
    cut = np.clip(BOXES / 2 - np.array([left, top, left, top]), 0, 15)
    expected = np.stack([16 - cut[:, 2], cut[:, 1], 16 - cut[:, 0], cut[:, 3]], axis=1)
    np.testing.assert_allclose(results['gt_bboxes'], expected)
    np.testing.assert_allclose(results['proposals'], expected[::-1])
    assert results['gt_bboxes'].dtype == np.float32
    assert results['scale_factor'].tolist() == [0.5, 0.5]
    assert results['flip']
    np.testing.assert_allclose(results['crop_quadruple'], [left / 40, top / 20, 16 / 40, 16 / 20])


def test_meta_information_leads_back_to_the_frame():
    results = _run(lazy=False)
    x, y, width, height = results['crop_quadruple']
    boxes = results['gt_bboxes'].copy()
    boxes[:, [0, 2]] = 16 - boxes[:, [2, 0]]
    back = boxes / 16 * np.array([width, height, width, height]) + np.array([x, y, x, y])
    left, top, right, bottom = results['crop_bbox'] * 2.0
    inside = np.clip(BOXES, [left, top, left, top], [right - 2, bottom - 2, right - 2, bottom - 2])
    np.testing.assert_allclose(back * np.array([80, 40, 80, 40]), inside, atol=1e-4)
