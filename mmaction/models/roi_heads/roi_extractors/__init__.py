"""Features of boxes."""

from mmaction.models.roi_heads.roi_extractors.single_straight3d import SingleRoIExtractor3D

__all__ = ['SingleRoIExtractor3D']
