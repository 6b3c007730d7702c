"""``RandomPoseAffine``: another camera for the same skeleton."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import keypoints_of, put_score
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, within


def move_keypoints(keypoint: np.ndarray, center: np.ndarray, matrix: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Map joints by ``matrix`` (2, 2) about ``center`` (2,), then move them by ``offset`` (2,), in pixels.

    Missing joints, at (0, 0), stay there. Further columns of ``keypoint`` (M, T, V, 2 or more) are kept.
    """
    points = keypoint[..., :2]
    moved = (points - center) @ matrix.T + center + offset
    out = keypoint.copy()
    out[..., :2] = np.where((points == 0).all(axis=-1, keepdims=True), 0, moved)
    return out


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class RandomPoseAffine(BaseTransform):
    """Rotate, scale and shift 2D skeletons, the same way for all persons and frames of a sample.

    Not in MMAction2: graph networks have no crop to learn other views from. Reads ``keypoint`` (pixels) and
    ``img_shape``. Writes ``keypoint``.

    Args:
        degrees: largest rotation about the center of the frame, in either direction.
        scale: largest relative change of width and of height, drawn independently.
        shift: largest shift along x and along y, drawn independently, as a fraction of half the frame.
    """

    role = 'pose'
    reads = ('keypoint', 'img_shape')
    writes = ('keypoint', 'keypoint_score')

    degrees: float = 15.0
    scale: float = 0.2
    shift: float = 0.1

    def __post_init__(self) -> None:
        within(0, 180, self.degrees, 'degrees')
        within(0, 1, self.scale, 'scale')
        at_least(0, self.shift, 'shift')

    def transform(self, results: dict) -> dict:
        if results.get('img_shape') is None:
            raise ValueError("The sample has no 'img_shape', whose center RandomPoseAffine rotates about.")
        angle = math.radians(np.random.uniform(-self.degrees, self.degrees))
        factors = np.random.uniform(1 - self.scale, 1 + self.scale, size=2)
        shift = np.random.uniform(-self.shift, self.shift, size=2)

        keypoint, score = keypoints_of(results)
        height, width = results['img_shape']
        half = np.array([width / 2, height / 2], dtype=keypoint.dtype)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        matrix = (factors[:, None] * turn).astype(keypoint.dtype)
        results['keypoint'] = move_keypoints(keypoint, half, matrix, (shift * half).astype(keypoint.dtype))
        return put_score(results, score)
