"""Backbones with known weights, and what they are known to give.

``RECORDED``: outputs of the published implementation (1.2.0) of these models under the weights of
:mod:`mmaction.testing.fill`, 16 of the values, and a digest of its checkpoint keys and shapes.

``OWN``: variants that no published config uses. Their goldens were made with this package once every recorded model
agreed; they hold the numbers still.
"""

from __future__ import annotations

from typing import Any

import torch
from golden_files import GoldenFile, flat
from initialization import skip_initialization
from torch import Tensor, nn

import mmaction.models.backbones as backbones
from mmaction.testing import fill_state_dict, seeded_tensor

GOLDENS = GoldenFile('backbones')

_NL_2D = dict(
    depth=50,
    non_local=((0, 0, 0), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 0, 0)),
)


def _nl(mode: str, use_scale: bool = False) -> dict[str, Any]:
    return dict(sub_sample=True, use_scale=use_scale, norm_cfg=dict(type='BN3d', requires_grad=True), mode=mode)


_SLOWONLY = dict(depth=50, lateral=False, conv1_kernel=(1, 7, 7), inflate=(0, 0, 1, 1))

# name: (type, keywords, input shape)
RECORDED: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    'tsn_r50': ('ResNet', dict(depth=50), (8, 3, 112, 112)),
    'audio_r18': ('ResNet', dict(depth=18, in_channels=1), (1, 1, 64, 80)),
    'tsm_r50': ('ResNetTSM', dict(depth=50, shift_div=8), (8, 3, 112, 112)),
    'tsm_r50_dot_product': ('ResNetTSM', dict(_NL_2D, non_local_cfg=_nl('dot_product')), (8, 3, 112, 112)),
    'tsm_r50_embedded_gaussian': ('ResNetTSM', dict(_NL_2D, non_local_cfg=_nl('embedded_gaussian')), (8, 3, 112, 112)),
    'tsm_r50_gaussian': ('ResNetTSM', dict(_NL_2D, non_local_cfg=_nl('gaussian')), (8, 3, 112, 112)),
    'mobilenet_v2_tsm': ('MobileNetV2TSM', dict(num_segments=8, shift_div=8), (8, 3, 112, 112)),
    'i3d_r50_dot_product': (
        'ResNet3d',
        dict(
            depth=50,
            conv1_kernel=(5, 7, 7),
            conv1_stride_t=2,
            pool1_stride_t=2,
            inflate=((1, 1, 1), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 1, 0)),
            zero_init_residual=False,
            non_local=((0, 0, 0), (0, 1, 0, 1), (0, 1, 0, 1, 0, 1), (0, 0, 0)),
            non_local_cfg=_nl('dot_product'),
        ),
        (1, 3, 32, 112, 112),
    ),
    'slowonly_r50': ('ResNet3dSlowOnly', _SLOWONLY, (1, 3, 4, 112, 112)),
    'slowonly_r50_embedded_gaussian': (
        'ResNet3dSlowOnly',
        dict(_SLOWONLY, non_local=_NL_2D['non_local'], non_local_cfg=_nl('embedded_gaussian', use_scale=True)),
        (1, 3, 4, 112, 112),
    ),
    'posec3d_r50': (
        'ResNet3dSlowOnly',
        dict(
            depth=50,
            in_channels=17,
            base_channels=32,
            num_stages=3,
            out_indices=(2,),
            stage_blocks=(4, 6, 3),
            conv1_stride_s=1,
            pool1_stride_s=1,
            inflate=(0, 1, 1),
            spatial_strides=(2, 2, 2),
            temporal_strides=(1, 1, 2),
            dilations=(1, 1, 1),
        ),
        (1, 17, 48, 56, 56),
    ),
    'c3d': ('C3D', dict(act_cfg=dict(type='ReLU')), (1, 3, 16, 112, 112)),
}

_NL_18 = dict(depth=18, num_segments=4, non_local=(0, (0, 1), 0, 0))
OWN: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    'r18_all_stages_dilated': (
        'ResNet',
        dict(depth=18, out_indices=(0, 1, 2, 3), strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2)),
        (2, 3, 32, 32),
    ),
    'r50_caffe': (
        'ResNet',
        dict(depth=50, style='caffe', num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,)),
        (2, 3, 32, 32),
    ),
    'tsm_r18_concatenation': ('ResNetTSM', dict(_NL_18, non_local_cfg=_nl('concatenation')), (4, 3, 32, 32)),
    'tsm_r18_pool': (
        'ResNetTSM',
        dict(_NL_18, temporal_pool=True, shift_div=4, non_local_cfg=_nl('dot_product')),
        (4, 3, 32, 32),
    ),
    'tsm_r18_block': ('ResNetTSM', dict(depth=18, num_segments=4, shift_place='block'), (4, 3, 32, 32)),
    'c2d_r18': ('C2D', dict(depth=18), (1, 3, 4, 32, 32)),
    'r3d_18': ('ResNet3d', dict(depth=18, out_indices=(0, 3), temporal_strides=(1, 2, 1, 1)), (1, 3, 8, 32, 32)),
    'i3d_r50_3x3x3_caffe': (
        'ResNet3d',
        dict(
            depth=50,
            num_stages=2,
            out_indices=(1,),
            spatial_strides=(1, 2),
            temporal_strides=(1, 2),
            dilations=(1, 2),
            inflate=((1, 0, 1), 1),
            inflate_style='3x3x3',
            style='caffe',
            with_pool1=False,
            with_pool2=False,
        ),
        (1, 3, 4, 16, 16),
    ),
    'r2plus1d_18': (
        'ResNet3d',
        dict(depth=18, conv_cfg=dict(type='Conv2plus1d'), norm_cfg=dict(type='SyncBN', eps=1e-3), with_pool2=False),
        (1, 3, 4, 16, 16),
    ),
    'mobilenet_v2_wide': ('MobileNetV2', dict(widen_factor=1.25, out_indices=(0, 3, 7)), (2, 3, 32, 32)),
    'bn_inception_flow': ('BNInception', dict(in_channels=10), (1, 10, 64, 64)),
}


def build(name: str) -> nn.Module:
    """The backbone as the ``backbone`` of a model, filled and in evaluation mode."""
    kind, keywords, _ = (RECORDED | OWN)[name]
    model = nn.Module()
    with skip_initialization():
        model.backbone = getattr(backbones, kind)(**keywords)
    return fill_state_dict(model).eval()


@torch.no_grad()
def run(name: str, model: nn.Module) -> Tensor:
    """All outputs as one vector."""
    return flat(model.backbone(seeded_tensor((RECORDED | OWN)[name][2])))


def check(name: str) -> None:
    """Build, fill, run and compare with the file."""
    model = build(name)
    GOLDENS.check_keys(name, model)
    GOLDENS.check(name, run(name, model))
