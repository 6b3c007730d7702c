"""Localizers: networks that find actions in untrimmed videos, from features."""

from mmaction.models.localizers.actionformer import ActionFormer
from mmaction.models.localizers.bmn import BMN
from mmaction.models.localizers.bsn import PEM, TEM
from mmaction.models.localizers.drn import DRN
from mmaction.models.localizers.tcanet import TCANet

__all__ = ['BMN', 'DRN', 'PEM', 'TEM', 'ActionFormer', 'TCANet']
