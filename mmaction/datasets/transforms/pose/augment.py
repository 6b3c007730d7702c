"""``RandomPoseAffine``: another camera for the same skeleton."""

from __future__ import annotations

import math

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import keypoints_of
from mmaction.registry import TRANSFORMS


def move_keypoints(keypoint: np.ndarray, center: np.ndarray, matrix: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """``matrix`` (2, 2) around ``center`` and then ``offset``, in pixels; missing points, at (0, 0), stay there.

    Args:
        keypoint: x, y and whatever else, (M, T, V, 2 or more).
        center: x, y.
        matrix: what is done to a column (x, y).
        offset: x, y.
    """
    points = keypoint[..., :2]
    moved = (points - center) @ matrix.T + center + offset
    out = keypoint.copy()
    out[..., :2] = np.where((points == 0).all(axis=-1, keepdims=True), 0, moved)
    return out


@TRANSFORMS.register_module()
class RandomPoseAffine(BaseTransform):
    """Turn, scale and move 2D skeletons in the frame, the same way for all persons and frames of a sample.

    Ours: graph networks have no crop to learn other views from. Reads ``keypoint`` (pixels) and ``img_shape``. Writes
    ``keypoint``.

    Args:
        degrees: turns by up to this, either way, around the middle of the frame.
        scale: width and height, each for itself, change by up to this share.
        shift: x and y, each for itself, move by up to this share of half the frame.
    """

    role = 'pose'
    reads = ('keypoint', 'img_shape')
    writes = ('keypoint', 'keypoint_score')

    def __init__(self, degrees: float = 15.0, scale: float = 0.2, shift: float = 0.1) -> None:
        for name, value, limit in (('degrees', degrees, 180), ('scale', scale, 1), ('shift', shift, math.inf)):
            if not 0 <= value <= limit:
                raise ValueError(f'{name} ({value}) must be in [0, {limit}].')
        self.degrees = degrees
        self.scale = scale
        self.shift = shift

    def transform(self, results: dict) -> dict:
        if results.get('img_shape') is None:
            raise ValueError("The sample has no 'img_shape', which RandomPoseAffine turns and scales about.")
        angle = math.radians(np.random.uniform(-self.degrees, self.degrees))
        factors = np.random.uniform(1 - self.scale, 1 + self.scale, size=2)
        shift = np.random.uniform(-self.shift, self.shift, size=2)

        keypoint, score = keypoints_of(results)
        height, width = results['img_shape']
        half = np.array([width / 2, height / 2], dtype=keypoint.dtype)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        matrix = (factors[:, None] * turn).astype(keypoint.dtype)
        results['keypoint'] = move_keypoints(keypoint, half, matrix, (shift * half).astype(keypoint.dtype))
        if score is not None:
            results['keypoint_score'] = score
        return results
