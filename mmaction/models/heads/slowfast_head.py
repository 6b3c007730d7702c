"""Head of SlowFast."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmaction.models.heads._parts import Feats, two_pathways
from mmaction.models.heads.i3d_head import I3DHead
from mmaction.registry import MODELS


@MODELS.register_module()
class SlowFastHead(I3DHead):
    """Average of each pathway over space and time, and one linear layer over both (https://arxiv.org/abs/1812.03982).

    The arguments are those of :class:`PooledHead`; ``in_channels`` counts the channels of both pathways.
    """

    default_dropout = 0.8

    def forward(self, x: Feats, **kwargs: Any) -> Tensor:
        """Classify the features of the slow and the fast pathway, each (N * views, C_i, T_i, H, W): (N * views, C)."""
        slow, fast = two_pathways('SlowFastHead', x)
        # The weights of published checkpoints begin with those of the fast pathway.
        return self._classify(torch.cat([self._pool(fast), self._pool(slow)], dim=1))
