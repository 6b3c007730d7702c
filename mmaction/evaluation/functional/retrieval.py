"""Measures of retrieval: ranks of the right items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ['recall_at', 'retrieval_ranks']


def retrieval_ranks(similarity: np.ndarray) -> np.ndarray:
    """Rank, from 1, of each query's own item: 1 + the number of items that are more similar.

    Args:
        similarity: (N, N), query by item; the own item of query i is i. Items as similar as the own one do not count.
            A row with NaN ranks last.

    Returns:
        int64 (N,).

    Raises:
        ValueError: ``similarity`` is not square.
    """
    if similarity.ndim != 2 or len(set(similarity.shape)) != 1:
        raise ValueError(f'similarity must be (N, N), found {similarity.shape}.')
    own = np.diag(similarity)[:, None]
    ranks: np.ndarray = 1 + (similarity > own).sum(axis=1)
    return np.where(np.isnan(similarity).any(axis=1), len(similarity), ranks)


def recall_at(k: int, ranks: Sequence[int] | np.ndarray) -> float:
    """Percentage of the ranks, from 1, that are at most ``k``."""
    return float(100 * (np.asarray(ranks) <= k).mean())
