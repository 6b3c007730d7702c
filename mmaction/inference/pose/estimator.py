"""The pose-estimator protocol and its per-frame result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np


@dataclass(frozen=True)
class FramePoses:
    """The persons in one frame: N persons of V keypoints, in pixels of the frame.

    Make one with :meth:`of`, which checks and completes its arguments.
    """

    boxes: np.ndarray
    """float32 (N, 4), xyxy."""
    keypoints: np.ndarray
    """float32 (N, V, D), x and y (and z)."""
    scores: np.ndarray
    """float32 (N, V), confidence of each keypoint; 0 for a keypoint that is not visible."""
    box_scores: np.ndarray
    """float32 (N,)."""

    @classmethod
    def of(cls, keypoints: Any, scores: Any = None, boxes: Any = None, box_scores: Any = None) -> FramePoses:
        """Poses from arrays or lists.

        Args:
            keypoints: (N, V, D); D is 2 or 3. A keypoint that is not finite counts as not visible.
            scores: (N, V). Default: 1 for all keypoints.
            boxes: (N, 4). Default: around the visible keypoints.
            box_scores: (N,). Default: the mean score of the keypoints.

        Raises:
            ValueError: a shape is inconsistent with the others.
        """
        points = np.array(keypoints, np.float32)
        if points.size == 0 and points.ndim != 3:  # an empty list
            points = np.zeros((0, 0, 2), np.float32)
        if points.ndim != 3 or points.shape[2] not in (2, 3):
            raise ValueError(f'keypoints must be (persons, points, 2 or 3), got {points.shape}.')
        count = points.shape[:2]
        marks = np.ones(count, np.float32)
        if scores is not None:
            marks = np.array(scores, np.float32)
        if marks.shape not in (count, (*count, 1)) and not (marks.size == 0 == points.size):
            raise ValueError(f'scores must be {count} (persons, points), got {marks.shape}.')
        marks = marks.reshape(count)
        # Zeros, as everywhere else for keypoints that are not visible: NaN would spread through every mean.
        bad = ~(np.isfinite(points).all(axis=2) & np.isfinite(marks))
        points[bad] = 0
        marks[bad] = 0
        if boxes is None:
            boxes = _around(points, marks)
        rects = np.array(boxes, np.float32).reshape(-1, 4)
        if box_scores is None:
            # Not the mean, which is NaN without keypoints.
            box_scores = marks.sum(axis=1) / max(count[1], 1)
        confidences = np.array(box_scores, np.float32).reshape(-1)
        for name, value in dict(boxes=rects, box_scores=confidences).items():
            if len(value) != count[0]:
                raise ValueError(f'There are {count[0]} persons in keypoints, but {len(value)} in {name}.')
        return cls(rects, points, marks, confidences)

    @classmethod
    def nobody(cls, num_keypoints: int = 17, dims: int = 2) -> FramePoses:
        """A frame without persons."""
        return cls.of(np.zeros((0, num_keypoints, dims)))

    @classmethod
    def of_dict(cls, poses: Mapping[str, Any]) -> FramePoses:
        """From MMPose's dict of a frame: ``keypoints``, ``keypoint_scores``, ``bboxes``, ``bbox_scores``."""
        if 'keypoints' not in poses:
            raise ValueError(f'The poses of a frame must have keypoints, found {sorted(poses)}.')
        # MMPose 1.x misspells the scores where a frame has nobody
        scores = poses.get('keypoint_scores', poses.get('keypoints_scores'))
        return cls.of(poses['keypoints'], scores, poses.get('bboxes'), poses.get('bbox_scores'))

    def to_dict(self) -> dict[str, np.ndarray]:
        """MMPose's dict of a frame."""
        return dict(
            keypoints=self.keypoints, keypoint_scores=self.scores, bboxes=self.boxes, bbox_scores=self.box_scores
        )

    def scaled(self, x: float, y: float) -> FramePoses:
        """The poses in a frame that is resized by these factors."""
        points = self.keypoints.copy()
        points[..., :2] *= np.array([x, y], np.float32)
        return FramePoses(self.boxes * np.array([x, y, x, y], np.float32), points, self.scores, self.box_scores)

    def __len__(self) -> int:
        """Number of persons."""
        return len(self.keypoints)


@runtime_checkable
class PoseEstimator(Protocol):
    """A detector of the persons in a frame and their poses.

    Any class or function that takes a frame and returns :class:`FramePoses` is one.
    """

    def __call__(self, frame: np.ndarray, index: int) -> FramePoses:
        """Poses in a frame.

        Args:
            frame: uint8 (H, W, 3), RGB.
            index: its number in the video, from 0.
        """
        ...


def estimate_poses(estimator: PoseEstimator, frames: Iterable[np.ndarray]) -> list[FramePoses]:
    """Poses of all frames of a video, uint8 (H, W, 3) in RGB, in their order."""
    return [estimator(frame, index) for index, frame in enumerate(frames)]


def _around(points: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Boxes xyxy around the visible keypoints; zeros for a person without any."""
    if not points.shape[1]:
        return np.zeros((len(points), 4), np.float32)
    seen = (marks > 0)[..., None]
    low = np.where(seen, points[..., :2], np.inf).min(axis=1)
    high = np.where(seen, points[..., :2], -np.inf).max(axis=1)
    boxes = np.concatenate([low, high], axis=1)
    return np.where(np.isfinite(boxes), boxes, 0).astype(np.float32)
