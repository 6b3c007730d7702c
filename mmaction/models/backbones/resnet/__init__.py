"""ResNets over images and clips.

A network is a stem and stages of residual blocks. What differs between the members is injected, not flagged:

- the kernels of a block (:mod:`.kernels`): 2D, or 3D with the temporal extent in one convolution or another;
- the convolution layer (``conv_cfg``), a non-local block after a block, a wrapper of a block or its first convolution;
- the channels that join the input of a stage from a second pathway.
"""

from mmaction.models.backbones.resnet.audio import ResNetAudio
from mmaction.models.backbones.resnet.blocks import BasicBlock as BasicBlock
from mmaction.models.backbones.resnet.blocks import Bottleneck as Bottleneck
from mmaction.models.backbones.resnet.c2d import C2D
from mmaction.models.backbones.resnet.csn import ResNet3dCSN
from mmaction.models.backbones.resnet.layer3d import ResNet3dLayer
from mmaction.models.backbones.resnet.omni import OmniResNet
from mmaction.models.backbones.resnet.r2plus1d import ResNet2Plus1d
from mmaction.models.backbones.resnet.resnet2d import ResNet
from mmaction.models.backbones.resnet.resnet2d import make_res_layer as make_res_layer
from mmaction.models.backbones.resnet.resnet3d import ResNet3d
from mmaction.models.backbones.resnet.rgbpose import RGBPoseConv3D
from mmaction.models.backbones.resnet.slowfast import ResNet3dSlowFast
from mmaction.models.backbones.resnet.slowonly import ResNet3dSlowOnly
from mmaction.models.backbones.resnet.tanet import TANet
from mmaction.models.backbones.resnet.tin import ResNetTIN
from mmaction.models.backbones.resnet.tsm import ResNetTSM
from mmaction.models.backbones.resnet.x3d import X3D

__all__ = [
    'C2D',
    'X3D',
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
    'TANet',
]
