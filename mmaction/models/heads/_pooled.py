"""Base of the heads that average a feature map first."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mmaction.models.heads._parts import build_dropout, check_spatial_type, pool_and_flatten
from mmaction.models.heads.base import BaseHead


class PooledHead(BaseHead):
    """Pooling, dropout and normally distributed initial weights; a subclass adds layers and :meth:`forward`.

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space and time; None takes features as they are.
        dropout_ratio: dropout before the last layer.
        init_std: standard deviation of the linear layers' initial weights.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict,
        spatial_type: str | None,
        dropout_ratio: float,
        init_std: float,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault('init_cfg', dict(type='Normal', layer='Linear', std=init_std))
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        check_spatial_type(spatial_type)
        self.spatial_type = spatial_type
        self.dropout_ratio = dropout_ratio
        self.init_std = init_std
        self.dropout = build_dropout(dropout_ratio)

    def _pool(self, x: Tensor) -> Tensor:
        """(N, in_channels, ...) -> (N, in_channels)."""
        return pool_and_flatten(x, self.spatial_type)

    def _drop(self, x: Tensor) -> Tensor:
        return x if self.dropout is None else self.dropout(x)
