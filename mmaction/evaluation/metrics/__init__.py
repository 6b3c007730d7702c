"""Metrics: collect what the model says, and call the measures."""

from mmaction.evaluation.metrics.acc_metric import AccMetric
from mmaction.evaluation.metrics.confusion_matrix import ConfusionMatrix

__all__ = ['AccMetric', 'ConfusionMatrix']
