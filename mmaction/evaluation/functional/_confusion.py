"""Confusion matrix and the accuracies of single classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np

from mmaction.evaluation.functional._checks import as_scores, as_single_labels

Normalize = Literal['true', 'pred', 'all']
Mode = Literal['accurate', 'inaccurate']


def _as_integers(values: Any, name: str) -> np.ndarray:
    if not isinstance(values, (list, tuple, np.ndarray)):
        raise TypeError(f'{name} must be a list or an array of labels, got {type(values).__name__}.')
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f'{name} must hold whole numbers, got dtype {array.dtype}.')
    return array.reshape(-1).astype(np.int64)


def _counts(y_pred: np.ndarray, y_real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """-> the labels that occur, ascending (K,), and how often each was taken for each (K, K), rows the truth."""
    labels, index = np.unique(np.concatenate([y_real, y_pred]), return_inverse=True)
    real, pred = np.split(index.reshape(-1), [len(y_real)])
    size = len(labels)
    return labels, np.bincount(real * size + pred, minlength=size**2).reshape(size, size)


def confusion_matrix(
    y_pred: Sequence[int] | np.ndarray, y_real: Sequence[int] | np.ndarray, normalize: Normalize | None = None
) -> np.ndarray:
    """Count how often each class was taken for each.

    Args:
        y_pred: predicted labels (N,).
        y_real: true labels (N,).
        normalize: divide by the row (``'true'``), by the column (``'pred'``) or by N (``'all'``); None keeps counts.
            A row or column without samples becomes zeros.

    Returns:
        (K, K), rows the truth, columns the prediction. K counts the labels that occur in either, in ascending order.
        int64, or float64 where normalised.
    """
    if normalize is not None and normalize not in get_args(Normalize):
        raise ValueError(
            f'normalize ({normalize!r}) must be one of {", ".join(map(repr, get_args(Normalize)))} or None.'
        )
    pred, real = _as_integers(y_pred, 'y_pred'), _as_integers(y_real, 'y_real')
    if len(pred) != len(real):
        raise ValueError(f'There are {len(pred)} predicted and {len(real)} true labels; each sample needs both.')
    matrix = _counts(pred, real)[1]
    if normalize is None:
        return matrix
    axis = {'true': 1, 'pred': 0, 'all': None}[normalize]
    total = matrix.sum(axis=axis, keepdims=True)
    normalized = np.zeros(matrix.shape)
    np.divide(matrix, total, out=normalized, where=total > 0)
    return normalized


def _class_accuracies(scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """-> the labels that occur or are predicted (K,), and their accuracies (K,), 0 where there are no samples."""
    scores = as_scores(scores)
    real = as_single_labels(labels, scores)
    if not len(real):
        raise ValueError('There are no samples to evaluate.')
    classes, matrix = _counts(scores.argmax(axis=1), real)
    count = matrix.sum(axis=1)
    return classes, np.divide(matrix.diagonal(), count, out=np.zeros(len(classes)), where=count > 0)


def mean_class_accuracy(scores: Sequence[np.ndarray] | np.ndarray, labels: Sequence[int] | np.ndarray) -> float:
    """Mean over the classes of the share of their samples that were recognised.

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
    """The classes that are recognised best or worst.

    Args:
        scores: (N, C).
        labels: true labels (N,).
        k: how many classes.
        mode: ``'accurate'``, best first, or ``'inaccurate'``, worst first.

    Returns:
        ``(label, accuracy)`` pairs; fewer than k where fewer classes occur.
    """
    if mode not in get_args(Mode):
        raise ValueError(f'mode ({mode!r}) must be one of {", ".join(map(repr, get_args(Mode)))}.')
    if k < 1:
        raise ValueError(f'k ({k}) must be at least 1.')
    classes, accuracy = _class_accuracies(scores, labels)
    order = accuracy.argsort(kind='stable')
    order = order[-k:][::-1] if mode == 'accurate' else order[:k]
    return list(zip(classes[order].tolist(), accuracy[order].tolist()))
