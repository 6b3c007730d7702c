"""Negative log-likelihood loss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from mmaction.models.losses.base import BaseWeightedLoss
from mmaction.registry import MODELS


@MODELS.register_module()
class NLLLoss(BaseWeightedLoss):
    """Negative log-likelihood of class indices (N,) under log-probabilities (N, C)."""

    def _forward(self, cls_score: Tensor, label: Tensor) -> Tensor:
        return F.nll_loss(cls_score, label)
