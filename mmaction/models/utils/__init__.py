"""Helpers of the models."""

from mmaction.models.utils.blending_utils import (
    BaseMiniBatchBlending,
    CutmixBlending,
    MixupBlending,
    RandomBatchAugment,
)

__all__ = ['BaseMiniBatchBlending', 'CutmixBlending', 'MixupBlending', 'RandomBatchAugment']
