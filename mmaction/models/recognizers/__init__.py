"""Recognizers: whole models that tell the action of a video."""

from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.models.recognizers.recognizer2d import Recognizer2D
from mmaction.models.recognizers.recognizer3d import Recognizer3D
from mmaction.models.recognizers.recognizer3d_mm import MMRecognizer3D
from mmaction.models.recognizers.recognizer_audio import RecognizerAudio
from mmaction.models.recognizers.recognizer_gcn import RecognizerGCN
from mmaction.models.recognizers.recognizer_omni import RecognizerOmni
from mmaction.models.recognizers.videomae_pretrain import VideoMAEPretrain

__all__ = [
    'BaseRecognizer',
    'MMRecognizer3D',
    'Recognizer2D',
    'Recognizer3D',
    'RecognizerAudio',
    'RecognizerGCN',
    'RecognizerOmni',
    'VideoMAEPretrain',
]
