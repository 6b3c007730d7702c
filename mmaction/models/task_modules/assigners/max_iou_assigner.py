"""Assignment of boxes to the ground truth that they overlap with most."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmaction.models.task_modules.assigners.assign_result import AssignResult
from mmaction.registry import TASK_UTILS
from mmaction.structures.box_overlap import pairwise_box_iou
from mmaction.utils.check import within


@TASK_UTILS.register_module()
class MaxIoUAssigner:
    """Assign each box to the ground truth with which its IoU is largest, if that is large enough.

    Source: Ren et al., `Faster R-CNN <https://arxiv.org/abs/1506.01497>`_, Sec. 3.1.2; the rules of MMDetection 3.

    Args:
        pos_iou_thr: a box is positive if its largest IoU is at least this.
        neg_iou_thr: a box is negative if its largest IoU is below this; or the limits ``(low, high)``, the lower one
            included. Boxes between negative and positive are ignored.
        min_pos_iou: each ground truth also takes the boxes of its own largest IoU if that is at least this.
        gt_max_assign_all: take all boxes that tie for it, not only the first.
        match_low_quality: whether ``min_pos_iou`` is used at all.
    """

    def __init__(
        self,
        pos_iou_thr: float,
        neg_iou_thr: float | tuple[float, float],
        min_pos_iou: float = 0.0,
        gt_max_assign_all: bool = True,
        match_low_quality: bool = True,
    ) -> None:
        self.pos_iou_thr = within(0, 1, pos_iou_thr, 'pos_iou_thr')
        low, high = neg_iou_thr if isinstance(neg_iou_thr, tuple | list) else (0.0, neg_iou_thr)
        self.neg_iou_thr = (within(0, 1, low, 'neg_iou_thr'), within(0, 1, high, 'neg_iou_thr'))
        self.min_pos_iou = within(0, 1, min_pos_iou, 'min_pos_iou')
        self.gt_max_assign_all = gt_max_assign_all
        self.match_low_quality = match_low_quality

    def assign(self, pred_instances: Any, gt_instances: Any) -> AssignResult:
        """Assign the boxes of one sample.

        Args:
            pred_instances: has ``priors`` (P, 4), xyxy.
            gt_instances: has ``bboxes`` (G, 4) and ``labels``.
        """
        overlaps = pairwise_box_iou(gt_instances.bboxes, pred_instances.priors.to(gt_instances.bboxes))
        return self.assign_wrt_overlaps(overlaps, gt_instances.labels)

    def assign_wrt_overlaps(self, overlaps: Tensor, gt_labels: Tensor | None = None) -> AssignResult:
        """Assign from the IoU of each ground truth with each box.

        Args:
            overlaps: (G, P).
            gt_labels: labels of the ground truth.
        """
        num_gts, num_boxes = overlaps.shape
        assigned = torch.full((num_boxes,), -1, dtype=torch.long, device=overlaps.device)
        if num_gts == 0 or num_boxes == 0:
            if num_gts == 0:
                assigned[:] = 0  # nothing to find: all are negative
            max_overlaps = overlaps.new_zeros(num_boxes)
        else:
            max_overlaps, best_gt = overlaps.max(dim=0)
            low, high = self.neg_iou_thr
            assigned[(max_overlaps >= low) & (max_overlaps < high)] = 0
            is_positive = max_overlaps >= self.pos_iou_thr
            assigned[is_positive] = best_gt[is_positive] + 1
            if self.match_low_quality:
                self._match_low_quality(overlaps, assigned)
        return AssignResult(num_gts, assigned, max_overlaps, self._labels(assigned, gt_labels))

    def _match_low_quality(self, overlaps: Tensor, assigned: Tensor) -> None:
        # In order: a box that is the best of several ground truths goes to the last of them.
        best_of_gt, first_box = overlaps.max(dim=1)
        for i in range(len(overlaps)):
            if best_of_gt[i] < self.min_pos_iou:
                continue
            if self.gt_max_assign_all:
                assigned[overlaps[i] == best_of_gt[i]] = i + 1
            else:
                assigned[first_box[i]] = i + 1

    def _labels(self, assigned: Tensor, gt_labels: Tensor | None) -> Tensor | None:
        """Labels of the boxes: one integer each, -1 for boxes that are not positive."""
        if gt_labels is None:
            return None
        labels = torch.full_like(assigned, -1)
        is_positive = assigned > 0
        labels[is_positive] = gt_labels[assigned[is_positive] - 1]
        return labels
