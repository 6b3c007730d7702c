"""The head of SlowFast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmaction.models.heads.i3d_head import I3DHead
from mmaction.registry import MODELS


@MODELS.register_module()
class SlowFastHead(I3DHead):
    """Averages each pathway over space and time, joins and classifies (https://arxiv.org/abs/1812.03982).

    Args:
        num_classes: number of classes C.
        in_channels: channels of both pathways together.
        loss_cls: config of the loss.
        spatial_type: ``'avg'``, or None for features that are pooled already.
        dropout_ratio: dropout before the last layer.
        init_std: standard deviation of the last layer's initial weights.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = dict(type='CrossEntropyLoss'),
        spatial_type: str | None = 'avg',
        dropout_ratio: float = 0.8,
        init_std: float = 0.01,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)

    def forward(self, x: Sequence[Tensor]) -> Tensor:
        """Classify the features of the slow and the fast pathway, each (N * views, C_i, T_i, H, W): (N * views, C)."""
        if isinstance(x, Tensor) or len(x) != 2:
            got = f'a tensor {tuple(x.shape)}' if isinstance(x, Tensor) else f'{len(x)} feature maps'
            raise ValueError(f'SlowFastHead takes the features of two pathways, got {got}.')
        # the weights of the last layer begin with those of the fast pathway
        return self._classify(torch.cat([self._pool(part) for part in reversed(x)], dim=1))
