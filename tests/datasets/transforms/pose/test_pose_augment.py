"""``RandomPoseAffine``, and the pipeline that uses it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmengine.dataset import Compose

import mmaction.recipes.pose as p
from mmaction.datasets.transforms import RandomPoseAffine
from mmaction.datasets.transforms.pose.augment import move_keypoints
from mmaction.registry import TRANSFORMS


def sample(persons: int = 1, frames: int = 40) -> dict:
    rng = np.random.RandomState(0)
    return dict(
        keypoint=rng.uniform(50, 150, (persons, frames, 17, 2)).astype(np.float16),
        keypoint_score=np.ones((persons, frames, 17), np.float16),
        img_shape=(240, 320),
        original_shape=(240, 320),
        total_frames=frames,
        start_index=0,
        modality='Pose',
        label=3,
    )


def test_a_quarter_turn():
    points = np.array([[110.0, 50.0], [0.0, 0.0], [100.0, 60.0]])[None, None]
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    moved = move_keypoints(points, np.array([100.0, 50.0]), turn, np.array([1.0, 2.0]))
    np.testing.assert_allclose(moved[0, 0], [[101, 62], [0, 0], [91, 52]])
    assert points[0, 0, 0, 0] == 110


@given(st.floats(0, 180), st.integers(0, 2**32 - 1))
def test_turning_keeps_distances(degrees, seed):
    np.random.seed(seed)
    data = sample(frames=3)
    before = data['keypoint'].astype(np.float64)
    after = RandomPoseAffine(degrees, scale=0, shift=0)(data)['keypoint'].astype(np.float64)
    middle = np.array([160, 120])
    np.testing.assert_allclose(
        np.linalg.norm(after - middle, axis=-1), np.linalg.norm(before - middle, axis=-1), atol=1e-3
    )
    cross = (before - middle)[..., 0] * (after - middle)[..., 1] - (before - middle)[..., 1] * (after - middle)[..., 0]
    cosine = ((before - middle) * (after - middle)).sum(-1)
    angles = np.degrees(np.arctan2(cross, cosine))
    assert np.abs(angles).max() <= degrees + 0.1
    if abs(angles).max() < 179:
        assert np.ptp(angles) < 0.1  # all points by the same angle


def test_limits_of_scale_and_shift():
    np.random.seed(0)
    factors, offsets = [], []
    for _ in range(300):
        data = sample(frames=1)
        data['keypoint'] = np.float32([[[[160, 120], [170, 120], [160, 130]]]])
        del data['keypoint_score']
        middle, right, below = RandomPoseAffine(degrees=0, scale=0.2, shift=0.1)(data)['keypoint'][0, 0]
        factors.append(((right - middle)[0] / 10, (below - middle)[1] / 10))
        offsets.append((middle - (160, 120)) / (160, 120))
    for drawn, low, high in ((np.array(factors), 0.8, 1.2), (np.array(offsets), -0.1, 0.1)):
        assert low - 1e-4 <= drawn.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < drawn.max() <= high + 1e-4
        assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.2  # x and y are drawn each for itself


def test_arguments():
    for match, options in ((r'degrees \(181\)', dict(degrees=181)), (r'scale \(-1\)', dict(scale=-1)),
                           (r'shift \(-0.1\) must be at least 0', dict(shift=-0.1))):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            RandomPoseAffine(**options)
    with pytest.raises(ValueError, match="The sample has no 'img_shape'"):
        RandomPoseAffine()(dict(keypoint=np.ones((1, 1, 17, 2))))


def test_close_up_counts_from_the_box():
    """Where the person is in the frame, and how large, makes no difference when testing."""
    pipelines = [Compose([TRANSFORMS.build(step) for step in steps]) for steps in p.close_up(clip_len=8)]
    outputs = []
    for factor, offset in ((1.0, 0.0), (0.5, 20.0)):
        data = sample()
        data['keypoint'] = data['keypoint'].astype(np.float32) * factor + offset
        outputs.append(pipelines[2](data)['inputs'])
    assert outputs[0].shape == (10, 1, 8, 17, 9)
    assert (outputs[0] - outputs[1]).abs().max() < 0.03  # boxes are whole pixels
    assert 0.7 < outputs[0][..., :2].abs().max() < 0.85  # a margin of a quarter of the box
    assert math.isclose(outputs[0][..., 2].min(), 1)
    np.random.seed(1)
    trained = [pipelines[0](sample())['inputs'] for _ in range(2)]
    assert trained[0].shape == (1, 1, 8, 17, 9)
    assert (trained[0] - trained[1]).abs().max() > 0.1
