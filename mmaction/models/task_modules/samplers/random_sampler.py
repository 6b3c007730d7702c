"""Random choice of the boxes that a training step uses."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmaction.models.task_modules.assigners import AssignResult
from mmaction.models.task_modules.samplers.sampling_result import SamplingResult
from mmaction.registry import TASK_UTILS
from mmaction.utils.check import at_least, within


@TASK_UTILS.register_module()
class RandomSampler:
    """Draw positive boxes up to a number, and fill up with negative ones.

    Args:
        num: boxes per sample.
        pos_fraction: upper limit of the positive ones, as a fraction of ``num``.
        neg_pos_ub: upper limit of the negative ones per positive one; negative for no limit.
        add_gt_as_proposals: whether the ground-truth boxes are candidates too; they come first.
    """

    def __init__(self, num: int, pos_fraction: float, neg_pos_ub: float = -1, add_gt_as_proposals: bool = True) -> None:
        self.num = at_least(1, num, 'num')
        self.pos_fraction = within(0, 1, pos_fraction, 'pos_fraction')
        self.neg_pos_ub = neg_pos_ub
        self.add_gt_as_proposals = add_gt_as_proposals

    @staticmethod
    def random_choice(gallery: Tensor, num: int) -> Tensor:
        """Draw ``num`` different elements."""
        return gallery[torch.randperm(len(gallery), device=gallery.device)[:num]]

    def _draw(self, is_candidate: Tensor, num: int) -> Tensor:
        """Sorted indices of at most ``num`` candidates."""
        candidates = is_candidate.nonzero().flatten()
        if len(candidates) > num:
            candidates = self.random_choice(candidates, num)
        return candidates.sort().values

    def sample(self, assign_result: AssignResult, pred_instances: Any, gt_instances: Any) -> SamplingResult:
        """Draw the boxes of one sample.

        Args:
            assign_result: of the priors; the ground-truth boxes are added to it in place.
            pred_instances: has ``priors`` (P, 4), xyxy in pixels.
            gt_instances: has ``bboxes`` (G, 4) and ``labels`` (G, C).
        """
        gt_bboxes = gt_instances.bboxes
        gt_labels = gt_instances.labels
        priors = pred_instances.priors
        num_added = 0
        if self.add_gt_as_proposals and len(gt_bboxes):
            num_added = len(gt_bboxes)
            priors = torch.cat([gt_bboxes.to(priors), priors])
            assign_result.add_gt_(gt_labels)
        gt_inds = assign_result.gt_inds
        pos_inds = self._draw(gt_inds > 0, int(self.num * self.pos_fraction))
        num_negative = self.num - len(pos_inds)
        if self.neg_pos_ub >= 0:
            num_negative = min(num_negative, int(self.neg_pos_ub * max(1, len(pos_inds))))
        neg_inds = self._draw(gt_inds == 0, num_negative)
        assigned = gt_inds[pos_inds] - 1
        return SamplingResult(
            pos_inds=pos_inds,
            neg_inds=neg_inds,
            pos_priors=priors[pos_inds],
            neg_priors=priors[neg_inds],
            pos_is_gt=pos_inds < num_added,
            pos_assigned_gt_inds=assigned,
            pos_gt_bboxes=gt_bboxes.view(-1, 4)[assigned],
            pos_gt_labels=gt_labels[assigned],
            num_gts=len(gt_bboxes),
        )
