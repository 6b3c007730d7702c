"""From results to what goes into the network."""

from mmaction.datasets.transforms._formatting.audio import FormatAudioShape
from mmaction.datasets.transforms._formatting.gcn import FormatGCNInput
from mmaction.datasets.transforms._formatting.inferencer import InferencerPackInput
from mmaction.datasets.transforms._formatting.pack import PackActionInputs, PackLocalizationInputs, to_tensor
from mmaction.datasets.transforms._formatting.shape import FormatShape, Transpose

__all__ = [
    'FormatAudioShape',
    'FormatGCNInput',
    'FormatShape',
    'InferencerPackInput',
    'PackActionInputs',
    'PackLocalizationInputs',
    'Transpose',
    'to_tensor',
]
