"""Backbones: frames or clips in, features out."""

from mmaction.models.backbones import third_party
from mmaction.models.backbones.bn_inception import BNInception
from mmaction.models.backbones.c2d import C2D
from mmaction.models.backbones.c3d import C3D
from mmaction.models.backbones.mobilenet_v2 import MobileNetV2
from mmaction.models.backbones.mobilenet_v2_tsm import MobileNetV2TSM
from mmaction.models.backbones.mobileone_tsm import MobileOneTSM
from mmaction.models.backbones.resnet import ResNet
from mmaction.models.backbones.resnet3d import ResNet3d
from mmaction.models.backbones.resnet3d_slowonly import ResNet3dSlowOnly
from mmaction.models.backbones.resnet_tsm import ResNetTSM

__all__ = [
    'C2D',
    'C3D',
    'BNInception',
    'MobileNetV2',
    'MobileNetV2TSM',
    'MobileOneTSM',
    'ResNet',
    'ResNet3d',
    'ResNet3dSlowOnly',
    'ResNetTSM',
]
