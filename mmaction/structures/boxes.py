"""Bounding boxes of spatio-temporal detection: classification targets, and detections per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ['bbox2result', 'bbox_target']


def bbox_target(
    pos_bboxes_list: Sequence[Tensor],
    neg_bboxes_list: Sequence[Tensor],
    gt_labels: Sequence[Tensor],
    cfg: Any,
) -> tuple[Tensor, Tensor]:
    """Labels and weights of the sampled boxes of a batch; within each clip, positives precede negatives.

    Shapes: P_i, N_i: positive and negative boxes of clip i. C: classes.

    Args:
        pos_bboxes_list: (P_i, 4) each.
        neg_bboxes_list: (N_i, 4) each.
        gt_labels: (P_i, C) multi-hot labels of the positive boxes.
        cfg: has ``pos_weight``: the weight of a positive box; 0 or less means 1.

    Returns:
        labels ``(sum(P_i + N_i), C)``, all zero for negative boxes, and weights ``(sum(P_i + N_i),)``, 1 for those.
    """
    counts = [len(pos_bboxes_list), len(neg_bboxes_list), len(gt_labels)]
    if len(set(counts)) > 1:
        raise ValueError(f'Positive boxes, negative boxes and labels must come from as many clips, got {counts}.')
    pos_weight = 1.0 if cfg.pos_weight <= 0 else cfg.pos_weight
    labels = []
    weights = []
    for pos, neg, label in zip(pos_bboxes_list, neg_bboxes_list, gt_labels):
        padded = torch.nn.functional.pad(label, (0, 0, 0, len(neg)))  # (P, C) -> (P+N, C)
        weight = label.new_ones(len(padded), dtype=torch.float32)
        weight[: len(pos)] = pos_weight
        labels.append(padded)
        weights.append(weight)
    return torch.cat(labels), torch.cat(weights)


def bbox2result(
    bboxes: Tensor, labels: Tensor, num_classes: int, thr: float | Sequence[float] = 0.01
) -> list[np.ndarray]:
    """Sort boxes with class scores into one array per class.

    Shapes: N: boxes. C: classes. Class 0 is the background and is left out.

    Args:
        bboxes: (N, 4), xyxy in pixels.
        labels: (N, C) scores.
        num_classes: C.
        thr: keep a box for a class if its score exceeds this; one value, or one per class. A single negative value
            keeps each box for its best class alone, the background left out.

    Returns:
        C - 1 float32 arrays (n, 5): xyxy and score.
    """
    if len(bboxes) == 0:
        return [np.zeros((0, 5), np.float32) for _ in range(num_classes - 1)]
    is_single_label = isinstance(thr, float | int) and thr < 0
    thresholds = [thr] * num_classes if isinstance(thr, float | int) else list(thr)
    if len(thresholds) != num_classes:
        raise ValueError(f'thr has {len(thresholds)} values for {num_classes} classes; give one, or one per class.')
    boxes = bboxes.cpu().numpy()
    scores = labels.cpu().numpy()
    if is_single_label:
        kept = scores[:, 1:].argmax(axis=1)[:, None] == np.arange(-1, num_classes - 1)  # (N, C)
    else:
        kept = scores > np.asarray(thresholds)
    result = []
    for cls in range(1, num_classes):
        keep = kept[:, cls]
        result.append(np.concatenate([boxes[keep], scores[keep, cls, None]], axis=1).astype(np.float32))
    return result
