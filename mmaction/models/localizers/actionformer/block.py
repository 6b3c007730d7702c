"""The transformer block of the pyramid (Fig. 2 of the paper), which may halve the time.

Legend: B batch, C channels, T steps, s stride (1 or 2).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmaction.models.localizers.actionformer.layers import ChannelNorm, MaskedConv1d, ScaledDropPath, clear_padding
from mmaction.models.localizers.actionformer.local_attention import local_attention


class ConvAttention(nn.Module):
    """Self-attention whose queries, keys and values pass a depthwise convolution first, which also takes the stride.

    Args:
        channels: C.
        num_heads: divides C.
        window: odd number of steps that a step attends to, or -1 for all.
        stride: s.
        dropout: of attention weights and result.
    """

    def __init__(self, channels: int, num_heads: int, window: int, stride: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_heads, self.window, self.stride, self.dropout = num_heads, window, stride, dropout
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
    """Attention and a two-layer network with residuals: (B, C, T) -> (B, C, T / s), and the mask alike.

    Args:
        channels, num_heads, window, stride, dropout: see :class:`ConvAttention`.
        drop_path: probability that a residual branch is left out for a sample.
    """

    def __init__(
        self,
        channels: int,
        num_heads: int,
        window: int,
        *,
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
        pooled = self.pool_skip(clear_padding(x, mask, -torch.inf))  # the largest of the real steps
        x = clear_padding(pooled, kept) + self.drop_path_attn(y)
        return x + self.drop_path_mlp(clear_padding(self.mlp(self.ln2(x)), kept)), kept


def _pointwise(in_channels: int, out_channels: int) -> nn.Conv1d:
    conv = nn.Conv1d(in_channels, out_channels, 1)
    nn.init.zeros_(conv.bias)
    return conv
