"""The head of I3D and of other 3D networks."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_dropout, check_spatial_type, pool_and_flatten
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS


@MODELS.register_module()
class I3DHead(BaseHead):
    """Averages over space and time, then classifies (https://arxiv.org/abs/1705.07750).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space and time; None takes features as they are, e.g. those of C3D.
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
        dropout_ratio: float = 0.5,
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

    def forward(self, x: Tensor) -> Tensor:
        """Classify (N * views, in_channels, T, H, W), or features without T, H and W: (N * views, C)."""
        return self._classify(pool_and_flatten(x, self.spatial_type))

    def _classify(self, x: Tensor) -> Tensor:
        """(N * views, in_channels) -> (N * views, C)."""
        return self.fc_cls(x if self.dropout is None else self.dropout(x))
