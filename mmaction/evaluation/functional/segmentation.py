"""Measures of temporal segmentation: accuracy of frames, edit score, and F1 of segments by overlap.

All work on the frames of one video and exclude, with ``ignore``, classes such as the background from the segments.
Frames whose true label is ``IGNORE_INDEX`` count in no measure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from mmaction.structures.frame_labels import IGNORE_INDEX, label_runs
from mmaction.structures.segments import pairwise_segment_iou

__all__ = [
    'edit_distance',
    'edit_score',
    'f1_from_counts',
    'frame_counts',
    'match_segments',
    'pair_spans',
    'segments_of',
]

_ROWS = 512  # of the table of overlaps in memory


def segments_of(labels: Any, ignore: Collection[int] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Segments of frames of equal labels.

    Args:
        labels: integers (T,).
        ignore: classes that are no segments, beside ``IGNORE_INDEX``.

    Returns:
        label (N,) and interval (N, 2) in frames, end-exclusive, of each.
    """
    values, spans = label_runs(labels)
    kept = ~np.isin(values, [IGNORE_INDEX, *ignore])
    return values[kept], spans[kept]


def _both(predicted: Any, true: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; frames without a true label lose their prediction, too."""
    predicted = np.asarray(predicted)
    true = np.asarray(true)
    if predicted.ndim != 1 or predicted.shape != true.shape:
        raise ValueError(
            f'Predicted labels {predicted.shape} and true labels {true.shape} must be one per frame of the video.'
        )
    return np.where(true == IGNORE_INDEX, IGNORE_INDEX, predicted), true


def frame_counts(predicted: Any, true: Any, num_classes: int) -> np.ndarray:
    """Number of frames (K, K) by true class (rows) and predicted class (columns).

    Raises:
        ValueError: the labels have different lengths, or one is none of the K classes.
    """
    predicted, true = _both(predicted, true)
    known = true != IGNORE_INDEX
    for name, values in (('A predicted label', predicted[known]), ('A true label', true[known])):
        wrong = values[(values < 0) | (values >= num_classes)]
        if len(wrong):
            raise ValueError(f'{name} ({wrong[0]}) is out of [0, {num_classes}), the classes.')
    index = true[known].astype(np.int64) * num_classes + predicted[known]
    return np.bincount(index, minlength=num_classes**2).reshape(num_classes, num_classes)


def edit_distance(a: Sequence[Any] | np.ndarray, b: Sequence[Any] | np.ndarray) -> int:
    """Least number of insertions, deletions and substitutions from a sequence to another (Levenshtein)."""
    b = np.asarray(b)
    steps = np.arange(len(b) + 1)
    row = steps.copy()
    for count, item in enumerate(np.asarray(a).tolist(), 1):
        best = np.empty_like(row)
        best[0] = count
        best[1:] = np.minimum(row[1:] + 1, row[:-1] + (b != item))
        # Insertions run along the row: row[j] = min over i <= j of best[i] + j - i.
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


def edit_score(predicted: Any, true: Any, ignore: Collection[int] = ()) -> float:
    """Percentage of the order of segments that is right, whatever their times: ``100 * (1 - distance / longer)``.

    100 if there is no segment in either. Source: MS-TCN (https://arxiv.org/abs/1903.01945), Sec. 4.
    """
    predicted, true = _both(predicted, true)
    found, _ = segments_of(predicted, ignore)
    annotated, _ = segments_of(true, ignore)
    longer = max(len(found), len(annotated))
    if not longer:
        return 100.0
    return 100.0 * (1 - edit_distance(found, annotated) / longer)


def match_segments(
    predicted: Any, true: Any, num_classes: int, thresholds: Sequence[float], ignore: Collection[int] = ()
) -> np.ndarray:
    """Count right and wrong segments per class.

    A predicted segment is right if the true segment of its class with which it has the largest IoU (the first of equal
    ones) reaches the threshold and is not taken by an earlier segment.

    Args:
        predicted: labels (T,).
        true: labels (T,).
        num_classes: K.
        thresholds: of the IoU, in (0, 1].
        ignore: classes that are no segments.

    Returns:
        (thresholds, K, 3): true positives, false positives, false negatives.
    """
    predicted, true = _both(predicted, true)
    found, found_spans = segments_of(predicted, ignore)
    annotated, true_spans = segments_of(true, ignore)
    counts = np.zeros((len(thresholds), num_classes, 3), np.int64)
    for label in np.union1d(found, annotated):
        of_class = found_spans[found == label], true_spans[annotated == label]
        for at, threshold in enumerate(thresholds):
            right = int((pair_spans(*of_class, threshold) >= 0).sum())
            counts[at, label] = right, len(of_class[0]) - right, len(of_class[1]) - right
    return counts


def pair_spans(predicted: np.ndarray, true: np.ndarray, threshold: float) -> np.ndarray:
    """Pair each predicted interval, in order, with the true one of its largest IoU.

    Args:
        predicted: intervals (N, 2).
        true: intervals (M, 2).
        threshold: least IoU of a pair, in (0, 1].

    Returns:
        index of the true interval of each predicted one (N,); -1 where the IoU does not reach the threshold, or an
        earlier interval has taken it.
    """
    partners = np.full(len(predicted), -1, np.int64)
    taken: set[int] = set()
    # In parts: a long video has thousands of segments.
    for start in range(0, len(predicted) if len(true) else 0, _ROWS):
        iou = pairwise_segment_iou(predicted[start : start + _ROWS], true)
        best = iou.argmax(axis=1)
        for row in np.flatnonzero(iou.max(axis=1) >= threshold):
            if int(best[row]) not in taken:
                partners[start + row] = best[row]
                taken.add(int(best[row]))
    return partners


def f1_from_counts(counts: np.ndarray) -> np.ndarray:
    """F1 in percent from true positives, false positives and false negatives: (..., 3) -> (...); NaN without any."""
    tp, fp, fn = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    whole = 2 * tp + fp + fn
    return np.where(whole > 0, 200 * tp / np.where(whole > 0, whole, 1), np.nan)
