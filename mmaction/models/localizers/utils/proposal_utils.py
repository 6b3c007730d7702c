"""Overlap of temporal segments, soft-NMS, and the last step from scored segments to the proposals of a video.

Segments are in 0..1 of the video unless stated otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmaction.structures.segments import segment_coverage, segment_iou


def _segments(start: ArrayLike, end: ArrayLike) -> np.ndarray:
    return np.stack(np.broadcast_arrays(start, end), axis=-1)


def temporal_iou(proposal_min: ArrayLike, proposal_max: ArrayLike, gt_min: ArrayLike, gt_max: ArrayLike) -> np.ndarray:
    """Intersection over union; the arguments broadcast. Two empty segments have 0."""
    return segment_iou(_segments(proposal_min, proposal_max), _segments(gt_min, gt_max))


def temporal_iop(proposal_min: ArrayLike, proposal_max: ArrayLike, gt_min: ArrayLike, gt_max: ArrayLike) -> np.ndarray:
    """Intersection over the length of the proposal; the arguments broadcast. An empty proposal has 0."""
    return segment_coverage(_segments(proposal_min, proposal_max), _segments(gt_min, gt_max))


def soft_nms(
    proposals: np.ndarray, alpha: float, low_threshold: float, high_threshold: float, top_k: int
) -> np.ndarray:
    """Soft-NMS (Bodla et al., 2017, https://arxiv.org/abs/1704.04503) with a threshold that grows with the length.

    Each step takes the best segment and multiplies the scores of those that overlap it by more than
    ``low + (high - low) * length`` by exp(-IoU^2 / alpha), all remaining segments at once.

    Args:
        proposals: (N, M); columns 0 and 1 are start and end, the last is the score.
        alpha: width of the Gaussian, above 0.
        low_threshold: IoU threshold for a segment of no length.
        high_threshold: IoU threshold for a segment as long as the video.
        top_k: stop when more than this number are taken.

    Returns:
        (min(N, top_k + 1), 3): start, end and new score, best first. One more than ``top_k``, as in MMAction2 1.2.0;
        :func:`post_processing` removes it.

    Raises:
        ValueError: ``alpha`` is not above 0, or proposals contain NaN.
    """
    proposals = np.asarray(proposals, np.float64)
    if alpha <= 0:
        raise ValueError(f'alpha ({alpha}) must be above 0.')
    if np.isnan(proposals[:, [0, 1, -1]]).any():
        raise ValueError(f'{int(np.isnan(proposals).any(1).sum())} of {len(proposals)} proposals contain NaN.')
    proposals = proposals[proposals[:, -1].argsort()[::-1]]
    segments = proposals[:, :2]
    score = proposals[:, -1].copy()
    remaining = np.ones(len(score), bool)
    taken = np.empty((min(len(score), top_k + 1), 3))
    # One pass over the remaining segments per kept one; sorting after each decay would cost more than the maximum.
    for row in taken:
        best = np.where(remaining, score, -np.inf).argmax()
        row[:2] = segments[best]
        row[2] = score[best]
        remaining[best] = False
        iou = segment_iou(segments[best], segments)
        length = segments[best, 1] - segments[best, 0]
        threshold = low_threshold + (high_threshold - low_threshold) * length
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
    """Select the best proposals of a video from its scored segments, and convert them to seconds.

    Args:
        result: (N, M); columns 0 and 1 are start and end, the last is the score.
        video_info: with ``duration_frame`` and ``duration_second``.
        soft_nms_alpha: see :func:`soft_nms`.
        soft_nms_low_threshold: see :func:`soft_nms`.
        soft_nms_high_threshold: see :func:`soft_nms`.
        post_process_top_k: maximum number of proposals.
        feature_extraction_interval: frames per feature; the frames after the last complete one are not covered.

    Returns:
        Dicts with ``score`` and ``segment`` ([start, end] in seconds, within the video), best first.
    """
    if len(result) > 1:
        result = soft_nms(result, soft_nms_alpha, soft_nms_low_threshold, soft_nms_high_threshold, post_process_top_k)
    result = result[result[:, -1].argsort()[::-1]][:post_process_top_k]
    frames = video_info['duration_frame']
    interval = feature_extraction_interval
    covered = 1.0  # a video shorter than one feature is covered by it
    if frames >= interval:
        covered = frames // interval * interval / frames
    seconds = np.clip(result[:, :2], 0, 1).astype(np.float64) * covered * video_info['duration_second']
    return [
        dict(score=float(score), segment=[float(start), float(end)])
        for (start, end), score in zip(seconds, result[:, -1])
    ]
