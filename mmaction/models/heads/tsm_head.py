"""Head of TSM."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_consensus
from mmaction.models.heads._pooled import CROSS_ENTROPY, PooledHead
from mmaction.registry import MODELS
from mmaction.utils.check import at_least


@MODELS.register_module()
class TSMHead(PooledHead):
    """One linear layer over each frame of a clip, then the average of the scores (https://arxiv.org/abs/1811.08383).

    Args:
        num_classes: number of classes.
        in_channels: channels of the features.
        num_segments: frames per clip, as of the backbone.
        loss_cls: config of the loss.
        spatial_type: see :class:`PooledHead`, as ``dropout_ratio`` and ``init_std``.
        consensus: config of the aggregation over the frames.
        dropout_ratio: see there.
        init_std: see there.
        is_shift: whether the backbone shifts.
        temporal_pool: whether the backbone pools over time; with ``is_shift`` it returns half of the frames.
        **kwargs: arguments of :class:`PooledHead`.
    """

    default_dropout = 0.8
    default_std = 0.001
    pooled_dims = 2

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_segments: int = 8,
        loss_cls: dict = CROSS_ENTROPY,
        spatial_type: str | None = 'avg',
        consensus: dict = dict(type='AvgConsensus', dim=1),
        dropout_ratio: float | None = None,
        init_std: float | None = None,
        is_shift: bool = True,
        temporal_pool: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
        self.num_segments = at_least(1, num_segments, 'num_segments')
        self.is_shift = is_shift
        self.temporal_pool = temporal_pool
        self.consensus = build_consensus(consensus)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor, num_segs: int | None = None, **kwargs: Any) -> Tensor:
        """Classify (N * views * num_segments, in_channels, H, W), also without H and W: (N * views, C).

        ``num_segs``, the frames of all views of a sample, is not needed: a view has ``num_segments`` frames.
        """
        frames = self.num_segments
        if self.is_shift and self.temporal_pool:
            frames //= 2
        if x.shape[0] % frames:
            raise ValueError(
                f'The features of {x.shape[0]} frames do not divide into clips of {frames}; set num_segments of the '
                'head to the frames per clip that the pipeline samples.'
            )
        x = self._drop(self._pool(x))
        scores = self.fc_cls(x).unflatten(0, (-1, frames))  # (N * V * S, C) -> (N * V, S, C)
        return self.consensus(scores).squeeze(1)
