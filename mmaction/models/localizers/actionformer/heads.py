"""The two heads, shared by all levels (Sec. 3.3 of the paper). Legend: B batch, C channels, T steps, K classes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

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
    """Logits of the classes, each on its own: (B, C, T) -> (B, T, K).

    Args:
        channels: C.
        num_classes: K.
        num_layers: convolutions before the last.
        prior: probability that the head starts with; without it the many steps of no class rule the first losses.
    """

    def __init__(self, channels: int, num_classes: int, *, num_layers: int = 2, prior: float = 0.01) -> None:
        super().__init__(channels, num_layers)
        self.cls_head = MaskedConv1d(channels, num_classes, 3)
        nn.init.constant_(self.cls_head.conv.bias, -math.log((1 - prior) / prior))

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
        num_levels: each has a learnt factor of its own.
        num_layers: convolutions before the last.
    """

    def __init__(self, channels: int, num_levels: int, *, num_layers: int = 2) -> None:
        super().__init__(channels, num_layers)
        self.offset_head = MaskedConv1d(channels, 2, 3)
        self.scale = nn.ModuleList([_Scale() for _ in range(num_levels)])

    def forward(self, x: Tensor, mask: Tensor, level: int) -> Tensor:
        return self.scale[level](self.offset_head(self.tower(x, mask), mask)).relu().transpose(1, 2)
