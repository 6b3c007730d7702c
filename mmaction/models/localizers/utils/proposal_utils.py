"""Overlap of temporal segments, soft-NMS, and the last step from scored segments to a video's proposals.

Segments are in parts of the video (0..1) unless something else is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, and 0 where ``whole`` is empty."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)[()]


def _intersection(a_min: ArrayLike, a_max: ArrayLike, b_min: ArrayLike, b_max: ArrayLike) -> np.ndarray:
    return np.maximum(np.minimum(a_max, b_max) - np.maximum(a_min, b_min), 0.0)


def temporal_iou(proposal_min: ArrayLike, proposal_max: ArrayLike, gt_min: ArrayLike, gt_max: ArrayLike) -> np.ndarray:
    """Length of the intersection over that of the union; the arguments broadcast. Two empty segments have 0."""
    inter = _intersection(proposal_min, proposal_max, gt_min, gt_max)
    return _share(inter, np.subtract(proposal_max, proposal_min) + np.subtract(gt_max, gt_min) - inter)


def temporal_iop(proposal_min: ArrayLike, proposal_max: ArrayLike, gt_min: ArrayLike, gt_max: ArrayLike) -> np.ndarray:
    """Length of the intersection over that of the proposal; the arguments broadcast. An empty proposal has 0."""
    inter = _intersection(proposal_min, proposal_max, gt_min, gt_max)
    return _share(inter, np.subtract(proposal_max, proposal_min))


def soft_nms(
    proposals: np.ndarray, alpha: float, low_threshold: float, high_threshold: float, top_k: int
) -> np.ndarray:
    """Soft-NMS (Bodla et al., 2017, https://arxiv.org/abs/1704.04503) with a threshold that grows with the length.

    The best segment is taken; the scores of those that overlap it by more than ``low + (high - low) * length`` fall by
    exp(-IoU^2 / alpha); and again. One step handles all remaining segments at once.

    Args:
        proposals: (N, M); columns 0 and 1 are start and end, the last is the score.
        alpha: width of the Gaussian, above 0.
        low_threshold: least IoU that counts for a segment of no length.
        high_threshold: least IoU that counts for a segment as long as the video.
        top_k: it stops when more than so many are taken.

    Returns:
        (min(N, top_k + 1), 3): start, end and new score, best first. (One more than ``top_k``, as in MMAction2 1.2.0;
        :func:`post_processing` cuts it.)

    Raises:
        ValueError: ``alpha`` is not above 0, or proposals hold NaN.
    """
    proposals = np.asarray(proposals, np.float64)
    if alpha <= 0:
        raise ValueError(f'alpha ({alpha}) must be above 0.')
    if np.isnan(proposals[:, [0, 1, -1]]).any():
        raise ValueError(f'{int(np.isnan(proposals).any(1).sum())} of {len(proposals)} proposals hold NaN.')
    proposals = proposals[proposals[:, -1].argsort()[::-1]]
    start, end, score = proposals[:, 0], proposals[:, 1], proposals[:, -1].copy()
    left = np.ones(len(score), bool)
    taken = np.empty((min(len(score), top_k + 1), 3))
    for row in taken:
        best = np.where(left, score, -np.inf).argmax()
        row[:] = start[best], end[best], score[best]
        left[best] = False
        iou = temporal_iou(start[best], end[best], start, end)
        threshold = low_threshold + (high_threshold - low_threshold) * (end[best] - start[best])
        score = np.where(iou > threshold, score * np.exp(-np.square(iou) / alpha), score)
    return taken


def post_processing(
    result: np.ndarray,
    video_info: Mapping[str, Any],
    soft_nms_alpha: float,
    soft_nms_low_threshold: float,
    soft_nms_high_threshold: float,
    post_process_top_k: int,
    feature_extraction_interval: int,
) -> list[dict[str, Any]]:
    """Scored segments of a video -> its best proposals, in seconds.

    Args:
        result: (N, M); columns 0 and 1 are start and end, the last is the score.
        video_info: with ``duration_frame`` and ``duration_second``.
        soft_nms_alpha: see :func:`soft_nms`.
        soft_nms_low_threshold: see :func:`soft_nms`.
        soft_nms_high_threshold: see :func:`soft_nms`.
        post_process_top_k: how many proposals there are at most.
        feature_extraction_interval: frames a feature stands for; the frames behind the last whole one are not covered.

    Returns:
        Dicts with ``score`` and ``segment`` ([start, end] in seconds, within the video), best first.
    """
    if len(result) > 1:
        result = soft_nms(result, soft_nms_alpha, soft_nms_low_threshold, soft_nms_high_threshold, post_process_top_k)
    result = result[result[:, -1].argsort()[::-1]][:post_process_top_k]
    frames, interval = video_info['duration_frame'], feature_extraction_interval
    # a video shorter than one feature is covered by it all the same
    covered = frames // interval * interval / frames if frames >= interval else 1.0
    seconds = np.clip(result[:, :2], 0, 1).astype(np.float64) * covered * video_info['duration_second']
    return [
        dict(score=float(score), segment=[float(start), float(end)])
        for (start, end), score in zip(seconds, result[:, -1])
    ]
