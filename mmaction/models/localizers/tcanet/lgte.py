"""Local-global temporal encoder (Qing et al., 2021, https://arxiv.org/abs/2103.13141, sec. 3.2)."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.ffn import FFN


class _SelfAttention(nn.Module):
    """Self-attention with a residual connection, under the keys ``attn.*``."""

    def __init__(self, channels: int, num_heads: int, attn_drop: float, proj_drop: float) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(channels, num_heads, attn_drop, batch_first=True)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        out, _ = self.attn(x, x, x, attn_mask=mask, need_weights=False)
        return x + self.proj_drop(out)


def window_mask(num_heads: int, num_steps: int, window_size: int) -> Tensor:
    """Mask of the steps that attention ignores: the first half of the heads sees a window, the others everything.

    Returns:
        bool (1, num_heads, num_steps, num_steps).
    """
    index = torch.arange(num_steps)
    mask = torch.zeros(1, num_heads, num_steps, num_steps, dtype=torch.bool)
    mask[:, : num_heads // 2] = (index - index[:, None]).abs() > window_size / 2
    return mask


class LGTE(BaseModule):
    """Transformer layer of which half of the heads attend to the neighbourhood and half to the whole video.

    Args:
        input_dim: channels C; a multiple of 8, the number of heads.
        dropout: dropout ratio of the outputs of the attention and the feed-forward network.
        temporal_dim: steps T.
        window_size: width of the neighbourhood in steps.
        init_cfg: config of the initialization.
    """

    mask: Tensor

    def __init__(
        self,
        input_dim: int,
        dropout: float,
        temporal_dim: int = 100,
        window_size: int = 9,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        num_heads = 8
        self.atten = _SelfAttention(input_dim, num_heads, attn_drop=0.1, proj_drop=dropout)
        self.ffn = FFN(input_dim, 256, ffn_drop=dropout)
        self.norm1 = nn.LayerNorm(input_dim, eps=1e-6)
        self.norm2 = nn.LayerNorm(input_dim, eps=1e-6)
        self.register_buffer('mask', window_mask(num_heads, temporal_dim, window_size))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)."""
        mask = self.mask.expand(len(x), -1, -1, -1).flatten(0, 1)  # (B * heads, T, T)
        x = self.norm1(self.atten(x.transpose(1, 2), mask))
        return self.norm2(self.ffn(x)).transpose(1, 2)
