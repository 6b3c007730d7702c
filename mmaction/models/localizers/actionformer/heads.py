"""Heads for classes and boundaries, shared by all levels (Sec. 3.3 of the paper).

Legend: B batch, C channels, T steps, K classes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mmaction.models.common.bricks import fill_bias
from mmaction.models.localizers.actionformer.layers import ChannelNorm, MaskedConv1d, clear_padding


class _Tower(nn.Module):
    """Convolutions with norm and ReLU: (B, C, T) -> (B, C, T)."""

    def __init__(self, channels: int, num_layers: int) -> None:
        super().__init__()
        self.head = nn.ModuleList([MaskedConv1d(channels, channels, 3, bias=False) for _ in range(num_layers)])
        self.norm = nn.ModuleList([ChannelNorm(channels) for _ in range(num_layers)])

    def tower(self, x: Tensor, mask: Tensor) -> Tensor:
        for conv, norm in zip(self.head, self.norm):
            x = clear_padding(norm(conv(x, mask)).relu(), mask)
        return x


class ClassHead(_Tower):
    """Independent logits of the classes: (B, C, T) -> (B, T, K).

    Args:
        channels: C.
        num_classes: K.
        num_layers: convolutions before the last one.
        prior: initial probability of a class; a low one keeps the many background steps from dominating the first
            losses.
    """

    def __init__(self, channels: int, num_classes: int, *, num_layers: int = 2, prior: float = 0.01) -> None:
        super().__init__(channels, num_layers)
        self.cls_head = MaskedConv1d(channels, num_classes, 3)
        fill_bias(self.cls_head.conv, -math.log((1 - prior) / prior))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.cls_head(self.tower(x, mask), mask).transpose(1, 2)


class _Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x


class BoundaryHead(_Tower):
    """Distances to start and end, in strides of the level, at least 0: (B, C, T) -> (B, T, 2).

    Args:
        channels: C.
        num_levels: number of levels; each has a learned factor.
        num_layers: convolutions before the last one.
    """

    def __init__(self, channels: int, num_levels: int, *, num_layers: int = 2) -> None:
        super().__init__(channels, num_layers)
        self.offset_head = MaskedConv1d(channels, 2, 3)
        self.scale = nn.ModuleList([_Scale() for _ in range(num_levels)])

    def forward(self, x: Tensor, mask: Tensor, level: int) -> Tensor:
        return self.scale[level](self.offset_head(self.tower(x, mask), mask)).relu().transpose(1, 2)
