"""Head of TimeSformer and of other transformers that return one vector per clip."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_dropout, dropped
from mmaction.models.heads._pooled import CROSS_ENTROPY, init_only
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TimeSformerHead(BaseHead):
    """One linear layer over a vector (https://arxiv.org/abs/2102.05095).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        init_std: standard deviation of the last layer's initial weights.
        dropout_ratio: dropout before the last layer.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        init_std: float = 0.02,
        dropout_ratio: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        self.init_std = init_std
        self.dropout_ratio = dropout_ratio
        self.dropout = build_dropout(dropout_ratio)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def default_init(self) -> dict[str, Any] | None:
        return init_only(('fc_cls',), type='TruncNormal', std=self.init_std)

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Classify (N * views, in_channels)."""
        return self.fc_cls(dropped(self.dropout, x))
