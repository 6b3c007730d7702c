"""Assignment of ground truth to boxes."""

from mmaction.models.task_modules.assigners.assign_result import AssignResult
from mmaction.models.task_modules.assigners.max_iou_assigner import MaxIoUAssigner
from mmaction.models.task_modules.assigners.max_iou_assigner_ava import MaxIoUAssignerAVA

__all__ = ['AssignResult', 'MaxIoUAssigner', 'MaxIoUAssignerAVA']
