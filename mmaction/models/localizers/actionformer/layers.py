"""Layers on sequences (B, C, T) of which some steps are padding; ``mask`` is bool (B, T), True for real steps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def clear_padding(x: Tensor, mask: Tensor, value: float = 0.0) -> Tensor:
    """(B, C, T) with ``value`` where there is padding."""
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
    """Convolution over time whose result is 0 where there is padding: (B, C, T) -> (B, C', T / stride).

    Args:
        in_channels, out_channels: C, C'.
        kernel_size: odd number of steps.
        stride: 1, or the step between results, which divides T.
        groups: as in ``nn.Conv1d``.
        bias: as in ``nn.Conv1d``; starts at 0.
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
        if bias:
            nn.init.zeros_(self.conv.bias)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return clear_padding(self.conv(x), mask[:, :: self.stride])


class ScaledDropPath(nn.Module):
    """Stochastic depth behind a learnt factor a channel, which starts close to 0 (CaiT, arXiv:2103.17239)."""

    def __init__(self, channels: int, drop_prob: float, start: float = 1e-4) -> None:
        from mmaction.models.common.drop_path import DropPath

        super().__init__()
        self.scale = nn.Parameter(torch.full((1, channels, 1), start))
        self.drop = DropPath(drop_prob)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.scale * x)
