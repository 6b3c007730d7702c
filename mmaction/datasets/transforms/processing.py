"""The transforms of pixels, where MMAction2 has them."""

from mmaction.datasets.transforms.spatial import (
    CenterCrop,
    ColorJitter,
    Flip,
    Fuse,
    MultiScaleCrop,
    RandomCrop,
    RandomErasing,
    RandomRescale,
    RandomResizedCrop,
    Resize,
    TenCrop,
    ThreeCrop,
)

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
