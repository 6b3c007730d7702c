"""Steps that change the pixels of the frames: resize, crop, flip, color."""

from mmaction.datasets.transforms.spatial.color import ColorJitter
from mmaction.datasets.transforms.spatial.crop import CenterCrop, MultiScaleCrop, RandomCrop, RandomResizedCrop
from mmaction.datasets.transforms.spatial.erase import RandomErasing
from mmaction.datasets.transforms.spatial.flip import Flip
from mmaction.datasets.transforms.spatial.lazy import Fuse
from mmaction.datasets.transforms.spatial.multi_crop import TenCrop, ThreeCrop
from mmaction.datasets.transforms.spatial.resize import RandomRescale, Resize

__all__ = [
    'CenterCrop',
    'ColorJitter',
    'Flip',
    'Fuse',
    'MultiScaleCrop',
    'RandomCrop',
    'RandomErasing',
    'RandomRescale',
    'RandomResizedCrop',
    'Resize',
    'TenCrop',
    'ThreeCrop',
]
