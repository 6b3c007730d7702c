"""The head of I3D and of other 3D networks."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class I3DHead(PooledHead):
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
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Classify (N * views, in_channels, T, H, W), or features without T, H and W: (N * views, C)."""
        return self._classify(self._pool(x))

    def _classify(self, x: Tensor) -> Tensor:
        """(N * views, in_channels) -> (N * views, C)."""
        return self.fc_cls(self._drop(x))
