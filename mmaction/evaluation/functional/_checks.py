"""Scores and labels as arrays, checked."""

from __future__ import annotations

from typing import Any

import numpy as np


def _as_array(values: Any, fault: str) -> np.ndarray:
    """``fault``: what the samples have where their values do not stack."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f'The samples have {fault}: {error}') from error


def as_scores(scores: Any) -> np.ndarray:
    """Stack scores to one array (N, C)."""
    array = _as_array(scores, 'scores of different lengths')
    if array.ndim != 2:
        raise ValueError(
            f'scores must be (samples, classes), found shape {array.shape}. Average the clips of a video first, e.g. '
            "with average_clips='prob' of the head."
        )
    return array


def as_single_labels(labels: Any, scores: np.ndarray) -> np.ndarray:
    """Labels (N,) that fit scores (N, C)."""
    array = _as_array(labels, 'different numbers of labels')
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f'labels must be one number a sample, found shape {array.shape}. Use mean_average_precision or '
            'mmit_mean_average_precision where samples have several labels.'
        )
    if len(array) != len(scores):
        raise ValueError(f'There are {len(scores)} scores and {len(array)} labels; each sample needs both.')
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f'labels must be whole numbers, got dtype {array.dtype}.')
    array = array.astype(np.int64)
    wrong = np.flatnonzero((array < 0) | (array >= scores.shape[1]))
    if wrong.size:
        i = wrong[0]
        raise ValueError(
            f'label {array[i]} of sample {i} is out of [0, {scores.shape[1]}), the classes that were scored. Leave out '
            'samples without a label, or correct num_classes of the model.'
        )
    return array


def as_many_hot(labels: Any, scores: np.ndarray) -> np.ndarray:
    """Vectors of zeros and ones (N, C) that fit scores (N, C), as booleans."""
    array = _as_array(labels, 'vectors of labels of different lengths')
    if array.shape != scores.shape:
        raise ValueError(
            f'labels must be vectors of zeros and ones, one number a class: shape {scores.shape} to go with the '
            f'scores, found {array.shape}.'
        )
    is_set: np.ndarray = array == 1
    return is_set
