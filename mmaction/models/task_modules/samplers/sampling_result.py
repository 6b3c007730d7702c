"""Boxes that a training step uses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class SamplingResult:
    """Positive and negative boxes of one sample.

    Attributes:
        pos_inds: (P,), indices of the positive boxes.
        neg_inds: (N,), indices of the negative boxes.
        pos_priors: (P, 4), xyxy in pixels.
        neg_priors: (N, 4), xyxy in pixels.
        pos_is_gt: (P,), whether a positive box is a ground-truth box itself.
        pos_assigned_gt_inds: (P,), index of the ground truth of each positive box.
        pos_gt_bboxes: (P, 4), its box.
        pos_gt_labels: (P, C), its labels.
        num_gts: number of ground-truth boxes.
    """

    pos_inds: Tensor
    neg_inds: Tensor
    pos_priors: Tensor
    neg_priors: Tensor
    pos_is_gt: Tensor
    pos_assigned_gt_inds: Tensor
    pos_gt_bboxes: Tensor
    pos_gt_labels: Tensor
    num_gts: int

    @property
    def priors(self) -> Tensor:
        """All boxes: the positive ones, then the negative ones."""
        return torch.cat([self.pos_priors, self.neg_priors])

    bboxes = priors  # their name in MMDetection 2
