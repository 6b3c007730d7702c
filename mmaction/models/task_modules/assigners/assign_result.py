"""Assignment of ground truth to boxes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class AssignResult:
    """The ground-truth box that each prior box is assigned to, for one sample.

    Attributes:
        num_gts: number of ground-truth boxes.
        gt_inds: (P,), int64: 0 for a negative box, -1 for an ignored one, i + 1 for one assigned to ground truth i.
        max_overlaps: (P,), the largest IoU of each box with a ground-truth box.
        labels: (P, C), labels of the assigned ground truth, zero for all others; None without labels.
    """

    num_gts: int
    gt_inds: Tensor
    max_overlaps: Tensor
    labels: Tensor | None = None

    @property
    def num_preds(self) -> int:
        """Number of boxes, P."""
        return len(self.gt_inds)

    def add_gt_(self, gt_labels: Tensor) -> None:
        """Put the ground-truth boxes, each assigned to itself, in front of the others."""
        own = torch.arange(1, len(gt_labels) + 1, dtype=torch.long, device=self.gt_inds.device)
        self.gt_inds = torch.cat([own, self.gt_inds])
        self.max_overlaps = torch.cat([self.max_overlaps.new_ones(len(own)), self.max_overlaps])
        if self.labels is not None:
            self.labels = torch.cat([gt_labels.to(self.labels), self.labels])
