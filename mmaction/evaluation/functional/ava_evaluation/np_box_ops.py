"""Area and overlap of each box with each, under MMAction2's names."""

from __future__ import annotations

import numpy as np

from mmaction.structures.box_overlap import box_area, box_intersection, pairwise_box_iou

__all__ = ['area', 'intersection', 'ioa', 'iou']


def area(boxes: np.ndarray) -> np.ndarray:
    """Area of boxes, (N, 4) -> (N,)."""
    return box_area(boxes)


def intersection(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Area that each box shares with each, (N, 4) and (M, 4) -> (N, M)."""
    return box_intersection(np.asarray(boxes1)[:, None], np.asarray(boxes2)[None])


def iou(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Intersection over union of each box with each, (N, 4) and (M, 4) -> (N, M)."""
    return pairwise_box_iou(boxes1, boxes2)


def ioa(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Proportion of each of ``boxes2`` that lies within each of ``boxes1``, (N, 4) and (M, 4) -> (N, M)."""
    covered: np.ndarray = intersection(boxes1, boxes2) / np.maximum(box_area(boxes2), np.finfo(float).tiny)
    return covered
