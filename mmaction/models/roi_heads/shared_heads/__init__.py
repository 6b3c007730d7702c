"""What is done with the features of boxes before they are classified."""

from mmaction.models.roi_heads.shared_heads.acrn_head import ACRNHead
from mmaction.models.roi_heads.shared_heads.fbo_head import FBOHead
from mmaction.models.roi_heads.shared_heads.lfb import LFB
from mmaction.models.roi_heads.shared_heads.lfb_infer_head import LFBInferHead

__all__ = ['LFB', 'ACRNHead', 'FBOHead', 'LFBInferHead']
