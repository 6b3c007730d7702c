"""Patch merging between the stages of a Swin Transformer, which halves height and width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.bricks import build_norm


class PatchMerging(nn.Module):
    """Concatenation of the four tokens of a 2 x 2 patch, norm and linear layer (https://arxiv.org/abs/2103.14030).

    Args:
        dim: channels C.
        norm_cfg: config of the norm.

    Shape:
        (*, H, W, C) -> (*, ceil(H/2), ceil(W/2), 2C); odd sides are padded with zeros.
    """

    def __init__(self, dim: int, norm_cfg: Mapping[str, Any] = dict(type='LN')) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = build_norm(norm_cfg, 4 * dim)[1]

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-3:-1]
        x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        x = x.unflatten(-2, (-1, 2)).unflatten(-4, (-1, 2))  # (*, H/2, 2, W/2, 2, C)
        # channels by column, then row, of a patch: (0, 0), (1, 0), (0, 1), (1, 1)
        x = x.movedim((-2, -4), (-3, -2)).flatten(-3)  # (*, H/2, W/2, 2, 2, C) -> (*, H/2, W/2, 4C)
        return self.reduction(self.norm(x))
