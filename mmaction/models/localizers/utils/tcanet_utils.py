"""Overlap of segments, and offsets from one to another: those of Faster R-CNN in one dimension.

Legend: N segments, M actions. Segments are (..., 2): start and end in any unit; leading dimensions broadcast.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmaction.structures.segments import pairwise_segment_iou


def batch_iou(proposals: Tensor, gt_boxes: Tensor) -> Tensor:
    """IoU of each with each: (..., N, 2) and (..., M, 2) -> (..., N, M). Two empty segments have 0."""
    return pairwise_segment_iou(proposals[..., :2], gt_boxes[..., :2])


def _centre_width(segments: Tensor) -> tuple[Tensor, Tensor]:
    width = segments[..., 1] - segments[..., 0]
    return segments[..., 0] + 0.5 * width, width


def bbox_xw_transform_batch(ex_rois: Tensor, gt_rois: Tensor) -> Tensor:
    """Offsets of centre and width from one segment to another.

    Args:
        ex_rois: (..., 2), of positive length.
        gt_rois: (..., 2), of positive length.

    Returns:
        (..., 2): shift of the centre in widths, and logarithm of the ratio of widths.
    """
    x, w = _centre_width(ex_rois)
    gt_x, gt_w = _centre_width(gt_rois)
    return torch.stack(((gt_x - x) / w, torch.log(gt_w / w)), dim=-1)


def bbox_xw_transform_inv(boxes: Tensor, deltas: Tensor, dx_w: float, dw_w: float) -> Tensor:
    """Apply offsets of centre and width; with factors of 1 the inverse of :func:`bbox_xw_transform_batch`.

    Args:
        boxes: (..., 2).
        deltas: (..., 2 K), K pairs per segment.
        dx_w: factor of the shifts.
        dw_w: factor of the logarithms.

    Returns:
        (..., 2 K).
    """
    centre, width = (t[..., None] for t in _centre_width(boxes))
    new_centre = centre + deltas[..., 0::2] * dx_w * width
    half = 0.5 * torch.exp(deltas[..., 1::2] * dw_w) * width
    return torch.stack((new_centre - half, new_centre + half), dim=-1).flatten(-2)


def bbox_se_transform_batch(ex_rois: Tensor, gt_rois: Tensor) -> Tensor:
    """Offsets of start and end from one segment to another.

    Args:
        ex_rois: (..., 2), of positive length.
        gt_rois: (..., 2).

    Returns:
        (..., 2), in widths of ``ex_rois``.
    """
    width = ex_rois[..., 1:2] - ex_rois[..., 0:1]
    return (gt_rois[..., :2] - ex_rois[..., :2]) / width


def bbox_se_transform_inv(boxes: Tensor, deltas: Tensor, dse_w: float) -> Tensor:
    """Apply offsets of start and end; with a factor of 1 the inverse of :func:`bbox_se_transform_batch`.

    Args:
        boxes: (..., 2).
        deltas: (..., 2 K), K pairs per segment.
        dse_w: factor of the shifts.

    Returns:
        (..., 2 K).
    """
    width = boxes[..., 1:2] - boxes[..., 0:1]
    ends = torch.stack((deltas[..., 0::2], deltas[..., 1::2]), dim=-1) * (dse_w * width[..., None])  # (..., K, 2)
    return (boxes[..., None, :2] + ends).flatten(-2)
