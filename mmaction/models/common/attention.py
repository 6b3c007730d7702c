"""Multi-head attention over all tokens (Vaswani et al., 2017, sec. 3.2, https://arxiv.org/abs/1706.03762).

Legend: B batch, N tokens, M tokens that are attended to, C channels, h heads.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    num_heads: int,
    *,
    dropout: float = 0.0,
    scale: float | None = None,
    causal: bool = False,
) -> Tensor:
    """Softmax attention with the channels divided among the heads.

    Args:
        q: queries (B, N, C).
        k: keys (B, M, C).
        v: values (B, M, C).
        num_heads: heads h.
        dropout: dropout ratio of the attention weights.
        scale: factor of the logits; None: (C/h) ** -0.5.
        causal: attend to the same and earlier tokens only.

    Returns:
        (B, N, C).
    """
    q, k, v = (x.unflatten(-1, (num_heads, -1)).transpose(1, 2) for x in (q, k, v))  # (B, h, N, C/h)
    x = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=causal, scale=scale)
    return x.transpose(1, 2).flatten(2)


def check_heads(dim: int, num_heads: int, name: str = 'dim') -> None:
    """Raise ValueError unless the channels divide among the heads."""
    if dim % num_heads:
        raise ValueError(f'{name} ({dim}) must be a multiple of num_heads ({num_heads}).')


class Attention(nn.Module):
    """Self-attention under the keys ``qkv`` and ``proj``: (B, N, C) -> (B, N, C).

    Args:
        dim: channels C.
        num_heads: heads h; a divisor of ``dim``.
        qkv_bias: whether the projection to queries, keys and values has a bias.
        scale: factor of the logits; None: (C/h) ** -0.5.
        attn_drop: dropout of the attention weights.
        proj_drop: dropout of the output.
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        *,
        qkv_bias: bool = True,
        scale: float | None = None,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
    ) -> None:
        super().__init__()
        check_heads(dim, num_heads)
        self.num_heads = num_heads
        self.scale = scale
        self.attn_drop = attn_drop
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(proj_drop)

    def _qkv(self, x: Tensor) -> Tensor:
        """Queries, keys and values: (B, N, C) -> (B, N, 3C)."""
        return self.qkv(x)

    def forward(self, x: Tensor) -> Tensor:
        dropout = self.attn_drop if self.training else 0.0
        q, k, v = self._qkv(x).chunk(3, dim=-1)
        x = attend(q, k, v, self.num_heads, dropout=dropout, scale=self.scale)
        return self.proj_drop(self.proj(x))


class PackedAttention(nn.Module):
    """Self- or cross-attention under the keys of ``torch.nn.MultiheadAttention``, batch first.

    Args:
        dim: channels C.
        num_heads: heads h; a divisor of ``dim``.
        attn_drop: dropout of the attention weights.
        causal: attend to the same and earlier tokens only.

    Shape:
        queries (B, N, C) and, for cross-attention, the tokens to attend to (B, M, C) -> (B, N, C).
    """

    def __init__(self, dim: int, num_heads: int, *, attn_drop: float = 0.0, causal: bool = False) -> None:
        super().__init__()
        check_heads(dim, num_heads)
        self.num_heads = num_heads
        self.attn_drop = attn_drop
        self.causal = causal
        self.in_proj_weight = nn.Parameter(torch.empty(3 * dim, dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dim))
        self.out_proj = nn.Linear(dim, dim)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor, others: Tensor | None = None) -> Tensor:
        if others is None:
            q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        else:
            dim = x.shape[-1]
            q_weight, kv_weight = self.in_proj_weight.split([dim, 2 * dim])
            q_bias, kv_bias = self.in_proj_bias.split([dim, 2 * dim])
            q = F.linear(x, q_weight, q_bias)
            k, v = F.linear(others, kv_weight, kv_bias).chunk(2, dim=-1)
        dropout = self.attn_drop if self.training else 0.0
        return self.out_proj(attend(q, k, v, self.num_heads, dropout=dropout, causal=self.causal))
