"""The head of the networks on skeletons."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.heads._parts import build_dropout
from mmaction.models.heads.base import AverageClips, BaseHead
from mmaction.registry import MODELS


@MODELS.register_module()
class GCNHead(BaseHead):
    """Averages over frames, joints and persons, then classifies: (N * clips, M, C, T, V) -> (N * clips, classes).

    Args:
        num_classes: number of classes.
        in_channels: channels of the features C.
        loss_cls: config of the loss.
        dropout: ratio before the last layer.
        average_clips: how the clips of a sample become one score: ``'prob'``, ``'score'`` or None (kept apart).
        init_cfg: config of the initialisation.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = dict(type='CrossEntropyLoss'),
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
        self.fc = nn.Linear(in_channels, num_classes)
        self._register_load_state_dict_pre_hook(_rename_pyskl)

    def forward(self, x: Tensor) -> Tensor:
        """Classify (N * clips, M, C, T, V)."""
        if x.ndim != 5:
            raise ValueError(f'GCNHead takes features (N * clips, M, C, T, V), got shape {tuple(x.shape)}.')
        x = x.mean(dim=(3, 4)).mean(dim=1)  # (N * clips, M, C, T, V) -> (N * clips, C)
        return self.fc(x if self.dropout is None else self.dropout(x))


def _rename_pyskl(state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """PYSKL calls the last layer ``fc_cls``."""
    for name in ('weight', 'bias'):
        old, new = f'{prefix}fc_cls.{name}', f'{prefix}fc.{name}'
        if isinstance(state.get(old), torch.Tensor) and new not in state:
            state[new] = state.pop(old)
