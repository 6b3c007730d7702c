"""Helpers of the models."""

from mmaction.models.utils.blending_utils import (
    BaseMiniBatchBlending,
    CutmixBlending,
    MixupBlending,
    RandomBatchAugment,
)
from mmaction.structures.graph import Graph

__all__ = ['BaseMiniBatchBlending', 'CutmixBlending', 'Graph', 'MixupBlending', 'RandomBatchAugment']
