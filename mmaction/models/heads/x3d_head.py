"""The head of X3D."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class X3DHead(PooledHead):
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
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
        self.fc1_bias = fc1_bias
        self.fc1 = nn.Linear(in_channels, self.mid_dim, bias=fc1_bias)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(self.mid_dim, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Classify (N * views, in_channels, T, H, W), or features without T, H and W: (N * views, C)."""
        x = self.relu(self.fc1(self._pool(x)))
        return self.fc2(self._drop(x))
