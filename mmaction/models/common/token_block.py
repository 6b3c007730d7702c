"""Transformer block with the options of video encoders: rotary positions, norms of queries and keys, LayerScale.

Legend: B batch, N tokens, C channels, h heads, D = C / h.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.common.attention import Attention, attend
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp

Rotation = tuple[Tensor, Tensor]
Norm = Callable[[int], nn.Module]


def rotation_of_grid(grid: tuple[int, ...], head_dim: int, device: torch.device | None = None) -> Rotation:
    """Cosines and sines, each (N, D), that encode the place of tokens on a grid (T', H', W') in queries and keys.

    Each axis rotates a third of the channels of a head, rounded down to an even number; the rest stays as it is. As in
    V-JEPA 2, channel j of n of a part has the frequency ``10000 ** (-2 (j mod n/2) / n)``, while neighbours 2i and
    2i + 1 form a pair: so the two of a pair turn by different angles, and weights depend on that.

    Raises:
        ValueError: ``head_dim`` is odd or below 6.
    """
    if head_dim % 2 or head_dim < 6:
        raise ValueError(f'Rotary positions need an even number of channels per head, at least 6, got {head_dim}.')
    half = head_dim // 3 // 2
    frequencies = 10000.0 ** (-torch.arange(half, device=device) / half)
    axes = [torch.arange(length, device=device) for length in grid]
    places = torch.stack(torch.meshgrid(*axes, indexing='ij'), dim=-1).flatten(0, -2)  # (N, 3)
    angles = places[..., None] * frequencies.repeat(2)  # (N, 3, 2 * half)
    angles = nn.functional.pad(angles.flatten(1), (0, head_dim - 6 * half))
    return angles.cos(), angles.sin()


def rotate(x: Tensor, rotation: Rotation) -> Tensor:
    """Queries or keys turned by the angles of their places: (B, N, h, D) -> (B, N, h, D)."""
    cos, sin = (table.to(x.dtype)[:, None] for table in rotation)
    turned = torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
    return x * cos + turned * sin


class TokenAttention(Attention):
    """:class:`Attention` with optional norms of the queries and keys and optional rotary positions.

    Args:
        dim: channels C.
        num_heads: heads h.
        qk_norm: makes the norms ``q_norm`` and ``k_norm``, over all heads; None: none.
        **keywords: further keywords of :class:`Attention`.
    """

    def __init__(self, dim: int, num_heads: int, *, qk_norm: Norm | None = None, **keywords: Any) -> None:
        super().__init__(dim, num_heads, **keywords)
        self.q_norm = nn.Identity() if qk_norm is None else qk_norm(dim)
        self.k_norm = nn.Identity() if qk_norm is None else qk_norm(dim)

    def forward(self, x: Tensor, rotation: Rotation | None = None) -> Tensor:
        q, k, v = self._qkv(x).chunk(3, dim=-1)
        q, k = self.q_norm(q), self.k_norm(k)
        if rotation is not None:
            q, k = (rotate(part.unflatten(-1, (self.num_heads, -1)), rotation).flatten(2) for part in (q, k))
        dropout = self.attn_drop if self.training else 0.0
        return self.proj_drop(self.proj(attend(q, k, v, self.num_heads, dropout=dropout, scale=self.scale)))


class RMSNorm(nn.RMSNorm):
    """Root mean square norm in the precision of its input: under autocast, torch has no fast one for mixed types."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)


class LayerScale(nn.Module):
    """A learned factor per channel at the end of a branch (Touvron et al., 2021, https://arxiv.org/abs/2103.17239)."""

    def __init__(self, dim: int, value: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), value))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class TokenBlock(nn.Module):
    """Attention and an MLP, each after a norm and with a shortcut, under the keys of timm's ViT.

    Args:
        dim: channels C.
        num_heads: heads h.
        mlp_ratio: hidden channels of the MLP, as a multiple of C.
        qkv_bias: whether queries, keys and values have biases.
        norm: makes a norm of C channels.
        qk_norm: makes the norms of queries and keys; None: none.
        init_values: initial factor of each branch; None: no factors.
        drop_path: stochastic depth.

    Shape:
        (B, N, C) -> (B, N, C).
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        *,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        norm: Norm = partial(nn.LayerNorm, eps=1e-6),
        qk_norm: Norm | None = None,
        init_values: float | None = None,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.norm1 = norm(dim)
        self.attn = TokenAttention(dim, num_heads, qkv_bias=qkv_bias, qk_norm=qk_norm)
        self.ls1 = nn.Identity() if init_values is None else LayerScale(dim, init_values)
        self.norm2 = norm(dim)
        self.mlp = Mlp(dim, int(dim * mlp_ratio))
        self.ls2 = nn.Identity() if init_values is None else LayerScale(dim, init_values)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor, rotation: Rotation | None = None) -> Tensor:
        x = x + self.drop_path(self.ls1(self.attn(self.norm1(x), rotation)))
        return x + self.drop_path(self.ls2(self.mlp(self.norm2(x))))
