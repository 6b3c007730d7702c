"""The head of TSM."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_consensus
from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TSMHead(PooledHead):
    """Classifies each frame of a clip, then averages the scores (https://arxiv.org/abs/1811.08383).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        num_segments: frames of a clip, as of the backbone.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space; None takes features as they are.
        consensus: config of the aggregation over the segments.
        dropout_ratio: dropout before the last layer.
        init_std: standard deviation of the last layer's initial weights.
        is_shift: whether the backbone shifts.
        temporal_pool: whether the backbone pools over time; with ``is_shift`` it hands over half of the frames.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_segments: int = 8,
        loss_cls: dict = dict(type='CrossEntropyLoss'),
        spatial_type: str | None = 'avg',
        consensus: dict = dict(type='AvgConsensus', dim=1),
        dropout_ratio: float = 0.8,
        init_std: float = 0.001,
        is_shift: bool = True,
        temporal_pool: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
        if num_segments < 1:
            raise ValueError(f'num_segments ({num_segments}) must be at least 1.')
        self.num_segments = num_segments
        self.is_shift = is_shift
        self.temporal_pool = temporal_pool
        self.consensus = build_consensus(consensus)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor, num_segs: int | None = None) -> Tensor:
        """Classify.

        Args:
            x: (N * views * num_segments, in_channels, H, W), or without H and W.
            num_segs: frames a sample, of all its views; not needed here: a view has ``num_segments`` frames.

        Returns:
            (N * views, C).
        """
        frames = self.num_segments // 2 if self.is_shift and self.temporal_pool else self.num_segments
        if x.shape[0] % frames:
            raise ValueError(
                f'The features of {x.shape[0]} frames are not whole clips of {frames}: num_segments of the head does '
                'not fit the frames that the pipeline samples.'
            )
        x = self._drop(self._pool(x))
        scores = self.fc_cls(x).unflatten(0, (-1, frames))  # (N * V * S, C) -> (N * V, S, C)
        return self.consensus(scores).squeeze(1)
