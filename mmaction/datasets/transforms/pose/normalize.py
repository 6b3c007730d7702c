"""``PreNormalize2D`` and ``PreNormalize3D``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import keypoints_of, put_score
from mmaction.registry import TRANSFORMS


def rotation_to(vector: np.ndarray, target: Sequence[float]) -> np.ndarray:
    """Smallest rotation (3, 3) that turns ``vector`` into the direction of ``target``.

    The identity where it is not unique: for a zero vector, or one opposite to the target.
    """
    vector = np.asarray(vector, dtype=np.float64)
    goal = np.asarray(target, dtype=np.float64)
    axis = np.cross(vector, goal)
    length = np.linalg.norm(axis)
    if np.abs(axis).sum() < 1e-6 or np.abs(vector).sum() < 1e-6:
        return np.eye(3)
    angle = float(np.arctan2(length, vector @ goal))
    if angle < 1e-6:
        return np.eye(3)
    return rotation_about(axis / length, angle)


def rotation_about(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation (3, 3) about an axis of length 1 by an angle in radians (Rodrigues' formula)."""
    x, y, z = axis
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class PreNormalize2D(BaseTransform):
    """Scale keypoints from pixels to -1..1, the borders of the frame.

    Reads ``keypoint`` and optionally ``img_shape``. Writes ``keypoint``. Missing joints move from (0, 0) to (-1, -1).

    Args:
        img_shape: (h, w) of samples without ``img_shape``.
    """

    role = 'pose'
    reads = ('keypoint',)
    writes = ('keypoint', 'keypoint_score')

    img_shape: Sequence[int] = (1080, 1920)

    def __post_init__(self) -> None:
        if len(self.img_shape) != 2 or min(self.img_shape) <= 0:
            raise ValueError(f'img_shape ({self.img_shape}) must be (h, w) in pixels.')

    def transform(self, results: dict) -> dict:
        height, width = results.get('img_shape', self.img_shape)
        keypoint, score = keypoints_of(results)
        half = np.array([width / 2, height / 2], dtype=keypoint.dtype)
        keypoint[..., :2] = (keypoint[..., :2] - half) / half
        results['keypoint'] = keypoint
        return put_score(results, score)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class PreNormalize3D(BaseTransform):
    """Move and rotate 3D skeletons so that the first person stands upright in the origin, in the first frame.

    The first person is the one with the most frames; frames in which it is missing (all joints at 0) are left out.
    Its centre (of NTU's 25 joints the middle of the spine, else the last joint) goes to the origin, its spine to the
    z axis, the line of its shoulders to the x axis. A sample of zeros, or of nobody, stays as it is.

    Reads ``keypoint`` (M, T, V, 3). Writes ``keypoint``, ``total_frames`` and, with ``align_center``, ``body_center``.

    Args:
        zaxis: lower and upper joint of the spine.
        xaxis: right and left shoulder.
        align_spine, align_shoulder, align_center: the alignments to make.
    """

    role = 'pose'
    reads = ('keypoint',)
    writes = ('keypoint', 'keypoint_score', 'total_frames', 'body_center')

    zaxis: Sequence[int] = (0, 1)
    xaxis: Sequence[int] = (8, 4)
    align_spine: bool = True
    align_shoulder: bool = True
    align_center: bool = True

    unused_hooks: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ('unit_vector', 'angle_between', 'rotation_matrix'), 'Override transform.'
    )

    def __post_init__(self) -> None:
        self.zaxis = list(self.zaxis)
        self.xaxis = list(self.xaxis)

    def transform(self, results: dict) -> dict:
        skeleton, score = keypoints_of(results)
        if skeleton.shape[-1] != 3:
            raise ValueError(f'PreNormalize3D needs x, y, z; keypoint has shape {skeleton.shape}. Use PreNormalize2D?')
        total = results.get('total_frames', skeleton.shape[1])
        if total != skeleton.shape[1]:
            raise ValueError(f'keypoint has {skeleton.shape[1]} frames and total_frames is {total}.')
        if not skeleton.any():
            return results
        present = ~np.isclose(skeleton, 0).all(axis=(2, 3))  # (M, T)
        main = int(present.sum(axis=1).argmax())
        order = [main, *(i for i in range(len(skeleton)) if i != main)]
        kept = present[main] if present[main].any() else np.ones(total, dtype=bool)
        skeleton = skeleton[order][:, kept]

        if self.align_center:
            center = skeleton[0, 0, 1 if skeleton.shape[2] == 25 else -1].copy()
            given = (skeleton != 0).any(axis=-1, keepdims=True)
            skeleton = np.where(given, skeleton - center, 0)
            results['body_center'] = center
        if self.align_spine:
            bottom, top = skeleton[0, 0, self.zaxis]
            skeleton = skeleton @ rotation_to(top - bottom, (0, 0, 1)).T
        if self.align_shoulder:
            right, left = skeleton[0, 0, self.xaxis]
            skeleton = skeleton @ rotation_to(right - left, (1, 0, 0)).T

        results['keypoint'] = skeleton
        results['total_frames'] = skeleton.shape[1]
        return put_score(results, None if score is None else score[order][:, kept])

    # Helpers of MMAction2 1.x, for subclasses whose `transform` calls them.
    @staticmethod
    def unit_vector(vector: np.ndarray) -> np.ndarray:
        """The vector of length 1 in that direction."""
        return vector / np.linalg.norm(vector)

    def angle_between(self, v1: np.ndarray, v2: np.ndarray) -> float:
        """Angle between two vectors in radians; 0 where one of them is zero."""
        if np.abs(v1).sum() < 1e-6 or np.abs(v2).sum() < 1e-6:
            return 0.0
        cosine = np.dot(self.unit_vector(v1), self.unit_vector(v2))
        return float(np.arccos(np.clip(cosine, -1.0, 1.0)))

    @staticmethod
    def rotation_matrix(axis: np.ndarray, theta: float) -> np.ndarray:
        """Counter-clockwise rotation (3, 3) about ``axis`` by ``theta`` radians; the identity for a zero axis."""
        length = np.linalg.norm(axis)
        if np.abs(axis).sum() < 1e-6 or np.abs(theta) < 1e-6:
            return np.eye(3)
        return rotation_about(np.asarray(axis) / length, theta)
