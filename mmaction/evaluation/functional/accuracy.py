"""Measures of recognition and of localization in time, in numpy."""

from mmaction.evaluation.functional._average_precision import (
    binary_precision_recall_curve,
    mean_average_precision,
    mmit_mean_average_precision,
)
from mmaction.evaluation.functional._confusion import confusion_matrix, mean_class_accuracy, top_k_classes
from mmaction.evaluation.functional._fusion import get_weighted_score, softmax
from mmaction.evaluation.functional._temporal import average_recall_at_avg_proposals, pairwise_temporal_iou
from mmaction.evaluation.functional._temporal_ap import (
    average_precision_at_temporal_iou,
    interpolated_precision_recall,
)
from mmaction.evaluation.functional._top_k import top_k_accuracy

__all__ = [
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
