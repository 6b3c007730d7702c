"""Checks of scores and labels, which become arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def _as_array(values: Any, fault: str) -> np.ndarray:
    """Stack values; ``fault`` completes the message "The samples have ..." if they do not stack."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f'The samples have {fault}: {error}') from error


def as_scores(scores: Any) -> np.ndarray:
    """Stack scores into one array (N, C)."""
    array = _as_array(scores, 'scores of different lengths')
    if array.ndim != 2:
        raise ValueError(
            f'scores must be (samples, classes), found shape {array.shape}. Average the clips of a video first, e.g. '
            "with average_clips='prob' of the head."
        )
    return array


def as_single_labels(labels: Any, scores: np.ndarray) -> np.ndarray:
    """Convert labels to (N,), checked against scores (N, C)."""
    array = _as_array(labels, 'different numbers of labels')
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f'labels must be one number per sample, found shape {array.shape}. Use mean_average_precision or '
            'mmit_mean_average_precision for samples with several labels.'
        )
    if len(array) != len(scores):
        raise ValueError(f'There are {len(scores)} scores and {len(array)} labels; each sample needs both.')
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f'labels must be integers, got dtype {array.dtype}.')
    array = array.astype(np.int64)
    wrong = np.flatnonzero((array < 0) | (array >= scores.shape[1]))
    if wrong.size:
        i = wrong[0]
        raise ValueError(
            f'label {array[i]} of sample {i} is out of [0, {scores.shape[1]}), the number of scores. Leave out '
            'unlabelled samples, or correct num_classes of the model.'
        )
    return array


def as_many_hot(labels: Any, scores: np.ndarray) -> np.ndarray:
    """Convert vectors of zeros and ones to booleans (N, C), checked against scores (N, C)."""
    array = _as_array(labels, 'vectors of labels of different lengths')
    if array.shape != scores.shape:
        raise ValueError(
            f'labels must be vectors of zeros and ones, one number per class: shape {scores.shape} as the scores, '
            f'found {array.shape}.'
        )
    is_set: np.ndarray = array == 1
    return is_set
