"""Overlap of segments in time.

A segment is (start, end), in any unit as long as both sides have the same; the last dimension of an array or tensor
holds the two, all others broadcast. Tensors keep their type, device and gradient; everything else becomes float64.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

__all__ = ['pairwise_segment_iou', 'segment_coverage', 'segment_iou']


@overload
def segment_iou(a: Tensor, b: Tensor) -> Tensor: ...
@overload
def segment_iou(a: ArrayLike, b: ArrayLike) -> np.ndarray: ...
def segment_iou(a: Any, b: Any) -> Any:
    """Intersection over union: (..., 2) and (..., 2) -> (...); 0 where the union has no length."""
    a, b = _same_kind(a, b)
    intersection = _intersection(a, b)
    return _ratio(intersection, _length(a) + _length(b) - intersection)


@overload
def segment_coverage(a: Tensor, b: Tensor) -> Tensor: ...
@overload
def segment_coverage(a: ArrayLike, b: ArrayLike) -> np.ndarray: ...
def segment_coverage(a: Any, b: Any) -> Any:
    """Proportion of ``a`` that lies within ``b``: (..., 2) and (..., 2) -> (...); 0 where ``a`` has no length."""
    a, b = _same_kind(a, b)
    return _ratio(_intersection(a, b), _length(a))


@overload
def pairwise_segment_iou(a: Tensor, b: Tensor) -> Tensor: ...
@overload
def pairwise_segment_iou(a: ArrayLike, b: ArrayLike) -> np.ndarray: ...
def pairwise_segment_iou(a: Any, b: Any) -> Any:
    """Intersection over union of each with each: (..., N, 2) and (..., M, 2) -> (..., N, M)."""
    a, b = _same_kind(a, b)
    return segment_iou(a[..., :, None, :], b[..., None, :, :])


def _same_kind(a: Any, b: Any) -> tuple[Any, Any]:
    if isinstance(a, Tensor):
        return a, b
    return np.asarray(a, np.float64), np.asarray(b, np.float64)


def _length(segments: Any) -> Any:
    return segments[..., 1] - segments[..., 0]


def _intersection(a: Any, b: Any) -> Any:
    library: Any = torch if isinstance(a, Tensor) else np
    start = library.maximum(a[..., 0], b[..., 0])
    end = library.minimum(a[..., 1], b[..., 1])
    return (end - start).clip(0)


def _ratio(part: Any, whole: Any) -> Any:
    """Divide, with 0 where the whole is empty; the divisor is replaced first so that no NaN enters the gradient."""
    library: Any = torch if isinstance(part, Tensor) else np
    return part / library.where(whole > 0, whole, 1)
