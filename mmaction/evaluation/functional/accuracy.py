"""Measures of recognition, from scores and labels in numpy."""

from mmaction.evaluation.functional._average_precision import (
    binary_precision_recall_curve,
    mean_average_precision,
    mmit_mean_average_precision,
)
from mmaction.evaluation.functional._confusion import confusion_matrix, mean_class_accuracy, top_k_classes
from mmaction.evaluation.functional._fusion import get_weighted_score, softmax
from mmaction.evaluation.functional._top_k import top_k_accuracy

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
