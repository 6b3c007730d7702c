"""Head of TSN."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_consensus
from mmaction.models.heads._pooled import CROSS_ENTROPY, PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TSNHead(PooledHead):
    """Average over the frames of a sample, then one linear layer (https://arxiv.org/abs/1608.00859).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: see :class:`PooledHead`.
        consensus: config of the aggregation over the frames.
        *args: ``dropout_ratio`` and ``init_std``, as there.
        **kwargs: arguments of :class:`PooledHead`.
    """

    default_dropout = 0.4
    pooled_dims = 2

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        spatial_type: str | None = 'avg',
        consensus: dict = dict(type='AvgConsensus', dim=1),
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, *args, **kwargs)
        self.consensus = build_consensus(consensus)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor, num_segs: int, **kwargs: Any) -> Tensor:
        """Classify (N * num_segs, in_channels, H, W), also without H and W; ``num_segs`` frames per sample: (N, C)."""
        x = self._pool(x)
        x = self.consensus(x.unflatten(0, (-1, num_segs))).squeeze(1)  # (N * S, C) -> (N, S, C) -> (N, C)
        return self.fc_cls(self._drop(x))
