"""Measures as functions of numpy arrays."""

from mmaction.evaluation.functional.accuracy import (
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

__all__ = [
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
