"""Layers that several models share, one a file."""

from mmaction.models.common.bricks import build_act, build_conv, build_norm
from mmaction.models.common.conv2plus1d import Conv2plus1d
from mmaction.models.common.conv_audio import ConvAudio
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.divided_attention import (
    DividedSpatialAttentionWithNorm,
    DividedTemporalAttentionWithNorm,
)
from mmaction.models.common.ffn import FFNWithNorm
from mmaction.models.common.nms import batched_nms, nms
from mmaction.models.common.non_local import NonLocal2d, NonLocal3d
from mmaction.models.common.roi_align import RoIAlign, roi_align
from mmaction.models.common.roi_pool import RoIPool, roi_pool
from mmaction.models.common.squeeze_excite import SEModule
from mmaction.models.common.sub_batch_norm3d import SubBatchNorm3D
from mmaction.models.common.tam import TAM
from mmaction.models.common.temporal_interlace import TemporalInterlace
from mmaction.models.common.temporal_shift import TemporalShift, temporal_shift

__all__ = [
    'TAM',
    'Conv2plus1d',
    'ConvAudio',
    'ConvModule',
    'DividedSpatialAttentionWithNorm',
    'DividedTemporalAttentionWithNorm',
    'FFNWithNorm',
    'NonLocal2d',
    'NonLocal3d',
    'RoIAlign',
    'RoIPool',
    'SEModule',
    'SubBatchNorm3D',
    'TemporalInterlace',
    'TemporalShift',
    'batched_nms',
    'build_act',
    'build_conv',
    'build_norm',
    'nms',
    'roi_align',
    'roi_pool',
    'temporal_shift',
]
