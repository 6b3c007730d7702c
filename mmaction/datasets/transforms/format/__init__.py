"""Steps that bring the results of a pipeline into the shape that a network expects, and pack them."""

from mmaction.datasets.transforms.format.inferencer import InferencerPackInput
from mmaction.datasets.transforms.format.pack import (
    PackActionInputs,
    PackLocalizationInputs,
    PackSegmentationInputs,
    to_tensor,
)
from mmaction.datasets.transforms.format.shape import FormatAudioShape, FormatGCNInput, FormatShape, Transpose

__all__ = [
    'FormatAudioShape',
    'FormatGCNInput',
    'FormatShape',
    'InferencerPackInput',
    'PackActionInputs',
    'PackLocalizationInputs',
    'PackSegmentationInputs',
    'Transpose',
    'to_tensor',
]
