"""Confusion matrix, and accuracies per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mmaction.evaluation.functional._checks import as_scores, as_single_labels
from mmaction.utils.check import at_least, pick

__all__ = ['confusion_matrix', 'mean_class_accuracy', 'top_k_classes']

Normalize = Literal['true', 'pred', 'all']
Mode = Literal['accurate', 'inaccurate']
_SUMMED_AXIS: dict[str | None, int | None] = {'true': 1, 'pred': 0, 'all': None, None: None}


def _as_integers(values: Any, name: str) -> np.ndarray:
    if not isinstance(values, (list, tuple, np.ndarray)):
        raise TypeError(f'{name} must be a list or an array of labels, got {type(values).__name__}.')
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f'{name} must hold integers, got dtype {array.dtype}.')
    return array.reshape(-1).astype(np.int64)


def _counts(y_pred: np.ndarray, y_real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels that occur, ascending (K,), and the counts (K, K) of true (rows) and predicted labels (columns)."""
    labels, index = np.unique(np.concatenate([y_real, y_pred]), return_inverse=True)
    real, pred = np.split(index.reshape(-1), [len(y_real)])
    size = len(labels)
    return labels, np.bincount(real * size + pred, minlength=size**2).reshape(size, size)


def confusion_matrix(
    y_pred: Sequence[int] | np.ndarray, y_real: Sequence[int] | np.ndarray, normalize: Normalize | None = None
) -> np.ndarray:
    """Count how often each class was predicted for each true class.

    Args:
        y_pred: predicted labels (N,).
        y_real: true labels (N,).
        normalize: divide by the sum of the row (``'true'``), of the column (``'pred'``) or by N (``'all'``); None keeps
            counts. A row or column without samples becomes zeros.

    Returns:
        (K, K); rows are true classes, columns predicted ones. K is the number of labels that occur in either, in
        ascending order. int64, or float64 if normalized.
    """
    axis = pick(_SUMMED_AXIS, normalize, 'normalize')
    pred = _as_integers(y_pred, 'y_pred')
    real = _as_integers(y_real, 'y_real')
    if len(pred) != len(real):
        raise ValueError(f'There are {len(pred)} predicted and {len(real)} true labels; each sample needs both.')
    matrix = _counts(pred, real)[1]
    if normalize is None:
        return matrix
    total = matrix.sum(axis=axis, keepdims=True)
    normalized = np.zeros(matrix.shape)
    np.divide(matrix, total, out=normalized, where=total > 0)
    return normalized


def _class_accuracies(scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Labels that occur or are predicted (K,), and their accuracies (K,), 0 for those without samples."""
    scores = as_scores(scores)
    real = as_single_labels(labels, scores)
    if not len(real):
        raise ValueError('There are no samples to evaluate.')
    classes, matrix = _counts(scores.argmax(axis=1), real)
    count = matrix.sum(axis=1)
    return classes, np.divide(matrix.diagonal(), count, out=np.zeros(len(classes)), where=count > 0)


def mean_class_accuracy(scores: Sequence[np.ndarray] | np.ndarray, labels: Sequence[int] | np.ndarray) -> float:
    """Mean over the classes of the fraction of their samples that is recognized.

    A class that is predicted but has no samples counts with 0; one that neither occurs nor is predicted is left out.

    Args:
        scores: (N, C).
        labels: true labels (N,).
    """
    return float(_class_accuracies(scores, labels)[1].mean())


def top_k_classes(
    scores: Sequence[np.ndarray] | np.ndarray,
    labels: Sequence[int] | np.ndarray,
    k: int = 10,
    mode: Mode = 'accurate',
) -> list[tuple[int, float]]:
    """Classes of the highest or lowest accuracy.

    Args:
        scores: (N, C).
        labels: true labels (N,).
        k: number of classes.
        mode: ``'accurate'``, best first, or ``'inaccurate'``, worst first.

    Returns:
        ``(label, accuracy)`` pairs; fewer than k if fewer classes occur.
    """
    pick(('accurate', 'inaccurate'), mode, 'mode')
    at_least(1, k, 'k')
    classes, accuracy = _class_accuracies(scores, labels)
    order = accuracy.argsort(kind='stable')
    if mode == 'accurate':
        order = order[::-1]
    order = order[:k]
    return list(zip(classes[order].tolist(), accuracy[order].tolist()))
