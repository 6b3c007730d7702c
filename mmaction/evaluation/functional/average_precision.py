"""Average precision for samples with several labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.evaluation.functional._checks import as_many_hot, as_scores

__all__ = ['binary_precision_recall_curve', 'mean_average_precision', 'mmit_mean_average_precision']


def binary_precision_recall_curve(y_score: np.ndarray, y_true: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall at each distinct score, taken as threshold.

    Args:
        y_score: scores (N,).
        y_true: 1 for positives (N,).

    Returns:
        precision (T + 1,), decreasing recall (T + 1,), and increasing thresholds (T,). The last point is precision 1 at
        recall 0; thresholds below the one that reaches recall 1 are omitted. Without positives recall is NaN.
    """
    score = np.asarray(y_score)
    truth = np.asarray(y_true)
    if score.ndim != 1 or score.shape != truth.shape or not score.size:
        raise ValueError(
            f'y_score and y_true must be vectors of one length, at least 1, found {score.shape} and {truth.shape}.'
        )
    order = score.argsort(kind='stable')[::-1]
    score = score[order]
    positive = truth[order] == 1
    ends = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)  # last of each run of equal scores
    hits = positive.cumsum()[ends]
    total = hits[-1]
    precision = hits / (ends + 1)
    recall = np.full(len(hits), np.nan)
    if total:
        recall = hits / total
    down = slice(hits.searchsorted(total), None, -1)
    return np.append(precision[down], 1.0), np.append(recall[down], 0.0), score[ends][down]


def _average_precision(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Area under the step-wise precision-recall curve of each row.

    Args:
        scores: (R, N).
        truth: booleans (R, N).

    Returns:
        (R,), NaN for a row without positives. Items of equal score share the precision at the last of them, so that
        the result does not depend on their order.
    """
    rows, n = scores.shape
    order = (-scores).argsort(axis=1, kind='stable')
    ranked = np.take_along_axis(scores, order, axis=1)
    hit = np.take_along_axis(truth, order, axis=1)
    last = np.ones((rows, n), dtype=bool)  # True at the last of each run of equal scores
    last[:, :-1] = ranked[:, 1:] != ranked[:, :-1]
    end = np.where(last, np.arange(n), n)
    end = np.minimum.accumulate(end[:, ::-1], axis=1)[:, ::-1]  # (R, N): end of the run of each item
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
        labels: (N, C), 1 for the classes of a sample, else 0. Classes without samples are left out.

    Returns:
        In 0..1; NaN without any positive.
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
        labels: (N, C), 1 for the classes of a sample, else 0. Samples without classes are left out.

    Returns:
        In 0..1; NaN without any positive.
    """
    array = as_scores(scores)
    return _mean(_average_precision(array, as_many_hot(labels, array)))
