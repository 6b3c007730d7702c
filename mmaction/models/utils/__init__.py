"""Helpers of the models."""

from mmaction.models.utils.blending_utils import (
    BaseMiniBatchBlending,
    CutmixBlending,
    MixupBlending,
    RandomBatchAugment,
)
from mmaction.models.utils.gcn_utils import mstcn, unit_aagcn, unit_ctrgcn, unit_gcn, unit_tcn
from mmaction.structures.graph import Graph

__all__ = [
    'BaseMiniBatchBlending',
    'CutmixBlending',
    'Graph',
    'MixupBlending',
    'RandomBatchAugment',
    'mstcn',
    'unit_aagcn',
    'unit_ctrgcn',
    'unit_gcn',
    'unit_tcn',
]
