"""Attention of MViT: over a pooled token grid, with decomposed relative positions.

MViTv2 (Li et al., 2022, sec. 4.1, https://arxiv.org/abs/2112.01526); MViT (Fan et al., 2021, sec. 3.1,
https://arxiv.org/abs/2104.11227). Legend: B batch, h heads, D channels per head, C = h * D, N tokens: an optional class
token, then the grid (T, H, W) row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.attention import check_heads
from mmaction.models.common.bricks import build_norm
from mmaction.models.common.conv2plus1d import triple

Grid = tuple[int, ...]


def pool_tokens(
    x: Tensor, grid: Sequence[int], pool: Callable[[Tensor], Tensor], has_class_token: bool
) -> tuple[Tensor, Grid]:
    """Apply a 3D pooling or convolution to tokens, except for a class token.

    Args:
        x: (..., N, D).
        grid: (T, H, W) of the tokens.
        pool: (*, D, T, H, W) -> (*, D, T', H', W').
        has_class_token: whether the first token is a class token.

    Returns:
        (..., N', D) and (T', H', W').
    """
    *lead, _, dim = x.shape
    token = x[..., :1, :]
    if has_class_token:
        x = x[..., 1:, :]
    x = x.reshape(-1, *grid, dim).permute(0, 4, 1, 2, 3)  # (..., THW, D) -> (*, D, T, H, W), channels last in memory
    x = pool(x)
    pooled_grid = tuple(x.shape[2:])
    x = x.flatten(2).transpose(1, 2).reshape(*lead, -1, dim)
    if has_class_token:
        x = torch.cat([token, x], dim=-2)
    return x, pooled_grid


def resize_table(table: Tensor, length: int) -> Tensor:
    """Interpolate a table over relative offsets linearly: (L, D) -> (length, D)."""
    if len(table) == length:
        return table
    return F.interpolate(table.float().t()[None], size=length, mode='linear')[0].t().to(table.dtype)


def relative_positions(table: Tensor, queries: int, keys: int) -> Tensor:
    """Embedding of the offset of each pair along one axis: (L, D) -> (queries, keys, D).

    The coarser of the two sides is stretched to the finer one, so that offsets are in steps of the finer grid.
    """
    table = resize_table(table, 2 * max(queries, keys) - 1)
    q_step = max(keys / queries, 1.0)
    k_step = max(queries / keys, 1.0)
    places = torch.arange(max(queries, keys), device=table.device)
    offset = places[:queries, None] * q_step - places[None, :keys] * k_step + (keys - 1) * k_step
    return table[offset.long()]


def decomposed_bias(q: Tensor, tables: Sequence[Tensor], q_grid: Sequence[int], k_grid: Sequence[int]) -> Tensor:
    """Dot products of the queries with the embeddings of their offsets to the keys, summed over the axes.

    Args:
        q: (B, h, T*H*W, D), without a class token.
        tables: over the offsets along t, h and w, each (L, D).
        q_grid: (T, H, W) of the queries.
        k_grid: (T', H', W') of the keys.

    Returns:
        (B, h, T*H*W, T'*H'*W').
    """
    q = q.unflatten(2, tuple(q_grid))  # (B, h, T, H, W, D)
    rel_t, rel_h, rel_w = (relative_positions(table.to(q.dtype), n, m) for table, n, m in zip(tables, q_grid, k_grid))
    # One product per axis instead of one over all pairs: memory grows with the sum of the sides, not their product.
    bias = (
        torch.einsum('bnthwd,tkd->bnthwk', q, rel_t)[..., :, None, None]
        + torch.einsum('bnthwd,hkd->bnthwk', q, rel_h)[..., None, :, None]
        + torch.einsum('bnthwd,wkd->bnthwk', q, rel_w)[..., None, None, :]
    )
    return bias.flatten(5).flatten(2, 4)


class PoolingAttention(BaseModule):
    """Multi-head attention whose queries, keys and values are pooled first.

    Args:
        in_dims: channels of the input.
        out_dims: channels C of the output; a multiple of ``num_heads``.
        num_heads: heads h.
        input_size: (T, H, W) of the tables of relative positions, which are interpolated for other sizes.
        qkv_bias: whether the projection to queries, keys and values has a bias.
        norm_cfg: config of the norms after the poolings.
        pool_kernel: sides of the pooling kernels.
        stride_q: strides of the pooling of the queries.
        stride_kv: strides of the pooling of the keys and values.
        rel_pos_embed: whether to add decomposed relative positions.
        residual_pooling: whether to add the pooled queries to the output.
        rel_pos_zero_init: whether the tables start at zero.
        with_cls_token: whether the first token is a class token, which is not pooled and has no position.

    Shape:
        (B, N, in_dims) and its grid -> (B, N', out_dims) and its grid.
    """

    pool_q: nn.Conv3d
    pool_k: nn.Conv3d
    pool_v: nn.Conv3d
    norm_q: nn.Module
    norm_k: nn.Module
    norm_v: nn.Module
    rel_pos_t: nn.Parameter
    rel_pos_h: nn.Parameter
    rel_pos_w: nn.Parameter

    def __init__(
        self,
        in_dims: int,
        out_dims: int,
        num_heads: int,
        input_size: Sequence[int],
        *,
        qkv_bias: bool = True,
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        pool_kernel: Sequence[int] = (3, 3, 3),
        stride_q: Sequence[int] = (1, 1, 1),
        stride_kv: Sequence[int] = (1, 1, 1),
        rel_pos_embed: bool = True,
        residual_pooling: bool = True,
        rel_pos_zero_init: bool = False,
        with_cls_token: bool = True,
    ) -> None:
        super().__init__()
        check_heads(out_dims, num_heads, 'out_dims')
        self.num_heads = num_heads
        self.with_cls_token = with_cls_token
        self.rel_pos_embed = rel_pos_embed
        self.residual_pooling = residual_pooling
        dim = out_dims // num_heads
        self.qkv = nn.Linear(in_dims, 3 * out_dims, bias=qkv_bias)
        self.proj = nn.Linear(out_dims, out_dims)
        kernel = triple(pool_kernel)
        padding = triple([side // 2 for side in kernel])
        for name, stride in (('q', stride_q), ('k', stride_kv), ('v', stride_kv)):
            pool = nn.Conv3d(dim, dim, kernel, triple(stride), padding, groups=dim, bias=False)
            self.add_module(f'pool_{name}', pool)
            self.add_module(f'norm_{name}', build_norm(norm_cfg, dim)[1])
        if rel_pos_embed:
            for name, axis in (('h', 1), ('w', 2), ('t', 0)):
                side = max(input_size[axis] // stride_q[axis], input_size[axis] // stride_kv[axis])
                table = nn.Parameter(torch.zeros(2 * side - 1, dim))
                if not rel_pos_zero_init:
                    nn.init.trunc_normal_(table, std=0.02)
                self.register_parameter(f'rel_pos_{name}', table)

    def _bias(self, q: Tensor, q_grid: Grid, k_grid: Grid) -> Tensor | None:
        if not self.rel_pos_embed:
            return None
        skip = int(self.with_cls_token)
        bias = decomposed_bias(q[:, :, skip:], (self.rel_pos_t, self.rel_pos_h, self.rel_pos_w), q_grid, k_grid)
        return F.pad(bias, (skip, 0, skip, 0)) if skip else bias

    def forward(self, x: Tensor, grid: Sequence[int]) -> tuple[Tensor, Grid]:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, h, N, D)
        q, q_grid = pool_tokens(q, grid, self.pool_q, self.with_cls_token)
        k, k_grid = pool_tokens(k, grid, self.pool_k, self.with_cls_token)
        v, _ = pool_tokens(v, grid, self.pool_v, self.with_cls_token)
        q = self.norm_q(q)
        k = self.norm_k(k)
        v = self.norm_v(v)

        bias = self._bias(q, q_grid, k_grid)
        if bias is not None:  # autocast runs norms in float32 and matrix products in half precision
            bias = bias.to(q.dtype)
        x = F.scaled_dot_product_attention(q, k, v.to(q.dtype), attn_mask=bias)
        if self.residual_pooling:
            if self.with_cls_token:  # the class token has no residual
                q = F.pad(q[:, :, 1:], (0, 0, 1, 0))
            x = x + q
        return self.proj(x.transpose(1, 2).flatten(2)), q_grid  # (B, h, N', D) -> (B, N', C)
