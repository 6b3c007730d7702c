"""Top-k accuracy."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from mmaction.evaluation.functional._checks import as_scores, as_single_labels
from mmaction.utils.check import at_least

__all__ = ['top_k_accuracy']

_clamped: set[tuple[int, int]] = set()  # (k, classes) that have been warned about


def _rank(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Number of classes that rank before the true one, (N,).

    Of equal scores the higher class index ranks first, as in MMAction2. A sample with NaN scores ranks last.
    """
    own = scores[np.arange(len(labels)), labels][:, None]
    later = np.arange(scores.shape[1]) > labels[:, None]
    rank: np.ndarray = ((scores > own) | ((scores == own) & later)).sum(axis=1)
    return np.where(np.isnan(scores).any(axis=1), scores.shape[1], rank)


def top_k_accuracy(
    scores: Sequence[np.ndarray] | np.ndarray, labels: Sequence[int] | np.ndarray, topk: Sequence[int] = (1,)
) -> list[float]:
    """Fraction of the samples whose true class has one of the k highest scores.

    Args:
        scores: (N, C).
        labels: true labels (N,), each in [0, C).
        topk: values of k. One above C counts as C, with a warning.

    Returns:
        Accuracy in 0..1 for each k.
    """
    scores = as_scores(scores)
    truth = as_single_labels(labels, scores)
    if not len(truth):
        raise ValueError('There are no samples to evaluate.')
    classes = scores.shape[1]
    for k in topk:
        at_least(1, k, 'k of topk')
        if k > classes and (k, classes) not in _clamped:
            _clamped.add((k, classes))
            warnings.warn(f'There are {classes} classes, so top-{k} accuracy is top-{classes} accuracy.', stacklevel=2)
    rank = _rank(scores, truth)
    return [float((rank < min(k, classes)).mean()) for k in topk]
