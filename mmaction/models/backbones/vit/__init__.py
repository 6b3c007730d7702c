"""Video transformers."""

from mmaction.models.backbones.vit.clip import CLIPImageEncoder
from mmaction.models.backbones.vit.internvideo2 import InternVideo2
from mmaction.models.backbones.vit.mvit import MViT
from mmaction.models.backbones.vit.swin import SwinTransformer3D
from mmaction.models.backbones.vit.timesformer import TimeSformer
from mmaction.models.backbones.vit.uniformer import UniFormer
from mmaction.models.backbones.vit.uniformerv2 import UniFormerV2
from mmaction.models.backbones.vit.vit_mae import VisionTransformer
from mmaction.models.backbones.vit.vjepa2 import VJEPA2

__all__ = [
    'VJEPA2',
    'CLIPImageEncoder',
    'InternVideo2',
    'MViT',
    'SwinTransformer3D',
    'TimeSformer',
    'UniFormer',
    'UniFormerV2',
    'VisionTransformer',
]
