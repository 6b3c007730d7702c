"""Temporal segmentation: networks that give each time step of the features of a video a class."""

from mmaction.models.segmentation.asformer import ASFormer
from mmaction.models.segmentation.base import Segmentor
from mmaction.models.segmentation.linear import LinearSegmentor
from mmaction.models.segmentation.mstcnpp import MSTCNPP
from mmaction.models.segmentation.video_classifier import VideoClassifier

__all__ = ['MSTCNPP', 'ASFormer', 'LinearSegmentor', 'Segmentor', 'VideoClassifier']
