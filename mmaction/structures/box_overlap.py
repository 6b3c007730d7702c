"""Area and overlap of boxes.

A box is xyxy in any unit, as long as both sides have the same; the last dimension of an array or tensor holds the four
numbers, all others broadcast. Tensors keep their type, device and gradient; everything else becomes float64.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

__all__ = ['box_area', 'box_intersection', 'box_iou', 'pairwise_box_iou']


@overload
def box_area(boxes: Tensor) -> Tensor: ...
@overload
def box_area(boxes: ArrayLike) -> np.ndarray: ...
def box_area(boxes: Any) -> Any:
    """Area of boxes xyxy: (..., 4) -> (...); 0 where a box has no extent."""
    boxes = boxes if isinstance(boxes, Tensor) else np.asarray(boxes, np.float64)
    sides = (boxes[..., 2:] - boxes[..., :2]).clip(0)
    return sides[..., 0] * sides[..., 1]


@overload
def box_intersection(a: Tensor, b: Tensor) -> Tensor: ...
@overload
def box_intersection(a: ArrayLike, b: ArrayLike) -> np.ndarray: ...
def box_intersection(a: Any, b: Any) -> Any:
    """Area that two boxes share: (..., 4) and (..., 4) -> (...)."""
    a, b = _same_kind(a, b)
    library: Any = torch if isinstance(a, Tensor) else np
    first = library.maximum(a[..., :2], b[..., :2])
    last = library.minimum(a[..., 2:], b[..., 2:])
    sides = (last - first).clip(0)
    return sides[..., 0] * sides[..., 1]


def _ratio(part: Any, whole: Any) -> Any:
    """Divide, with 0 where the whole is empty; the divisor is replaced first so that no NaN enters the gradient."""
    library: Any = torch if isinstance(part, Tensor) else np
    return part / library.where(whole > 0, whole, 1)


def _same_kind(a: Any, b: Any) -> tuple[Any, Any]:
    if isinstance(a, Tensor):
        return a, b
    return np.asarray(a, np.float64), np.asarray(b, np.float64)


@overload
def box_iou(a: Tensor, b: Tensor) -> Tensor: ...
@overload
def box_iou(a: ArrayLike, b: ArrayLike) -> np.ndarray: ...
def box_iou(a: Any, b: Any) -> Any:
    """Intersection over union of boxes xyxy: (..., 4) and (..., 4) -> (...); 0 where the union has no area."""
    a, b = _same_kind(a, b)
    intersection = box_intersection(a, b)
    return _ratio(intersection, box_area(a) + box_area(b) - intersection)


@overload
def pairwise_box_iou(a: Tensor, b: Tensor) -> Tensor: ...
@overload
def pairwise_box_iou(a: ArrayLike, b: ArrayLike) -> np.ndarray: ...
def pairwise_box_iou(a: Any, b: Any) -> Any:
    """Intersection over union of each box with each: (..., N, 4) and (..., M, 4) -> (..., N, M)."""
    a, b = _same_kind(a, b)
    return box_iou(a[..., :, None, :], b[..., None, :, :])
