"""What travels beside the tensors: labels, scores and boxes of one sample."""

from mmaction.structures.action_data_sample import ActionDataSample
from mmaction.structures.boxes import bbox2result, bbox_target

__all__ = ['ActionDataSample', 'bbox2result', 'bbox_target']
