"""Models of other libraries as backbones and recognizers: video models of transformers, encoders of images."""

from mmaction.models.adapters.config import encoder_config
from mmaction.models.adapters.folders import LicensedWeights
from mmaction.models.adapters.frame_encoder import FrameEncoder
from mmaction.models.adapters.hf_video import ClassifierHead, HFVideoBackbone, HFVideoRecognizer, LogitsHead
from mmaction.models.adapters.preprocessing import Preprocessing, default_preprocessing, preprocessing_of

__all__ = [
    'ClassifierHead',
    'FrameEncoder',
    'HFVideoBackbone',
    'HFVideoRecognizer',
    'LicensedWeights',
    'LogitsHead',
    'Preprocessing',
    'default_preprocessing',
    'encoder_config',
    'preprocessing_of',
]
