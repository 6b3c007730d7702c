"""Assignment of boxes to ground truth with several labels per box."""

from __future__ import annotations

import torch
from torch import Tensor

from mmaction.models.task_modules.assigners.max_iou_assigner import MaxIoUAssigner
from mmaction.registry import TASK_UTILS


@TASK_UTILS.register_module()
class MaxIoUAssignerAVA(MaxIoUAssigner):
    """:class:`MaxIoUAssigner` whose labels are rows of C numbers, one per class: a person does several things at once.

    The arguments are those of :class:`MaxIoUAssigner`.
    """

    def _labels(self, assigned: Tensor, gt_labels: Tensor | None) -> Tensor | None:
        if gt_labels is None:
            return None
        if gt_labels.ndim != 2 or gt_labels.shape[1] < 2:
            raise ValueError(
                f'gt_instances.labels must be (boxes, classes), a row of zeros and ones per box, got shape '
                f'{tuple(gt_labels.shape)}. Set multilabel=True and num_classes in the data set.'
            )
        labels = gt_labels.new_zeros(len(assigned), gt_labels.shape[1], dtype=torch.float32)
        is_positive = assigned > 0
        labels[is_positive] = gt_labels[assigned[is_positive] - 1].float()
        return labels
