"""Box targets and results of spatio-temporal detection."""

from mmaction.structures.bbox.bbox_target import bbox_target
from mmaction.structures.bbox.transforms import bbox2result

__all__ = ['bbox2result', 'bbox_target']
