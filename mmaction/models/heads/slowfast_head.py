"""The head of SlowFast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.heads._parts import build_dropout, check_spatial_type, pool_and_flatten
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS


@MODELS.register_module()
class SlowFastHead(BaseHead):
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
        kwargs.setdefault('init_cfg', dict(type='Normal', layer='Linear', std=init_std))
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        check_spatial_type(spatial_type)
        self.spatial_type = spatial_type
        self.dropout_ratio = dropout_ratio
        self.init_std = init_std
        self.dropout = build_dropout(dropout_ratio)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, x: Sequence[Tensor]) -> Tensor:
        """Classify the features of the slow and the fast pathway, each (N * views, C_i, T_i, H, W): (N * views, C)."""
        if isinstance(x, Tensor) or len(x) != 2:
            got = f'a tensor {tuple(x.shape)}' if isinstance(x, Tensor) else f'{len(x)} feature maps'
            raise ValueError(f'SlowFastHead takes the features of two pathways, got {got}.')
        # the weights of the last layer begin with those of the fast pathway
        pooled = torch.cat([pool_and_flatten(part, self.spatial_type) for part in reversed(x)], dim=1)
        if self.dropout is not None:
            pooled = self.dropout(pooled)
        return self.fc_cls(pooled)
