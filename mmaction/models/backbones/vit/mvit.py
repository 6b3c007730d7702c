"""MViTv2 (Li et al., 2022, https://arxiv.org/abs/2112.01526)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.bricks import build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.patch_embed import PatchEmbed
from mmaction.models.common.pooling_attention import Grid, PoolingAttention, pool_tokens, resize_table
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.tables.mvit import PYSLOWFAST, TORCHVISION

Config = Mapping[str, Any]

ARCHS: dict[str, dict[str, Any]] = {
    'tiny': dict(embed_dims=96, num_layers=10, num_heads=1, downscale_indices=(1, 3, 8)),
    'small': dict(embed_dims=96, num_layers=16, num_heads=1, downscale_indices=(1, 3, 14)),
    'base': dict(embed_dims=96, num_layers=24, num_heads=1, downscale_indices=(2, 5, 21)),
    'large': dict(embed_dims=144, num_layers=48, num_heads=2, downscale_indices=(2, 8, 44)),
}


def resize_positions(table: Tensor, grid: Sequence[int], to: Sequence[int], extra: int, mode: str) -> Tensor:
    """Absolute positions for another grid: (1, extra + T*H*W, C) -> (1, extra + T'*H'*W', C).

    Args:
        table: positions, those of ``extra`` tokens that are none of the grid first.
        grid: (T, H, W) of the table.
        to: (T', H', W').
        extra: how many to keep as they are.
        mode: of ``torch.nn.functional.interpolate``.
    """
    if tuple(grid) == tuple(to):
        return table
    kept, table = table[:, :extra], table[:, extra:]
    volume = table.unflatten(1, tuple(grid)).permute(0, 4, 1, 2, 3).float()
    volume = F.interpolate(volume, size=tuple(to), mode=mode, align_corners=False if mode == 'trilinear' else None)
    return torch.cat([kept, volume.flatten(2).transpose(1, 2).to(table.dtype)], dim=1)


class MultiScaleBlock(nn.Module):
    """Pooling attention and an MLP, each with a residual, which pools and widens where the block does.

    Args:
        in_dims: channels of the input.
        out_dims: channels of the output.
        num_heads: heads of the attention.
        input_size: (T, H, W) for which the tables of relative positions are made.
        mlp_ratio: hidden channels of the MLP, as a multiple of its input's.
        drop_path: probability of leaving a branch out.
        norm_cfg: config of the norms.
        stride_q: strides by which the block makes the grid coarser.
        dim_mul_in_attention: whether a change of channels takes place in the attention, not in the MLP.
        with_cls_token: whether the first token is a class token.
        **attention: other arguments of :class:`PoolingAttention`.

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
        skip = self.proj(normed) if self.proj is not None and self.dim_mul_in_attention else x
        if self.pool_skip is not None:
            skip, _ = pool_tokens(skip, grid, self.pool_skip, self.with_cls_token)
        x = skip + self.drop_path(branch)

        normed = self.norm2(x)
        skip = self.proj(normed) if self.proj is not None and not self.dim_mul_in_attention else x
        return skip + self.drop_path(self.mlp(normed)), out_grid


def _check_arch(arch: str | Config) -> Config:
    if isinstance(arch, str):
        if arch.lower() not in ARCHS:
            raise ValueError(f'arch ({arch}) is unknown. Choose one of {", ".join(ARCHS)}, or give a dict.')
        return ARCHS[arch.lower()]
    if lacking := sorted(set(ARCHS['tiny']) - set(arch)):
        raise ValueError(f'arch {dict(arch)} lacks {", ".join(lacking)}.')
    return arch


# entries that no backbone has, by what the weights were trained for
IGNORED: dict[str | None, str] = {
    None: r'^cls_head\.',
    'maskfeat': r'^cls_head\.|^mask_token$|^(?:neck|head|target_generator|data_preprocessor)\.',
}


@MODELS.register_module()
class MViT(Pretrained):
    """Multiscale vision transformer, version 2: from scale to scale fewer tokens of more channels.

    Args:
        arch: 'tiny', 'small', 'base' or 'large', or a dict with ``embed_dims``, ``num_layers``, ``num_heads`` and
            ``downscale_indices`` (the blocks that halve height and width).
        spatial_size: side of the clips, pixels, that the tables of positions are made for; clips of another size are
            taken too, with interpolated tables.
        temporal_size: frames, likewise.
        in_channels: channels of the clips.
        pretrained: path or address of weights that :meth:`init_weights` loads: of this net, of torchvision's
            ``mvit_v2_s`` or of PySlowFast.
        pretrained_type: 'maskfeat' where these come from masked pre-training (https://arxiv.org/abs/2112.09133): its
            mask token and its prediction head are left out.
        out_scales: which scales to put out: -1 is the last.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0.
        use_abs_pos_embed: whether to add absolute positions.
        interpolate_mode: how these are interpolated.
        pool_kernel: sides of the pooling kernels.
        dim_mul: factor of the channels from scale to scale.
        head_mul: factor of the heads.
        adaptive_kv_stride: strides of keys and values at the first scale; they halve from scale to scale.
        rel_pos_embed: whether the attention has relative positions.
        residual_pooling: whether the pooled queries are added to the output of the attention.
        dim_mul_in_attention: whether channels grow in the attention of a scale's first block, not in the MLP of the
            block before it.
        with_cls_token: whether there is a class token.
        output_cls_token: whether an output is a list of the feature map and the class token.
        rel_pos_zero_init: whether the tables of relative positions start at zero.
        mlp_ratio: hidden channels of an MLP, as a multiple of its input's.
        qkv_bias: whether the projections to queries, keys and values have a bias.
        norm_cfg: config of the norms.
        patch_cfg: kernel, stride and padding of the patch embedding.
        init_cfg: config of the initialisation.

    Shape:
        (B, in_channels, T, H, W) -> a tuple with, for each of ``out_scales``, (B, C, T', H', W') or a list of this and
        the class token (B, C), where T' = T/2 and H' = H/4 at the first scale and H/32 at the last.
    """

    tables = (TORCHVISION, PYSLOWFAST)

    def __init__(
        self,
        arch: str | Config = 'base',
        spatial_size: int = 224,
        temporal_size: int = 16,
        in_channels: int = 3,
        pretrained: str | None = None,
        pretrained_type: Literal['maskfeat'] | None = None,
        out_scales: int | Sequence[int] = -1,
        drop_path_rate: float = 0.0,
        use_abs_pos_embed: bool = False,
        interpolate_mode: str = 'trilinear',
        pool_kernel: Sequence[int] = (3, 3, 3),
        dim_mul: int = 2,
        head_mul: int = 2,
        adaptive_kv_stride: Sequence[int] = (1, 8, 8),
        rel_pos_embed: bool = True,
        residual_pooling: bool = True,
        dim_mul_in_attention: bool = True,
        with_cls_token: bool = True,
        output_cls_token: bool = True,
        rel_pos_zero_init: bool = False,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        norm_cfg: Config = dict(type='LN', eps=1e-6),
        patch_cfg: Config = dict(kernel_size=(3, 7, 7), stride=(2, 4, 4), padding=(1, 3, 3)),
        init_cfg: Config | list[Config] | None = [
            dict(type='TruncNormal', layer=['Conv2d', 'Conv3d'], std=0.02),
            dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.02),
            dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.02),
        ],
    ) -> None:
        super().__init__(pretrained, init_cfg)
        if pretrained_type not in (None, 'maskfeat'):
            raise ValueError(f"pretrained_type ({pretrained_type!r}) must be 'maskfeat' or None.")
        if output_cls_token and not with_cls_token:
            raise ValueError('output_cls_token=True needs with_cls_token=True: without it there is no class token.')
        self.arch_settings = dict(_check_arch(arch))
        self.pretrained_type = pretrained_type
        self.ignore = IGNORED[pretrained_type]
        self.with_cls_token, self.output_cls_token = with_cls_token, output_cls_token
        self.use_abs_pos_embed, self.interpolate_mode = use_abs_pos_embed, interpolate_mode

        dims, depth = self.arch_settings['embed_dims'], self.arch_settings['num_layers']
        heads, downscale = self.arch_settings['num_heads'], tuple(self.arch_settings['downscale_indices'])
        self.embed_dims, self.num_layers, self.downscale_indices = dims, depth, downscale
        self.out_scales = self._check_out_scales(out_scales)

        self.patch_embed = PatchEmbed(in_channels, dims, conv_cfg=dict(type='Conv3d'), **patch_cfg)
        conv = self.patch_embed.projection
        sides = (temporal_size, spatial_size, spatial_size)
        self.patch_resolution = grid = tuple(
            (n + 2 * p - k) // s + 1 for n, p, k, s in zip(sides, conv.padding, conv.kernel_size, conv.stride)
        )
        if with_cls_token:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, dims))
            nn.init.trunc_normal_(self.cls_token, std=0.02)
        if use_abs_pos_embed:
            self.pos_embed = nn.Parameter(torch.zeros(1, int(with_cls_token) + int(np.prod(grid)), dims))
            nn.init.trunc_normal_(self.pos_embed, std=0.02)

        self.blocks = nn.ModuleList()
        stride_kv = tuple(adaptive_kv_stride)
        for i, drop_path in enumerate(np.linspace(0, drop_path_rate, depth).tolist()):
            coarser = i in downscale
            if coarser:
                heads *= head_mul
                stride_kv = tuple(max(s // 2, 1) for s in stride_kv)
            wider = coarser if dim_mul_in_attention else i + 1 in downscale
            block = MultiScaleBlock(
                dims,
                dims * dim_mul if wider else dims,
                heads,
                grid,
                mlp_ratio=mlp_ratio,
                drop_path=drop_path,
                norm_cfg=norm_cfg,
                stride_q=(1, 2, 2) if coarser else (1, 1, 1),
                dim_mul_in_attention=dim_mul_in_attention,
                with_cls_token=with_cls_token,
                qkv_bias=qkv_bias,
                pool_kernel=pool_kernel,
                stride_kv=stride_kv,
                rel_pos_embed=rel_pos_embed,
                residual_pooling=residual_pooling,
                rel_pos_zero_init=rel_pos_zero_init,
            )
            self.blocks.append(block)
            grid, dims = block.out_size, dims * dim_mul if wider else dims
            scale = self.stage_indices.get(i)
            if scale in self.out_scales:
                self.add_module(f'norm{scale}', build_norm(norm_cfg, dims)[1])

    def _check_out_scales(self, out_scales: int | Sequence[int]) -> tuple[int, ...]:
        ends = [i - 1 for i in self.downscale_indices] + [self.num_layers - 1]
        self.num_scales = len(ends)
        self.stage_indices = {end: scale for scale, end in enumerate(ends)}  # last block of a scale -> the scale
        scales = (out_scales,) if isinstance(out_scales, int) else tuple(out_scales)
        for scale in scales:
            if not -self.num_scales <= scale < self.num_scales:
                raise ValueError(
                    f'out_scales ({out_scales}) must be in -{self.num_scales}..{self.num_scales - 1}: '
                    f'there are {self.num_scales} scales.'
                )
        return tuple(sorted(scale % self.num_scales for scale in scales))

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize a table of relative positions, and bring the class token into its shape."""
        if '.rel_pos_' in name and weight.dim() == 2 and weight.shape[1:] == tuple(shape)[1:]:
            return resize_table(weight, shape[0])
        if name == 'cls_token' and weight.numel() == shape[-1]:
            return weight.reshape(shape)
        return weight

    def forward(self, x: Tensor) -> tuple[Tensor | list[Tensor], ...]:
        x, grid = self.patch_embed(x)  # (B, C, T, H, W) -> (B, N, C)
        if self.with_cls_token:
            x = torch.cat([self.cls_token.expand(len(x), -1, -1).to(x.dtype), x], dim=1)
        if self.use_abs_pos_embed:
            extra = int(self.with_cls_token)
            x = x + resize_positions(self.pos_embed, self.patch_resolution, grid, extra, self.interpolate_mode)

        outs = []
        for i, block in enumerate(self.blocks):
            x, grid = block(x, grid)
            scale = self.stage_indices.get(i)
            if scale in self.out_scales:
                outs.append(self._output(getattr(self, f'norm{scale}')(x), grid))
        return tuple(outs)

    def _output(self, tokens: Tensor, grid: Grid) -> Tensor | list[Tensor]:
        """(B, N, C) -> (B, C, T, H, W), and the class token (B, C) where it is asked for."""
        patches = tokens[:, int(self.with_cls_token) :].transpose(1, 2).unflatten(2, grid)
        return [patches, tokens[:, 0]] if self.output_cls_token else patches
