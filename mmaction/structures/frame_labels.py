"""Labels per frame: the mark of frames without a label, and runs of equal labels."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ['IGNORE_INDEX', 'label_runs']

IGNORE_INDEX = -100
"""Label of a frame that is neither learned nor evaluated; the default of PyTorch's losses."""


def label_runs(labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Runs of equal labels.

    >>> [part.tolist() for part in label_runs([4, 4, 7, 4])]
    [[4, 7, 4], [[0, 2], [2, 3], [3, 4]]]

    Args:
        labels: integers (T,).

    Returns:
        label of each run (N,), and its interval (N, 2) in frames, end-exclusive.
    """
    labels = np.asarray(labels).reshape(-1)
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts = np.concatenate([[0], edges]).astype(np.int64) if len(labels) else np.zeros(0, np.int64)
    ends = np.concatenate([starts[1:], [len(labels)]]).astype(np.int64) if len(labels) else starts
    return labels[starts], np.stack([starts, ends], axis=1)
