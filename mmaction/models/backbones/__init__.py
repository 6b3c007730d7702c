"""Backbones: frames or clips in, features out."""

from mmaction.models.backbones import third_party
from mmaction.models.backbones.bn_inception import BNInception
from mmaction.models.backbones.c3d import C3D
from mmaction.models.backbones.gcn import AAGCN, CTRGCN, MSG3D, STGCN
from mmaction.models.backbones.mobile import MobileNetV2, MobileNetV2TSM, MobileOneTSM
from mmaction.models.backbones.resnet import (
    C2D,
    X3D,
    OmniResNet,
    ResNet,
    ResNet2Plus1d,
    ResNet3d,
    ResNet3dCSN,
    ResNet3dLayer,
    ResNet3dSlowFast,
    ResNet3dSlowOnly,
    ResNetAudio,
    ResNetTIN,
    ResNetTSM,
    RGBPoseConv3D,
    TANet,
)
from mmaction.models.backbones.vit import (
    MViT,
    SwinTransformer3D,
    TimeSformer,
    UniFormer,
    UniFormerV2,
    VisionTransformer,
)

__all__ = [
    'AAGCN',
    'C2D',
    'C3D',
    'CTRGCN',
    'MSG3D',
    'STGCN',
    'X3D',
    'BNInception',
    'MViT',
    'MobileNetV2',
    'MobileNetV2TSM',
    'MobileOneTSM',
    'OmniResNet',
    'RGBPoseConv3D',
    'ResNet',
    'ResNet2Plus1d',
    'ResNet3d',
    'ResNet3dCSN',
    'ResNet3dLayer',
    'ResNet3dSlowFast',
    'ResNet3dSlowOnly',
    'ResNetAudio',
    'ResNetTIN',
    'ResNetTSM',
    'SwinTransformer3D',
    'TANet',
    'TimeSformer',
    'UniFormer',
    'UniFormerV2',
    'VisionTransformer',
]
