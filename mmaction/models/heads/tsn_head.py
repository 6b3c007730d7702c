"""The head of TSN."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_consensus
from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TSNHead(PooledHead):
    """Averages the frames' features, then classifies (https://arxiv.org/abs/1608.00859).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space; None takes features as they are.
        consensus: config of the aggregation over the segments.
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
        consensus: dict = dict(type='AvgConsensus', dim=1),
        dropout_ratio: float = 0.4,
        init_std: float = 0.01,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
        self.consensus = build_consensus(consensus)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor, num_segs: int) -> Tensor:
        """Classify.

        Args:
            x: (N * num_segs, in_channels, H, W) or (N * num_segs, in_channels).
            num_segs: frames a sample.

        Returns:
            (N, C).
        """
        x = self._pool(x)
        x = self.consensus(x.unflatten(0, (-1, num_segs))).squeeze(1)  # (N * S, C) -> (N, S, C) -> (N, C)
        return self.fc_cls(self._drop(x))
