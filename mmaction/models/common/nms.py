"""Non-maximum suppression of boxes, without compiled operators."""

from __future__ import annotations

import torch
from torch import Tensor

from mmaction.structures.box_overlap import pairwise_box_iou
from mmaction.utils.check import within


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Keep the best of boxes that overlap.

    Args:
        boxes: (N, 4), xyxy.
        scores: (N,).
        iou_threshold: a box is dropped if its IoU with a better one that is kept exceeds this.

    Returns:
        Indices of the kept boxes, best first, int64.

    Raises:
        ValueError: ``iou_threshold`` is outside of [0, 1].
    """
    within(0, 1, iou_threshold, 'iou_threshold')
    order = scores.argsort(descending=True, stable=True)
    ordered = boxes.detach()[order]
    # The loop runs on the CPU: each step depends on the one before, and a GPU would wait for each.
    overlaps = (pairwise_box_iou(ordered, ordered) > iou_threshold).triu(diagonal=1).cpu()
    keep = torch.ones(len(order), dtype=torch.bool)
    for i in range(len(order)):
        if keep[i]:
            keep &= ~overlaps[i]
    return order[keep.to(order.device)]


def batched_nms(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    """:func:`nms` within each class: boxes of different ``labels`` (N,) do not suppress each other."""
    if len(boxes) == 0:
        return labels.new_zeros(0, dtype=torch.long)
    # Each class is moved to a place of its own, where it meets no other.
    span = boxes.max() - boxes.min() + 1
    return nms(boxes + (labels.to(boxes) * span)[:, None], scores, iou_threshold)
