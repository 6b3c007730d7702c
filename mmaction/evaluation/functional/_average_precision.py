"""Average precision, for samples with several labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.evaluation.functional._checks import as_many_hot, as_scores


def binary_precision_recall_curve(y_score: np.ndarray, y_true: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall at each threshold that a score sets.

    Args:
        y_score: scores (N,).
        y_true: 1 where the class is there (N,).

    Returns:
        precision (T + 1,), recall (T + 1,), falling, and thresholds (T,), rising. The last point is precision 1 at
        recall 0. Thresholds end where recall reaches 1. Without positives recall is NaN.
    """
    score, truth = np.asarray(y_score), np.asarray(y_true)
    if score.ndim != 1 or score.shape != truth.shape or not score.size:
        raise ValueError(
            f'y_score and y_true must be vectors of one length, at least 1, found {score.shape} and {truth.shape}.'
        )
    order = score.argsort(kind='stable')[::-1]
    score, truth = score[order], truth[order] == 1
    ends = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)  # last of each run of equal scores
    hits = truth.cumsum()[ends]
    total = hits[-1]
    precision = hits / (ends + 1)
    recall = hits / total if total else np.full(len(hits), np.nan)
    down = slice(hits.searchsorted(total), None, -1)
    return np.append(precision[down], 1.0), np.append(recall[down], 0.0), score[ends][down]


def _average_precision(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Area under the step-wise precision-recall curve of each row.

    Args:
        scores: (R, N).
        truth: booleans (R, N).

    Returns:
        (R,), NaN for a row without positives. Items of equal score count as found together.
    """
    rows, n = scores.shape
    order = (-scores).argsort(axis=1, kind='stable')
    ranked = np.take_along_axis(scores, order, axis=1)
    hit = np.take_along_axis(truth, order, axis=1)
    last = np.ones((rows, n), dtype=bool)  # whether an item is the last of a run of equal scores
    last[:, :-1] = ranked[:, 1:] != ranked[:, :-1]
    end = np.where(last, np.arange(n), n)
    end = np.minimum.accumulate(end[:, ::-1], axis=1)[:, ::-1]  # (R, N): where the run of an item ends
    precision = np.take_along_axis(hit.cumsum(axis=1), end, axis=1) / (end + 1)
    total = hit.sum(axis=1)
    average = np.full(rows, np.nan)
    np.divide((precision * hit).sum(axis=1), total, out=average, where=total > 0)
    return average


def _mean(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float('nan')


def mean_average_precision(
    scores: Sequence[np.ndarray] | np.ndarray, labels: Sequence[np.ndarray] | np.ndarray
) -> float:
    """Mean over the classes of the average precision over the samples.

    Args:
        scores: (N, C).
        labels: 1 where a sample has a class, else 0 (N, C). Classes that no sample has are left out.

    Returns:
        In 0..1; NaN where there is no positive at all.
    """
    array = as_scores(scores)
    return _mean(_average_precision(array.T, as_many_hot(labels, array).T))


def mmit_mean_average_precision(
    scores: Sequence[np.ndarray] | np.ndarray, labels: Sequence[np.ndarray] | np.ndarray
) -> float:
    """Mean over the samples of the average precision over the classes, as Multi-Moments in Time is evaluated.

    `Multi-Moments in Time <https://arxiv.org/abs/1911.00232>`_ (Monfort et al.), section 5.

    Args:
        scores: (N, C).
        labels: 1 where a sample has a class, else 0 (N, C). Samples without a class are left out.

    Returns:
        In 0..1; NaN where there is no positive at all.
    """
    array = as_scores(scores)
    return _mean(_average_precision(array, as_many_hot(labels, array)))
