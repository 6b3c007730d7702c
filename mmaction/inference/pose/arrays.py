"""Poses of frames as the arrays of a sample, one row per person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.inference.pose.estimator import FramePoses


def poses_to_arrays(frames: Sequence[FramePoses], track: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Stack the poses of T frames; M is the largest number of persons in one of them.

    Args:
        frames: the poses; rows without a person stay zero.
        track: keep each person in one row over time, as graph networks need it: a person goes to the row whose last
            pose is nearest (the assignment of least total distance), a newcomer to the row that has been free longest.
            The person with the highest scores comes first. Else persons come in the order of each frame.

    Returns:
        ``keypoint`` float32 (M, T, V, D) and ``keypoint_score`` float32 (M, T, V).

    Raises:
        ValueError: there are no frames, nobody is in any of them, or the numbers of keypoints differ.
    """
    if not frames:
        raise ValueError('There are no frames to take poses from.')
    shapes = {poses.keypoints.shape[1:] for poses in frames if len(poses)}
    if not shapes:
        raise ValueError(f'There is nobody in any of the {len(frames)} frames, so there is no action to recognize.')
    if len(shapes) > 1:
        raise ValueError(f'All frames must have the same keypoints, found (keypoints, dimensions) {sorted(shapes)}.')
    shape = shapes.pop()
    rows = max(map(len, frames))
    keypoint = np.zeros((rows, len(frames), *shape), np.float32)
    score = np.zeros((rows, len(frames), shape[0]), np.float32)
    places = _assign(frames, rows) if track else [np.arange(len(poses)) for poses in frames]
    for t, (poses, place) in enumerate(zip(frames, places)):
        if len(poses):
            keypoint[place, t], score[place, t] = poses.keypoints, poses.scores
    if track:
        order = np.argsort(-score.sum(axis=(1, 2)), kind='stable')
        keypoint, score = keypoint[order], score[order]
    return keypoint, score


def _assign(frames: Sequence[FramePoses], rows: int) -> list[np.ndarray]:
    """The row of each person of each frame."""
    from scipy.optimize import linear_sum_assignment

    last: list[tuple[np.ndarray, np.ndarray] | None] = [None] * rows
    seen_at = np.full(rows, -1)
    places = []
    for t, poses in enumerate(frames):
        place = np.full(len(poses), -1)
        seen = [(row, pose) for row, pose in enumerate(last) if pose is not None]
        known = [row for row, _ in seen]
        if known and len(poses):
            cost = np.array([[_distance(pose, poses, n) for n in range(len(poses))] for _, pose in seen])
            for i, n in zip(*linear_sum_assignment(cost)):
                # Two body sizes away is another person, who goes to a free row.
                if cost[i, n] < 2 or len(known) == rows:
                    place[n] = known[i]
        free = sorted(set(range(rows)) - set(place.tolist()), key=lambda row: (seen_at[row], row))
        newcomers = np.flatnonzero(place < 0)
        place[newcomers] = free[: len(newcomers)]
        for n, row in enumerate(place):
            last[row], seen_at[row] = (poses.keypoints[n], poses.scores[n]), t
        places.append(place)
    return places


def _distance(old: tuple[np.ndarray, np.ndarray], poses: FramePoses, n: int) -> float:
    """Mean distance of the keypoints visible in both poses, in sizes (longer box side) of the new one."""
    both = (old[1] > 0) & (poses.scores[n] > 0)
    if not both.any():
        return 1e3
    x0, y0, x1, y1 = poses.boxes[n]
    size = max(x1 - x0, y1 - y0, 1.0)
    return float(np.linalg.norm(old[0][both] - poses.keypoints[n][both], axis=-1).mean() / size)
