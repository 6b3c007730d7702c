"""Measures (functions of numpy arrays) and metrics (which collect over a data set)."""

from mmaction.evaluation.functional import (
    ActivityNetLocalization,
    average_precision_at_temporal_iou,
    average_recall_at_avg_proposals,
    binary_precision_recall_curve,
    confusion_matrix,
    get_weighted_score,
    interpolated_precision_recall,
    mean_average_precision,
    mean_class_accuracy,
    mmit_mean_average_precision,
    pairwise_temporal_iou,
    softmax,
    top_k_accuracy,
    top_k_classes,
)
from mmaction.evaluation.metrics import AccMetric, ANetMetric, ConfusionMatrix, RecallatTopK

__all__ = [
    'ANetMetric',
    'AccMetric',
    'ActivityNetLocalization',
    'ConfusionMatrix',
    'RecallatTopK',
    'average_precision_at_temporal_iou',
    'average_recall_at_avg_proposals',
    'binary_precision_recall_curve',
    'confusion_matrix',
    'get_weighted_score',
    'interpolated_precision_recall',
    'mean_average_precision',
    'mean_class_accuracy',
    'mmit_mean_average_precision',
    'pairwise_temporal_iou',
    'softmax',
    'top_k_accuracy',
    'top_k_classes',
]
