"""Losses."""

from mmaction.models.losses.base import BaseWeightedLoss
from mmaction.models.losses.binary_logistic_regression_loss import BinaryLogisticRegressionLoss
from mmaction.models.losses.bmn_loss import BMNLoss
from mmaction.models.losses.cross_entropy_loss import BCELossWithLogits, CBFocalLoss, CrossEntropyLoss
from mmaction.models.losses.hvu_loss import HVULoss
from mmaction.models.losses.nll_loss import NLLLoss
from mmaction.models.losses.ohem_hinge_loss import OHEMHingeLoss
from mmaction.models.losses.ssn_loss import SSNLoss

__all__ = [
    'BCELossWithLogits',
    'BMNLoss',
    'BaseWeightedLoss',
    'BinaryLogisticRegressionLoss',
    'CBFocalLoss',
    'CrossEntropyLoss',
    'HVULoss',
    'NLLLoss',
    'OHEMHingeLoss',
    'SSNLoss',
]
