"""Transformer block of the pyramid (Fig. 2 of the paper), with an optional stride in time.

Legend: B batch, C channels, T steps, s stride (1 or 2).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmaction.models.common.bricks import fill_bias
from mmaction.models.localizers.actionformer.layers import ChannelNorm, MaskedConv1d, ScaledDropPath, clear_padding
from mmaction.models.localizers.actionformer.local_attention import local_attention


class ConvAttention(nn.Module):
    """Self-attention with a depthwise convolution, which has the stride, before queries, keys and values.

    Args:
        channels: C.
        num_heads: a divisor of C.
        window: odd number of steps that each step attends to, or -1 for all.
        stride: s.
        dropout: dropout ratio of the attention weights and of the output.
    """

    def __init__(self, channels: int, num_heads: int, window: int, stride: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.window = window
        self.stride = stride
        self.dropout = dropout
        for name in ('query', 'key', 'value'):
            conv = MaskedConv1d(channels, channels, 3, stride=stride, groups=channels, bias=False)
            setattr(self, f'{name}_conv', conv)
            setattr(self, f'{name}_norm', ChannelNorm(channels))
            setattr(self, name, _pointwise(channels, channels))
        self.proj = _pointwise(channels, channels)
        self.proj_drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, C, T), (B, T) -> (B, C, T / s)."""

        def split(name: str) -> Tensor:  # (B, C, T) -> (B, h, T / s, C / h)
            y = getattr(self, f'{name}_norm')(getattr(self, f'{name}_conv')(x, mask))
            return getattr(self, name)(y).unflatten(1, (self.num_heads, -1)).transpose(2, 3)

        kept = mask[:, :: self.stride]
        dropout = self.dropout if self.training else 0.0
        y = local_attention(split('query'), split('key'), split('value'), kept, self.window, dropout)
        y = self.proj_drop(self.proj(y.transpose(2, 3).flatten(1, 2)))
        return clear_padding(y, kept)


class TransformerBlock(nn.Module):
    """Attention and a two-layer network with residuals: (B, C, T) -> (B, C, T / s), with the mask likewise.

    Args:
        channels: see :class:`ConvAttention`.
        num_heads: see there.
        window: see there.
        stride: see there.
        dropout: see there.
        drop_path: probability of dropping a residual branch for a sample.
    """

    def __init__(
        self,
        channels: int,
        num_heads: int,
        window: int,
        stride: int = 1,
        dropout: float = 0.0,
        drop_path: float = 0.1,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.ln1 = ChannelNorm(channels)
        self.attn = ConvAttention(channels, num_heads, window, stride, dropout)
        self.pool_skip = nn.Identity() if stride == 1 else nn.MaxPool1d(stride + 1, stride, (stride + 1) // 2)
        self.ln2 = ChannelNorm(channels)
        self.mlp = nn.Sequential(
            _pointwise(channels, 4 * channels),
            nn.GELU(),
            nn.Dropout(dropout),
            _pointwise(4 * channels, channels),
            nn.Dropout(dropout),
        )
        self.drop_path_attn = ScaledDropPath(channels, drop_path)
        self.drop_path_mlp = ScaledDropPath(channels, drop_path)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        kept = mask[:, :: self.stride]
        y = self.attn(clear_padding(self.ln1(x), mask), mask)
        pooled = self.pool_skip(clear_padding(x, mask, -torch.inf))  # padding never wins the maximum
        x = clear_padding(pooled, kept) + self.drop_path_attn(y)
        return x + self.drop_path_mlp(clear_padding(self.mlp(self.ln2(x)), kept)), kept


def _pointwise(in_channels: int, out_channels: int) -> nn.Conv1d:
    conv = nn.Conv1d(in_channels, out_channels, 1)
    fill_bias(conv)
    return conv
