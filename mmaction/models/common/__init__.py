"""Layers that several models share, one a file."""

from mmaction.models.common.bricks import build_act, build_conv, build_norm
from mmaction.models.common.conv2plus1d import Conv2plus1d
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.non_local import NonLocal2d, NonLocal3d
from mmaction.models.common.temporal_shift import TemporalShift, temporal_shift

__all__ = [
    'Conv2plus1d',
    'ConvModule',
    'NonLocal2d',
    'NonLocal3d',
    'TemporalShift',
    'build_act',
    'build_conv',
    'build_norm',
    'temporal_shift',
]
