"""Temporal IoU of segments, and average recall of proposals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmaction.structures.segments import pairwise_segment_iou, segment_coverage, segment_iou

__all__ = ['average_recall_at_avg_proposals', 'pairwise_temporal_iou']

# Added before truncation to a number of proposals: 100 * 0.29 is 28.999999999999996 in floating point.
_ROUNDING = 1e-9


def pairwise_temporal_iou(
    candidate_segments: np.ndarray, target_segments: np.ndarray, calculate_overlap_self: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Temporal intersection over union (tIoU) of all pairs.

    Args:
        candidate_segments: (N, 2), or (2,) for one.
        target_segments: (M, 2).
        calculate_overlap_self: also return the proportion of each candidate that lies within the target.

    Returns:
        tIoU (M, N), or (M,) for one candidate, float64; 0 if neither of a pair has a length. With
        ``calculate_overlap_self`` also the proportions, of the same shape.

    Raises:
        ValueError: wrong shapes.
    """
    candidates = np.asarray(candidate_segments)
    targets = np.asarray(target_segments)
    if targets.ndim != 2 or candidates.ndim not in (1, 2) or targets.shape[1] != 2 or candidates.shape[-1] != 2:
        raise ValueError(
            f'candidate_segments must be (N, 2) or (2,) and target_segments (M, 2), found shapes {candidates.shape} '
            f'and {targets.shape}.'
        )
    pairs = (
        candidates,
        targets if candidates.ndim == 1 else targets[:, None],
    )  # (N, 2) and (M, 1, 2), or (2,) and (M, 2)
    iou = segment_iou(*pairs)
    if calculate_overlap_self:
        return iou, segment_coverage(*pairs)
    return iou


def leading_columns(rows: Any, number: int, what: str) -> np.ndarray:
    """Convert the first columns of rows to float64 (N, number); no rows give (0, number)."""
    if len(rows) == 0:
        return np.zeros((0, number))
    array = np.asarray(rows)
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or array.shape[1] < number:
        raise ValueError(f'{what} must have rows of at least {number} numbers, found shape {array.shape}.')
    # Rows with class names make an array of strings, numbers included; astype converts those back.
    array = array[:, :number].astype(np.float64)
    bad = ~np.isfinite(array).all(axis=1)
    if bad.any():
        raise ValueError(f'{what} holds values that are not finite: {array[bad][0]}.')
    return array


def average_recall_at_avg_proposals(
    ground_truth: Mapping[str, Any],
    proposals: Mapping[str, Any],
    total_num_proposals: int,
    max_avg_proposals: float | None = None,
    temporal_iou_thresholds: np.ndarray = np.linspace(0.5, 0.95, 10),
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Average recall against the average number of proposals per video (AR-AN), and the area under that curve.

    As in ActivityNet's proposal task, http://activity-net.org/challenges/2017/evaluation.html: the same fraction of
    the proposals of each video is retrieved, best first; a segment is found if one of them overlaps it enough.

    Args:
        ground_truth: per video, rows that begin with start and end.
        proposals: per video, rows of start, end and score. Videos without proposals may be missing.
        total_num_proposals: number of proposals of all videos.
        max_avg_proposals: end of the curve; None: the average of ``total_num_proposals``.
        temporal_iou_thresholds: smallest tIoU that counts as found; K of them.

    Returns:
        recall (K, 100), its mean over the thresholds (100,), the average number of proposals (100,), and the area
        under the curve in percent. Without proposals the recall is 0.

    Raises:
        ValueError: recall is not defined, since the ground truth has no segment.
    """
    videos = len(ground_truth)
    targets = {video: leading_columns(rows, 2, f'ground_truth of {video}') for video, rows in ground_truth.items()}
    positives = sum(map(len, targets.values()))
    if not positives:
        raise ValueError(f'The ground truth of {videos} videos has no segment at all: recall is not defined.')
    thresholds = np.atleast_1d(np.asarray(temporal_iou_thresholds, np.float64))
    if not max_avg_proposals:
        max_avg_proposals = total_num_proposals / videos
    ratio = max_avg_proposals * videos / max(total_num_proposals, 1)

    ious = []
    retrieved = 0
    for video, target in targets.items():
        rows = leading_columns(proposals.get(video, ()), 3, f'proposals of {video}')
        rows = rows[rows[:, 2].argsort(kind='stable')[::-1]]
        rows = rows[: int(len(rows) * ratio + _ROUNDING)]
        retrieved += len(rows)
        ious.append(pairwise_segment_iou(target, rows[:, :2]))  # (G, N)

    percent = np.arange(1, 101) / 100
    if not retrieved:
        recall = np.zeros((len(thresholds), 100))
        return recall, recall.mean(axis=0), percent * max_avg_proposals, 0.0
    fractions = percent * (max_avg_proposals * videos / retrieved)

    found = np.zeros((len(thresholds), 100))
    for iou in ious:
        if not iou.size:
            continue
        taken = np.minimum((iou.shape[1] * fractions + _ROUNDING).astype(np.int64), iou.shape[1])  # (100,)
        # Largest tIoU among the first n proposals, n = 0, ..., N; -1 for none at all: (G, N + 1)
        best = np.maximum.accumulate(np.pad(iou, ((0, 0), (1, 0)), constant_values=-1), axis=1)
        found += (best[:, taken] >= thresholds[:, None, None]).sum(axis=1)  # (K, G, 100) -> (K, 100)
    recall = found / positives
    average = recall.mean(axis=0)
    per_video = fractions * (retrieved / videos)
    area = float((np.diff(per_video) * (average[1:] + average[:-1]) / 2).sum())
    return recall, average, per_video, 100 * area / float(per_video[-1])
