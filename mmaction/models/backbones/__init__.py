"""Backbones: frames or clips in, features out."""

from mmaction.models.backbones import gcn, mobile, resnet, third_party, vit
from mmaction.models.backbones.bn_inception import BNInception
from mmaction.models.backbones.c3d import C3D
from mmaction.models.backbones.gcn import *  # noqa: F403
from mmaction.models.backbones.mobile import *  # noqa: F403
from mmaction.models.backbones.resnet import *  # noqa: F403
from mmaction.models.backbones.vit import *  # noqa: F403

__all__ = ['C3D', 'BNInception']
__all__ += gcn.__all__
__all__ += mobile.__all__
__all__ += resnet.__all__
__all__ += vit.__all__
