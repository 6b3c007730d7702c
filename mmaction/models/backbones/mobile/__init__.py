"""Networks for phones and embedded devices."""

from mmaction.models.backbones.mobile.mobilenet_v2 import MobileNetV2
from mmaction.models.backbones.mobile.mobilenet_v2_tsm import MobileNetV2TSM
from mmaction.models.backbones.mobile.mobileone_tsm import MobileOneTSM

__all__ = ['MobileNetV2', 'MobileNetV2TSM', 'MobileOneTSM']
