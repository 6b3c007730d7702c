"""Layers for padded sequences (B, C, T); ``mask`` is bool (B, T), True for real steps and False for padding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.bricks import fill_bias
from mmaction.models.common.drop_path import DropPath


def clear_padding(x: Tensor, mask: Tensor, value: float = 0.0) -> Tensor:
    """Set the padding of (B, C, T) to ``value``."""
    return x.masked_fill(~mask[:, None], value)


class ChannelNorm(nn.Module):
    """Layer norm over the channels of (B, C, T)."""

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(1, channels, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        x = F.layer_norm(x.transpose(1, 2), (channels,), self.weight.view(-1), self.bias.view(-1), self.eps)
        return x.transpose(1, 2)


class MaskedConv1d(nn.Module):
    """Convolution over time that leaves padding at 0: (B, C, T) -> (B, C', T / stride).

    Args:
        in_channels: C.
        out_channels: C'.
        kernel_size: odd number of steps.
        stride: a divisor of T.
        groups: see ``nn.Conv1d``.
        bias: see ``nn.Conv1d``; initialized with 0.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.Conv1d(
            in_channels, out_channels, kernel_size, stride, kernel_size // 2, groups=groups, bias=bias
        )
        fill_bias(self.conv)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return clear_padding(self.conv(x), mask[:, :: self.stride])


class ScaledDropPath(nn.Module):
    """Stochastic depth after a learned factor per channel, initialized close to 0 (CaiT, arXiv:2103.17239)."""

    def __init__(self, channels: int, drop_prob: float, start: float = 1e-4) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1, channels, 1), start))
        self.drop = DropPath(drop_prob)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.scale * x)
