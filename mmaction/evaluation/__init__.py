"""Measures (functions of numpy arrays) and metrics (which collect over a data set)."""

from mmaction.evaluation.functional import (
    binary_precision_recall_curve,
    confusion_matrix,
    get_weighted_score,
    mean_average_precision,
    mean_class_accuracy,
    mmit_mean_average_precision,
    softmax,
    top_k_accuracy,
    top_k_classes,
)
from mmaction.evaluation.metrics import AccMetric, ConfusionMatrix

__all__ = [
    'AccMetric',
    'ConfusionMatrix',
    'binary_precision_recall_curve',
    'confusion_matrix',
    'get_weighted_score',
    'mean_average_precision',
    'mean_class_accuracy',
    'mmit_mean_average_precision',
    'softmax',
    'top_k_accuracy',
    'top_k_classes',
]
