"""Data preprocessors: stacking and normalization on the device."""

from mmaction.models.data_preprocessors.data_preprocessor import ActionDataPreprocessor
from mmaction.models.data_preprocessors.multimodal_data_preprocessor import MultiModalDataPreprocessor

__all__ = ['ActionDataPreprocessor', 'MultiModalDataPreprocessor']
