"""Image backbones of other packages: an adapter, and native versions of those that the configs name."""

from ._adapter import build_third_party, source_of
from ._features import to_feature_map
from .densenet import DenseNet
from .mobileone import MobileOne, MobileOneBlock
from .resnet import ResNet, ResNeXt
from .squeezenet import SqueezeNet
from .swin2d import SwinTransformer

__all__ = [
    'DenseNet',
    'MobileOne',
    'MobileOneBlock',
    'ResNeXt',
    'ResNet',
    'SqueezeNet',
    'SwinTransformer',
    'build_third_party',
    'source_of',
    'to_feature_map',
]
