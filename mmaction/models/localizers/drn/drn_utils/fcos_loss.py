"""Targets and losses of the head of DRN (Zeng et al., 2020, sec. 3.3 to 3.5).

Legend: N videos, T positions of a level, Q positions of all levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.localizers.actionformer.losses import focal_loss as elementwise_focal_loss
from mmaction.structures.segments import segment_iou

__all__ = [
    'LEVEL_RANGES',
    'FCOSLossComputation',
    'IOULoss',
    'SigmoidFocalLoss',
    'fcos_losses',
    'focal_loss',
    'iou_loss',
    'make_fcos_loss_evaluator',
    'prepare_targets',
    'segment_tiou',
]

# Range of the largest distance to an end that each level is responsible for, in positions of 32 per video.
LEVEL_RANGES = ((-1.0, 6.0), (5.6, 11.0), (11.0, float('inf')))


def prepare_targets(locations: Sequence[Tensor], segments: Tensor) -> tuple[Tensor, Tensor]:
    """Select the positions that should detect a segment, and compute the distances from all positions to its ends.

    Args:
        locations: (T,) of each level.
        segments: (N, 2), in the unit of the locations.

    Returns:
        bool (N, Q); distances to start and end (N, Q, 2), negative outside.
    """
    where = torch.cat(list(locations))
    distance = torch.stack((where - segments[:, :1], segments[:, 1:] - where), dim=-1)  # (N, Q, 2)
    farthest = distance.amax(-1)
    limits = torch.cat([where.new_tensor(r).expand(len(at), 2) for r, at in zip(LEVEL_RANGES, locations)])  # (Q, 2)
    at_level = (farthest >= limits[:, 0]) & (farthest <= limits[:, 1])
    return (distance.amin(-1) > 0) & at_level, distance


def focal_loss(logits: Tensor, positive: Tensor, alpha: float, gamma: float) -> Tensor:
    """Sum of the focal loss (Lin et al., 2017, https://arxiv.org/abs/1708.02002) over elementwise pairs."""
    return elementwise_focal_loss(logits, positive, alpha, gamma).sum()


def iou_loss(predicted: Tensor, target: Tensor, eps: float = 1e-8) -> Tensor:
    """Mean of -log IoU of segments around a common point, given by their distances to start and end (M, 2)."""
    # Not segment_iou: `eps` keeps the logarithm finite, and published checkpoints were trained with it on both sides.
    inter = torch.minimum(predicted, target).sum(-1)
    union = predicted.sum(-1) + target.sum(-1) - inter
    return -torch.log((inter + eps) / (union + eps)).mean()


def fcos_losses(
    locations: Sequence[Tensor],
    logits: Sequence[Tensor],
    boxes: Sequence[Tensor],
    ious: Sequence[Tensor],
    targets: Tensor,
    alpha: float,
    gamma: float,
    good_iou: float = 0.9,
) -> dict[str, Callable[[], Tensor]]:
    """The three losses, each computed when called.

    Args:
        locations: (T,) of each level, in positions of the finest.
        logits: (N, 1, T) of each level.
        boxes: distances to start and end (N, 2, T), above 0.
        ious: logits of the IoU (N, 1, T).
        targets: (N, 2), in 0..1.
        alpha: of the focal loss.
        gamma: of the focal loss.
        good_iou: the IoU is learned from the positions whose detection has a larger one.

    Returns:
        ``loss_cls``, ``loss_reg`` and ``loss_iou``. The last two are 0 if there is no position to learn from.
    """
    finest = len(locations[0])
    inside, distances = prepare_targets(locations, targets * finest)
    logit, box, iou = (torch.cat(list(values), dim=-1) for values in (logits, boxes, ious))  # (N, ., Q)
    box = box.transpose(1, 2)  # (N, Q, 2)

    def classification() -> Tensor:
        return focal_loss(logit[:, 0], inside, alpha, gamma) / (inside.sum() + len(logit))

    def regression() -> Tensor:
        if not inside.any():
            return box.sum() * 0  # depends on the parameters, as every rank of distributed training requires
        return iou_loss(box[inside], distances[inside])

    def quality() -> Tensor:
        where = torch.cat(list(locations))
        found = (torch.stack((where - box[..., 0], where + box[..., 1]), dim=-1) / finest).clamp(0, 1)
        inter = torch.minimum(found[..., 1], targets[:, 1:]) - torch.maximum(found[..., 0], targets[:, :1])
        inter = inter.clamp(min=0)
        union = found[..., 1] - found[..., 0] + targets[:, 1:] - targets[:, :1] - inter
        overlap = (inter / union.clamp(min=1e-8)).detach()
        good = overlap > good_iou
        predicted = iou[:, 0].sigmoid()
        if not good.any():
            return predicted.sum() * 0
        return F.smooth_l1_loss(predicted[good], overlap[good])

    return dict(loss_cls=classification, loss_reg=regression, loss_iou=quality)


class SigmoidFocalLoss(nn.Module):
    """Focal loss, see :func:`focal_loss`."""

    def __init__(self, alpha: float, gamma: float) -> None:
        super().__init__()
        self.alpha, self.gamma = alpha, gamma

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return focal_loss(logits, targets, self.alpha, self.gamma)


class IOULoss(nn.Module):
    """Mean of -log IoU, see :func:`iou_loss`."""

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        return iou_loss(pred, target)


def segment_tiou(box_a: Tensor, box_b: Tensor) -> Tensor:
    """IoU of segments (N, M, 2) and (N, M, 2), either of which may have M = 1: (N, M)."""
    return segment_iou(box_a, box_b)


class FCOSLossComputation:
    """The three losses of the head, see :func:`fcos_losses`.

    Args:
        focal_alpha: weight of the positives in the focal loss.
        focal_gamma: exponent of the focal loss.
    """

    def __init__(self, focal_alpha: float, focal_gamma: float) -> None:
        self.focal_alpha, self.focal_gamma = focal_alpha, focal_gamma

    def __call__(
        self,
        locations: Sequence[Tensor],
        box_cls: Sequence[Tensor],
        box_regression: Sequence[Tensor],
        targets: Tensor,
        iou_scores: Sequence[Tensor],
        is_first_stage: bool = True,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Losses of the class, of the distances, and of the IoU; the last is 0 in the first stage."""
        losses = fcos_losses(
            locations, box_cls, box_regression, iou_scores, targets, self.focal_alpha, self.focal_gamma
        )
        classification = losses['loss_cls']()
        quality = classification.new_zeros(()) if is_first_stage else losses['loss_iou']()
        return classification, losses['loss_reg'](), quality


def make_fcos_loss_evaluator(focal_alpha: float, focal_gamma: float) -> FCOSLossComputation:
    """Build the losses of the head."""
    return FCOSLossComputation(focal_alpha, focal_gamma)
