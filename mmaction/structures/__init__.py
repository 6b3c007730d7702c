"""Facts and geometry: data samples, boxes, segments and skeletons."""

from mmaction.structures.action_data_sample import ActionDataSample
from mmaction.structures.boxes import bbox2result, bbox_target

__all__ = ['ActionDataSample', 'bbox2result', 'bbox_target']
