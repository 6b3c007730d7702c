"""Temporal Context Aggregation Network: refines proposals."""

from mmaction.models.localizers.tcanet.lgte import LGTE
from mmaction.models.localizers.tcanet.tbr import TBR, CenterWidthRegressor, StartEndRegressor, TemporalTransform
from mmaction.models.localizers.tcanet.tcanet import TCANet

__all__ = ['LGTE', 'TBR', 'CenterWidthRegressor', 'StartEndRegressor', 'TCANet', 'TemporalTransform']
