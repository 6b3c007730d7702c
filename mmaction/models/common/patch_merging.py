"""Patch merging between the stages of a Swin Transformer, which halves height and width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.bricks import build_norm


class PatchMerging(BaseModule):
    """Concatenation of the four tokens of a 2 x 2 patch, norm and linear layer (https://arxiv.org/abs/2103.14030).

    Args:
        embed_dims: channels C.
        norm_cfg: config of the norm.
        init_cfg: initialization.

    Shape:
        (*, H, W, C) -> (*, ceil(H/2), ceil(W/2), 2C); odd sides are padded with zeros.
    """

    def __init__(
        self,
        embed_dims: int,
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.reduction = nn.Linear(4 * embed_dims, 2 * embed_dims, bias=False)
        self.norm = build_norm(norm_cfg, 4 * embed_dims)[1]

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-3:-1]
        x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        x = x.unflatten(-2, (-1, 2)).unflatten(-4, (-1, 2))  # (*, H/2, 2, W/2, 2, C)
        # channels by column, then row, of a patch: (0, 0), (1, 0), (0, 1), (1, 1)
        x = x.movedim((-2, -4), (-3, -2)).flatten(-3)  # (*, H/2, W/2, 2, 2, C) -> (*, H/2, W/2, 4C)
        return self.reduction(self.norm(x))
