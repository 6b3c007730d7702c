"""Average precision of temporal detections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.evaluation.functional.temporal import leading_columns
from mmaction.structures.segments import pairwise_segment_iou

__all__ = ['average_precision_at_temporal_iou', 'interpolated_precision_recall']


@dataclass(frozen=True)
class Segments:
    """Annotated or detected segments of many videos and classes.

    Args:
        video: int (N,), index of the video.
        label: int (N,), class index.
        times: (N, 2), start and end.
        score: (N,); unused for annotated segments.
    """

    video: np.ndarray
    label: np.ndarray
    times: np.ndarray
    score: np.ndarray

    @classmethod
    def concatenate(cls, parts: Sequence[tuple[Any, Any, Any, Any]]) -> Segments:
        """Concatenate (video, label, times, score) of several videos."""
        if not parts:
            return cls(np.zeros(0, int), np.zeros(0, int), np.zeros((0, 2)), np.zeros(0))
        video, label, times, score = zip(*parts)
        return cls(
            np.concatenate(video).astype(np.int64),
            np.concatenate(label).astype(np.int64),
            np.concatenate(times).astype(np.float64).reshape(-1, 2),
            np.concatenate(score).astype(np.float64),
        )

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, index: Any) -> Segments:
        return Segments(self.video[index], self.label[index], self.times[index], self.score[index])


def _groups(keys: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each distinct value of (N,) with its positions, ascending."""
    order = keys.argsort(kind='stable')
    values, starts = np.unique(keys[order], return_index=True)
    yield from zip(values.tolist(), np.split(order, starts[1:]))


def interpolated_precision_recall(precision: np.ndarray, recall: np.ndarray) -> float:
    """Area under the precision-recall curve; each precision becomes the largest at this recall or above (VOC).

    Args:
        precision: (N,), of the best 1, 2, ..., N detections.
        recall: (N,), of the same.
    """
    precision = np.concatenate([[0], np.asarray(precision, np.float64), [0]])
    recall = np.concatenate([[0], np.asarray(recall, np.float64), [1]])
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall) * precision[1:]).sum())


def _match(ious: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Assign each detection, best first, to the free annotated segment that it overlaps most.

    Args:
        ious: (N, G), detections of one video by decreasing score.
        thresholds: (K,)

    Returns:
        bool (K, N): True for detections with a segment.
    """
    rows = np.arange(len(thresholds))
    free = np.ones((len(thresholds), ious.shape[1]), bool)
    matched = np.zeros((len(thresholds), len(ious)), bool)
    # A Python loop, since each assignment depends on those before; most detections reach no threshold and are skipped.
    for i in np.flatnonzero(ious.max(axis=1) >= thresholds.min()):
        allowed = np.where(free & (ious[i] >= thresholds[:, None]), ious[i], -1.0)  # (K, G)
        # Of equal overlaps the last segment, as in ActivityNet's evaluation code: argmax would take the first.
        best = allowed.shape[1] - 1 - allowed[:, ::-1].argmax(axis=1)
        hit = allowed[rows, best] >= 0
        matched[:, i] = hit
        free[rows[hit], best[hit]] = False
    return matched


def _one_class(truth: Segments, found: Segments, thresholds: np.ndarray) -> np.ndarray:
    """Average precision (K,) of the detections of one class, whatever their label."""
    if not len(truth):
        return np.full(len(thresholds), np.nan)
    if not len(found):
        return np.zeros(len(thresholds))
    found = found[found.score.argsort(kind='stable')[::-1]]
    places = dict(_groups(truth.video))
    hits = np.zeros((len(thresholds), len(found)), bool)
    for video, ranks in _groups(found.video):
        if video in places:
            ious = pairwise_segment_iou(found.times[ranks], truth.times[places[video]])  # (N, G)
            hits[:, ranks] = _match(ious, thresholds)
    correct = hits.cumsum(axis=1)
    precision = correct / np.arange(1, len(found) + 1)
    recall = correct / len(truth)
    return np.asarray([interpolated_precision_recall(p, r) for p, r in zip(precision, recall)])


def class_average_precisions(
    truth: Segments, found: Segments, num_classes: int, temporal_iou_thresholds: np.ndarray
) -> np.ndarray:
    """Average precision of each class.

    Returns:
        (K, classes); NaN for a class without an annotated segment.
    """
    thresholds = np.atleast_1d(np.asarray(temporal_iou_thresholds, np.float64))
    in_truth = dict(_groups(truth.label))
    in_found = dict(_groups(found.label))
    nothing = np.zeros(0, np.int64)
    columns = [
        _one_class(truth[in_truth.get(label, nothing)], found[in_found.get(label, nothing)], thresholds)
        for label in range(num_classes)
    ]
    if not columns:
        return np.zeros((len(thresholds), 0))
    return np.stack(columns, axis=1)


def average_precision_at_temporal_iou(
    ground_truth: Mapping[str, Any],
    prediction: Sequence[Sequence[Any]] | np.ndarray,
    temporal_iou_thresholds: np.ndarray = np.linspace(0.5, 0.95, 10),
) -> np.ndarray:
    """Average precision of the detections of one class, as in ActivityNet's detection task.

    Detections of all videos are visited by decreasing score. Each is assigned to the free annotated segment of its
    video that it overlaps most, if the overlap is large enough; otherwise it is a false positive.

    Args:
        ground_truth: per video, rows that begin with start and end.
        prediction: rows of video, class (unused), start, end and score.
        temporal_iou_thresholds: smallest tIoU that counts as found; K of them.

    Returns:
        float32 (K,); 0 without predictions, NaN (not defined) if the ground truth has no segment.
    """
    thresholds = np.atleast_1d(np.asarray(temporal_iou_thresholds, np.float64))
    number: dict[str, int] = {}
    parts = []
    for video, rows in ground_truth.items():
        times = leading_columns(rows, 2, f'ground_truth of {video}')
        video_number = number.setdefault(str(video), len(number))
        parts.append((np.full(len(times), video_number), np.zeros(len(times)), times, np.zeros(len(times))))
    videos = [number.setdefault(str(row[0]), len(number)) for row in prediction]
    numbers = leading_columns([[*row[2:5]] for row in prediction], 3, 'prediction')  # start, end, score
    found = Segments(np.asarray(videos, np.int64), np.zeros(len(videos), np.int64), numbers[:, :2], numbers[:, 2])
    return _one_class(Segments.concatenate(parts), found, thresholds).astype(np.float32)
