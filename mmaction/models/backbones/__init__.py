"""Backbones: frames or clips in, features out."""

from mmaction.models.backbones import third_party
from mmaction.models.backbones.aagcn import AAGCN
from mmaction.models.backbones.bn_inception import BNInception
from mmaction.models.backbones.c2d import C2D
from mmaction.models.backbones.c3d import C3D
from mmaction.models.backbones.ctrgcn import CTRGCN
from mmaction.models.backbones.mobilenet_v2 import MobileNetV2
from mmaction.models.backbones.mobilenet_v2_tsm import MobileNetV2TSM
from mmaction.models.backbones.mobileone_tsm import MobileOneTSM
from mmaction.models.backbones.msg3d import MSG3D
from mmaction.models.backbones.mvit import MViT
from mmaction.models.backbones.omni_resnet import OmniResNet
from mmaction.models.backbones.resnet import ResNet
from mmaction.models.backbones.resnet2plus1d import ResNet2Plus1d
from mmaction.models.backbones.resnet3d import ResNet3d
from mmaction.models.backbones.resnet3d_csn import ResNet3dCSN
from mmaction.models.backbones.resnet3d_layer import ResNet3dLayer
from mmaction.models.backbones.resnet3d_slowfast import ResNet3dSlowFast
from mmaction.models.backbones.resnet3d_slowonly import ResNet3dSlowOnly
from mmaction.models.backbones.resnet_audio import ResNetAudio
from mmaction.models.backbones.resnet_tin import ResNetTIN
from mmaction.models.backbones.resnet_tsm import ResNetTSM
from mmaction.models.backbones.rgbposeconv3d import RGBPoseConv3D
from mmaction.models.backbones.stgcn import STGCN
from mmaction.models.backbones.swin import SwinTransformer3D
from mmaction.models.backbones.tanet import TANet
from mmaction.models.backbones.timesformer import TimeSformer
from mmaction.models.backbones.uniformer import UniFormer
from mmaction.models.backbones.uniformerv2 import UniFormerV2
from mmaction.models.backbones.vit_mae import VisionTransformer
from mmaction.models.backbones.x3d import X3D

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
