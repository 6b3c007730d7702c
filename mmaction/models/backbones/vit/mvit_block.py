"""Block of the multiscale vision transformer, with the constructors of MMAction2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.bricks import build_act, build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.pooling_attention import Grid, PoolingAttention, decomposed_bias, pool_tokens

Config = Mapping[str, Any]
InitCfg = dict | list[dict] | None


def attention_pool(
    x: Tensor, pool: nn.Module, in_size: Sequence[int], with_cls_token: bool = False, norm: nn.Module | None = None
) -> tuple[Tensor, Grid]:
    """Pool tokens, then normalize them.

    Args:
        x: (B, N, D) or (B, h, N, D).
        pool: 3D pooling or convolution.
        in_size: (T, H, W) of the tokens.
        with_cls_token: whether the first token is a class token, which is not pooled.
        norm: norm of the pooled tokens.

    Returns:
        (B, N', D) or (B, h, N', D), and (T', H', W').
    """
    x, grid = pool_tokens(x, in_size, pool, with_cls_token)
    return (x if norm is None else norm(x)), grid


def add_decomposed_rel_pos(
    attn: Tensor,
    q: Tensor,
    q_shape: Sequence[int],
    k_shape: Sequence[int],
    rel_pos_h: Tensor,
    rel_pos_w: Tensor,
    rel_pos_t: Tensor,
    with_cls_token: bool = False,
) -> Tensor:
    """Add decomposed relative positions to attention logits.

    Args:
        attn: logits (B, h, N, N').
        q: queries (B, h, N, D).
        q_shape: (T, H, W) of the queries.
        k_shape: (T', H', W') of the keys.
        rel_pos_h: table over the offsets along H, (L, D).
        rel_pos_w: along W.
        rel_pos_t: along T.
        with_cls_token: whether the first token is a class token, which has no position.

    Returns:
        (B, h, N, N').
    """
    skip = int(with_cls_token)
    bias = decomposed_bias(q[:, :, skip:], (rel_pos_t, rel_pos_h, rel_pos_w), q_shape, k_shape)
    return attn + F.pad(bias, (skip, 0, skip, 0))


class MLP(Mlp, BaseModule):
    """Linear -> activation -> linear: (*, C) -> (*, C').

    Args:
        in_channels: channels C.
        hidden_channels: channels in between. Default: C.
        out_channels: channels C'. Default: C.
        act_cfg: activation.
        init_cfg: initialization.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        act_cfg: Config = dict(type='GELU'),
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(in_channels, hidden_channels or in_channels, out_channels, act=partial(build_act, act_cfg))
        self.init_cfg = init_cfg


class MultiScaleAttention(PoolingAttention, BaseModule):
    """Attention over pooled tokens: (B, N, in_dims) and its grid -> (B, N', out_dims) and its grid.

    The arguments are those of :class:`PoolingAttention`; ``input_size`` is required for relative positions alone.
    """

    def __init__(
        self,
        in_dims: int,
        out_dims: int,
        num_heads: int,
        qkv_bias: bool = True,
        norm_cfg: Config = dict(type='LN'),
        pool_kernel: Sequence[int] = (3, 3, 3),
        stride_q: Sequence[int] = (1, 1, 1),
        stride_kv: Sequence[int] = (1, 1, 1),
        rel_pos_embed: bool = True,
        residual_pooling: bool = True,
        input_size: Sequence[int] | None = None,
        rel_pos_zero_init: bool = False,
        with_cls_token: bool = True,
        init_cfg: InitCfg = None,
    ) -> None:
        if rel_pos_embed and input_size is None:
            raise ValueError('rel_pos_embed=True needs input_size, the (T, H, W) of the tables; got None.')
        super().__init__(
            in_dims,
            out_dims,
            num_heads,
            input_size or (),
            qkv_bias=qkv_bias,
            norm_cfg=norm_cfg,
            pool_kernel=pool_kernel,
            stride_q=stride_q,
            stride_kv=stride_kv,
            rel_pos_embed=rel_pos_embed,
            residual_pooling=residual_pooling,
            rel_pos_zero_init=rel_pos_zero_init,
            with_cls_token=with_cls_token,
        )
        self.init_cfg = init_cfg
        self.in_dims, self.out_dims = in_dims, out_dims


class MultiScaleBlock(BaseModule):
    """Pooling attention and an MLP, each with a shortcut that pools and widens like its branch.

    Args:
        in_dims: channels of the input.
        out_dims: channels of the output.
        num_heads: heads of the attention.
        act_cfg: activation of the MLP.
        stride_q: strides by which the block coarsens the grid.
        with_cls_token: whether the first token is a class token.
        dim_mul_in_attention: whether a change of channels takes place in the attention, not in the MLP.
        input_size: (T, H, W) that the tables of relative positions are made for.

    The other arguments are those of :class:`MViT`, for one block.

    Shape:
        (B, N, in_dims) and its grid -> (B, N', out_dims) and its grid.
    """

    def __init__(
        self,
        in_dims: int,
        out_dims: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        drop_path: float = 0.0,
        norm_cfg: Config = dict(type='LN'),
        act_cfg: Config = dict(type='GELU'),
        pool_kernel: Sequence[int] = (3, 3, 3),
        stride_q: Sequence[int] = (1, 1, 1),
        stride_kv: Sequence[int] = (1, 1, 1),
        rel_pos_embed: bool = True,
        residual_pooling: bool = True,
        with_cls_token: bool = True,
        dim_mul_in_attention: bool = True,
        input_size: Sequence[int] | None = None,
        rel_pos_zero_init: bool = False,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.in_dims, self.out_dims = in_dims, out_dims
        self.with_cls_token = with_cls_token
        self.dim_mul_in_attention = dim_mul_in_attention
        dims = out_dims if dim_mul_in_attention else in_dims
        self.norm1 = build_norm(norm_cfg, in_dims)[1]
        self.attn = MultiScaleAttention(
            in_dims,
            dims,
            num_heads,
            qkv_bias,
            norm_cfg,
            pool_kernel,
            stride_q,
            stride_kv,
            rel_pos_embed,
            residual_pooling,
            input_size,
            rel_pos_zero_init,
            with_cls_token,
        )
        self.drop_path = DropPath(drop_path)
        self.norm2 = build_norm(norm_cfg, dims)[1]
        self.mlp = MLP(dims, int(dims * mlp_ratio), out_dims, act_cfg)
        self.proj = nn.Linear(in_dims, out_dims) if in_dims != out_dims else None
        self.pool_skip = None
        if any(s > 1 for s in stride_q):
            kernel = tuple(s + 1 if s > 1 else s for s in stride_q)
            self.pool_skip = nn.MaxPool3d(kernel, tuple(stride_q), tuple(k // 2 for k in kernel))
        self.init_out_size: Grid | None = None
        if input_size is not None:
            self.init_out_size = tuple(n // s for n, s in zip(input_size, stride_q))

    def forward(self, x: Tensor, in_size: Sequence[int]) -> tuple[Tensor, Grid]:
        normed = self.norm1(x)
        branch, out_grid = self.attn(normed, in_size)
        # The shortcut widens in the same half of the block as its branch, from the normalized tokens.
        skip = self.proj(normed) if self.proj is not None and self.dim_mul_in_attention else x
        if self.pool_skip is not None:
            skip, _ = pool_tokens(skip, in_size, self.pool_skip, self.with_cls_token)
        x = skip + self.drop_path(branch)

        normed = self.norm2(x)
        skip = self.proj(normed) if self.proj is not None and not self.dim_mul_in_attention else x
        return skip + self.drop_path(self.mlp(normed)), out_grid
