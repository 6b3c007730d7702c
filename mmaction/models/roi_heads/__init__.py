"""Heads of action detectors, which classify boxes."""

from mmaction.models.roi_heads.bbox_heads import BBoxHeadAVA
from mmaction.models.roi_heads.roi_extractors import SingleRoIExtractor3D
from mmaction.models.roi_heads.roi_head import AVARoIHead
from mmaction.models.roi_heads.shared_heads import LFB, ACRNHead, FBOHead, LFBInferHead
from mmaction.models.roi_heads.standard_roi_head import StandardRoIHead, bbox2roi

__all__ = [
    'LFB',
    'ACRNHead',
    'AVARoIHead',
    'BBoxHeadAVA',
    'FBOHead',
    'LFBInferHead',
    'SingleRoIExtractor3D',
    'StandardRoIHead',
    'bbox2roi',
]
