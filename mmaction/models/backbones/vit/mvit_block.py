"""Block of the multiscale vision transformer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from mmaction.models.common.bricks import build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.pooling_attention import Grid, PoolingAttention, pool_tokens

Config = Mapping[str, Any]


class MultiScaleBlock(nn.Module):
    """Pooling attention and an MLP, each with a shortcut that pools and widens like its branch.

    Args:
        in_dims: channels of the input.
        out_dims: channels of the output.
        num_heads: heads of the attention.
        input_size: (T, H, W) that the tables of relative positions are made for.
        stride_q: strides by which the block coarsens the grid.
        dim_mul_in_attention: whether a change of channels takes place in the attention, not in the MLP.
        with_cls_token: whether the first token is a class token.
        **attention: other arguments of :class:`PoolingAttention`.

    The other arguments are those of :class:`MViT`, for one block.

    Shape:
        (B, N, in_dims) and its grid -> (B, N', out_dims) and its grid.
    """

    def __init__(
        self,
        in_dims: int,
        out_dims: int,
        num_heads: int,
        input_size: Sequence[int],
        *,
        mlp_ratio: float = 4.0,
        drop_path: float = 0.0,
        norm_cfg: Config = dict(type='LN'),
        stride_q: Sequence[int] = (1, 1, 1),
        dim_mul_in_attention: bool = True,
        with_cls_token: bool = True,
        **attention: Any,
    ) -> None:
        super().__init__()
        self.with_cls_token = with_cls_token
        self.dim_mul_in_attention = dim_mul_in_attention
        dims = out_dims if dim_mul_in_attention else in_dims
        self.norm1 = build_norm(norm_cfg, in_dims)[1]
        self.attn = PoolingAttention(
            in_dims,
            dims,
            num_heads,
            input_size,
            norm_cfg=norm_cfg,
            stride_q=stride_q,
            with_cls_token=with_cls_token,
            **attention,
        )
        self.drop_path = DropPath(drop_path)
        self.norm2 = build_norm(norm_cfg, dims)[1]
        self.mlp = Mlp(dims, int(dims * mlp_ratio), out_dims)
        self.proj = nn.Linear(in_dims, out_dims) if in_dims != out_dims else None
        self.pool_skip = None
        if any(s > 1 for s in stride_q):
            kernel = tuple(s + 1 if s > 1 else s for s in stride_q)
            self.pool_skip = nn.MaxPool3d(kernel, tuple(stride_q), tuple(k // 2 for k in kernel))
        self.out_size = tuple(n // s for n, s in zip(input_size, stride_q))

    def forward(self, x: Tensor, grid: Sequence[int]) -> tuple[Tensor, Grid]:
        normed = self.norm1(x)
        branch, out_grid = self.attn(normed, grid)
        # The shortcut widens in the same half of the block as its branch, from the normalized tokens.
        skip = self.proj(normed) if self.proj is not None and self.dim_mul_in_attention else x
        if self.pool_skip is not None:
            skip, _ = pool_tokens(skip, grid, self.pool_skip, self.with_cls_token)
        x = skip + self.drop_path(branch)

        normed = self.norm2(x)
        skip = self.proj(normed) if self.proj is not None and not self.dim_mul_in_attention else x
        return skip + self.drop_path(self.mlp(normed)), out_grid
