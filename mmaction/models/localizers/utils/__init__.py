"""Functions that localizers share: overlap, soft-NMS, proposals of BSN, offsets of segments."""

from mmaction.models.localizers.utils.bsn_utils import generate_bsp_feature, generate_candidate_proposals
from mmaction.models.localizers.utils.post_processing import post_processing
from mmaction.models.localizers.utils.proposal_utils import soft_nms, temporal_iop, temporal_iou
from mmaction.models.localizers.utils.tcanet_utils import (
    batch_iou,
    bbox_se_transform_batch,
    bbox_se_transform_inv,
    bbox_xw_transform_batch,
    bbox_xw_transform_inv,
)

__all__ = [
    'batch_iou',
    'bbox_se_transform_batch',
    'bbox_se_transform_inv',
    'bbox_xw_transform_batch',
    'bbox_xw_transform_inv',
    'generate_bsp_feature',
    'generate_candidate_proposals',
    'post_processing',
    'soft_nms',
    'temporal_iop',
    'temporal_iou',
]
