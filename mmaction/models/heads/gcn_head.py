"""Head of the skeleton networks."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import build_dropout, dropped
from mmaction.models.heads._pooled import CROSS_ENTROPY
from mmaction.models.heads.base import BaseHead
from mmaction.models.options import AverageClips
from mmaction.registry import MODELS
from mmaction.weights import rename_on_load
from mmaction.weights.tables.pyskl import PYSKL_HEAD


@MODELS.register_module()
class GCNHead(BaseHead):
    """Average over frames, joints and persons, and one linear layer: (N * clips, M, C, T, V) -> (N * clips, classes).

    Args:
        num_classes: number of classes.
        in_channels: channels of the features C.
        loss_cls: config of the loss.
        dropout: dropout ratio before the last layer.
        average_clips: how the clips of a sample become one score: ``'prob'``, ``'score'`` or None (kept apart).
        init_cfg: config of the initialization.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        dropout: float = 0.0,
        average_clips: AverageClips = 'prob',
        init_cfg: dict | list[dict] = dict(type='Normal', layer='Linear', std=0.01),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_classes, in_channels, loss_cls=loss_cls, average_clips=average_clips, init_cfg=init_cfg, **kwargs
        )
        self.dropout_ratio = dropout
        self.dropout = build_dropout(dropout)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(in_channels, num_classes)
        rename_on_load(self, PYSKL_HEAD)

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Classify (N * clips, M, C, T, V)."""
        if x.ndim != 5:
            raise ValueError(f'GCNHead takes features (N * clips, M, C, T, V), got shape {tuple(x.shape)}.')
        # Persons are averaged after frames and joints, not with them, so that a hook on the pooling sees each person.
        persons = self.pool(x.flatten(0, 1)).flatten(1).unflatten(0, x.shape[:2])  # (N * clips, M, C)
        return self.fc(dropped(self.dropout, persons.mean(dim=1)))
