"""Losses."""

from mmaction.models.losses.base import BaseWeightedLoss
from mmaction.models.losses.cross_entropy_loss import BCELossWithLogits, CBFocalLoss, CrossEntropyLoss
from mmaction.models.losses.hvu_loss import HVULoss
from mmaction.models.losses.nll_loss import NLLLoss

__all__ = ['BCELossWithLogits', 'BaseWeightedLoss', 'CBFocalLoss', 'CrossEntropyLoss', 'HVULoss', 'NLLLoss']
