"""Losses of ActionFormer, elementwise."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def focal_loss(logits: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """Sigmoid focal loss (Lin et al., 2017, https://arxiv.org/abs/1708.02002), in the shape of its arguments.

    Args:
        logits: one per class.
        targets: in 0..1, which allows for smooth labels.
        alpha: weight of the positives; that of the negatives is 1 - alpha.
        gamma: exponent that lowers the weight of well-classified elements.
    """
    logits = logits.float()
    targets = targets.float()
    p = logits.sigmoid()
    cross_entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction='none')
    p_target = p * targets + (1 - p) * (1 - targets)
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    return weight * (1 - p_target) ** gamma * cross_entropy


def distance_iou_loss(predicted: Tensor, target: Tensor, eps: float = 1e-8) -> Tensor:
    """DIoU, 1 - IoU + (distance of the middles / length of the hull)^2 (https://arxiv.org/abs/1911.08287).

    Args:
        predicted: distances (N, 2) from a point back to the start and on to the end, at least 0.
        target: likewise, from the same points.
        eps: lower limit of the lengths that are divided by.

    Returns:
        (N,), in [0, 2].
    """
    predicted = predicted.float()
    target = target.float()
    # Distances from one point need no maximum of starts and minimum of ends, as segment_iou would take: the shared part
    # is the smaller distance to either side.
    shared = torch.minimum(predicted, target).sum(-1)
    hull = torch.maximum(predicted, target).sum(-1)
    union = predicted.sum(-1) + target.sum(-1) - shared
    shift = ((predicted[:, 1] - predicted[:, 0]) - (target[:, 1] - target[:, 0])) / 2
    return 1 - shared / union.clamp(min=eps) + (shift / hull.clamp(min=eps)) ** 2
