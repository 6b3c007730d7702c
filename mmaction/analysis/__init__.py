"""Measurements of trainings, models and data: logs, times, operations, unreadable videos."""

from mmaction.analysis.flops import OperationCounts, count_operations, example_inputs
from mmaction.analysis.logs import Curve, EpochTimes, TrainingLog, read_log
from mmaction.analysis.scores import labelled_predictions
from mmaction.analysis.timing import Speed, StepTime, measure_model, measure_steps
from mmaction.analysis.videos import check_videos

__all__ = [
    'Curve',
    'EpochTimes',
    'OperationCounts',
    'Speed',
    'StepTime',
    'TrainingLog',
    'check_videos',
    'count_operations',
    'example_inputs',
    'labelled_predictions',
    'measure_model',
    'measure_steps',
    'read_log',
]
