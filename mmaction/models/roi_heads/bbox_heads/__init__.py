"""Classification of boxes."""

from mmaction.models.roi_heads.bbox_heads.bbox_head import BBoxHeadAVA

__all__ = ['BBoxHeadAVA']
