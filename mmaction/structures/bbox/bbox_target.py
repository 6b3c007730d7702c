"""Classification targets of sampled boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def bbox_target(
    pos_bboxes_list: Sequence[Tensor],
    neg_bboxes_list: Sequence[Tensor],
    gt_labels: Sequence[Tensor],
    cfg: Any,
) -> tuple[Tensor, Tensor]:
    """Labels and weights of the sampled boxes of a batch, positives before negatives within each clip.

    Shapes: P_i, N_i: positive and negative boxes of clip i. C: classes.

    Args:
        pos_bboxes_list: (P_i, 4) each.
        neg_bboxes_list: (N_i, 4) each.
        gt_labels: (P_i, C) multi-hot labels of the positive boxes.
        cfg: has ``pos_weight``: the weight of a positive box; 0 or less means 1.

    Returns:
        labels ``(sum(P_i + N_i), C)``, all zero for negative boxes, and weights ``(sum(P_i + N_i),)``, 1 for those.
    """
    if not len(pos_bboxes_list) == len(neg_bboxes_list) == len(gt_labels):
        raise ValueError(
            f'Positive boxes, negative boxes and labels must come from as many clips, got {len(pos_bboxes_list)}, '
            f'{len(neg_bboxes_list)} and {len(gt_labels)}.'
        )
    pos_weight = 1.0 if cfg.pos_weight <= 0 else cfg.pos_weight
    labels, weights = [], []
    for pos, neg, label in zip(pos_bboxes_list, neg_bboxes_list, gt_labels):
        padded = torch.nn.functional.pad(label, (0, 0, 0, len(neg)))  # (P, C) -> (P+N, C)
        weight = label.new_ones(len(padded), dtype=torch.float32)
        weight[: len(pos)] = pos_weight
        labels.append(padded)
        weights.append(weight)
    return torch.cat(labels), torch.cat(weights)
