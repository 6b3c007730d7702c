"""Late fusion of the scores of several models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ['get_weighted_score', 'softmax']


def softmax(x: np.ndarray, dim: int = 1) -> np.ndarray:
    """Softmax along ``dim``."""
    x = np.asarray(x)
    e: np.ndarray = np.exp(x - x.max(axis=dim, keepdims=True))
    e /= e.sum(axis=dim, keepdims=True)
    return e


def get_weighted_score(
    score_list: Sequence[Sequence[np.ndarray] | np.ndarray], coeff_list: Sequence[float]
) -> list[np.ndarray]:
    """Weighted sum of the scores of several models.

    Args:
        score_list: per model, scores (N, C) or a list of N vectors.
        coeff_list: weight of each model.

    Returns:
        N vectors (C,).
    """
    if not len(score_list) or len(score_list) != len(coeff_list):
        raise ValueError(
            f'There are {len(score_list)} sets of scores and {len(coeff_list)} coefficients; each set needs one.'
        )
    arrays = [np.asarray(scores) for scores in score_list]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise ValueError(f'The sets of scores must have one shape, found {sorted(shapes)}.')
    weighted = [coeff * array for coeff, array in zip(coeff_list, arrays)]
    total: np.ndarray = sum(weighted[1:], start=weighted[0])
    return list(total)
