"""Augmentations of colour and geometry on whole clips, without torchvision."""

from mmaction.datasets.transforms.augment.policies import AugMix, RandAugment

__all__ = ['AugMix', 'RandAugment']
