"""Measures (functions of NumPy arrays) and metrics (which collect the predictions for a dataset)."""

from mmaction.evaluation import functional, metrics
from mmaction.evaluation.functional import *  # noqa: F403
from mmaction.evaluation.metrics import *  # noqa: F403

__all__ = [*functional.__all__, *metrics.__all__]
