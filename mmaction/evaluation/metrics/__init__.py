"""Metrics: collect the predictions of a model and call the measures."""

from mmaction.evaluation.metrics.acc_metric import AccMetric
from mmaction.evaluation.metrics.anet_metric import ANetMetric
from mmaction.evaluation.metrics.ava_metric import AVAMetric
from mmaction.evaluation.metrics.confusion_matrix import ConfusionMatrix
from mmaction.evaluation.metrics.multisports_metric import MultiSportsMetric
from mmaction.evaluation.metrics.retrieval_metric import RetrievalMetric, RetrievalRecall
from mmaction.evaluation.metrics.segmentation_metric import SegmentationMetric
from mmaction.evaluation.metrics.video_grounding_metric import RecallatTopK

__all__ = [
    'ANetMetric',
    'AVAMetric',
    'AccMetric',
    'ConfusionMatrix',
    'MultiSportsMetric',
    'RecallatTopK',
    'RetrievalMetric',
    'RetrievalRecall',
    'SegmentationMetric',
]
