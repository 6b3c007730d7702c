"""The head of TSN on sound."""

from __future__ import annotations

from typing import Any

from mmaction.models.heads.i3d_head import I3DHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TSNAudioHead(I3DHead):
    """Averages over time and frequency, then classifies each clip: (N * clips, in_channels, T, F) -> (N * clips, C).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over time and frequency; None takes features as they are.
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
        dropout_ratio: float = 0.4,
        init_std: float = 0.01,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
