"""The head of X3D."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_dropout, check_spatial_type, pool_and_flatten
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS


@MODELS.register_module()
class X3DHead(BaseHead):
    """Averages over space and time, widens to 2048 features, then classifies (https://arxiv.org/abs/2004.04730).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space and time; None takes features as they are.
        dropout_ratio: dropout before the last layer.
        init_std: standard deviation of the linear layers' initial weights.
        fc1_bias: whether the first linear layer has a bias.
        **kwargs: arguments of :class:`BaseHead`.
    """

    mid_dim = 2048

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = dict(type='CrossEntropyLoss'),
        spatial_type: str | None = 'avg',
        dropout_ratio: float = 0.5,
        init_std: float = 0.01,
        fc1_bias: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault('init_cfg', dict(type='Normal', layer='Linear', std=init_std))
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        check_spatial_type(spatial_type)
        self.spatial_type = spatial_type
        self.dropout_ratio = dropout_ratio
        self.init_std = init_std
        self.fc1_bias = fc1_bias
        self.dropout = build_dropout(dropout_ratio)
        self.fc1 = nn.Linear(in_channels, self.mid_dim, bias=fc1_bias)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(self.mid_dim, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Classify (N * views, in_channels, T, H, W), or features without T, H and W: (N * views, C)."""
        x = self.relu(self.fc1(pool_and_flatten(x, self.spatial_type)))
        if self.dropout is not None:
            x = self.dropout(x)
        return self.fc2(x)
