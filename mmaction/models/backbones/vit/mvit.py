"""MViTv2 (Li et al., 2022, https://arxiv.org/abs/2112.01526)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.backbones.vit.mvit_block import (
    MLP,
    MultiScaleAttention,
    MultiScaleBlock,
    add_decomposed_rel_pos,
    attention_pool,
)
from mmaction.models.common.bricks import build_norm
from mmaction.models.common.patch_embed3d import PatchEmbed3D
from mmaction.models.common.pooling_attention import Grid, relative_positions, resize_table
from mmaction.models.common.recompute import run_block
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.weights import Pretrained
from mmaction.weights.tables.mvit import PYSLOWFAST, TORCHVISION

__all__ = [
    'ARCHS',
    'IGNORED',
    'MLP',
    'MViT',
    'MultiScaleAttention',
    'MultiScaleBlock',
    'add_decomposed_rel_pos',
    'attention_pool',
    'resize_decomposed_rel_pos',
    'resize_pos_embed',
    'resize_positions',
]

Config = Mapping[str, Any]

ARCHS: dict[str, dict[str, Any]] = {
    'tiny': dict(embed_dims=96, num_layers=10, num_heads=1, downscale_indices=[1, 3, 8]),
    'small': dict(embed_dims=96, num_layers=16, num_heads=1, downscale_indices=[1, 3, 14]),
    'base': dict(embed_dims=96, num_layers=24, num_heads=1, downscale_indices=[2, 5, 21]),
    'large': dict(embed_dims=144, num_layers=48, num_heads=2, downscale_indices=[2, 8, 44]),
}


def resize_positions(table: Tensor, grid: Sequence[int], to: Sequence[int], extra: int, mode: str) -> Tensor:
    """Resize absolute positions to another grid: (1, extra + T*H*W, C) -> (1, extra + T'*H'*W', C).

    Args:
        table: positions; those of ``extra`` tokens outside the grid come first.
        grid: (T, H, W) of the table.
        to: (T', H', W').
        extra: number of positions to keep as they are.
        mode: of ``torch.nn.functional.interpolate``.
    """
    if tuple(grid) == tuple(to):
        return table
    kept, table = table[:, :extra], table[:, extra:]
    volume = table.unflatten(1, tuple(grid)).permute(0, 4, 1, 2, 3).float()
    volume = F.interpolate(volume, size=tuple(to), mode=mode, align_corners=False if mode == 'trilinear' else None)
    return torch.cat([kept, volume.flatten(2).transpose(1, 2).to(table.dtype)], dim=1)


def resize_pos_embed(
    pos_embed: Tensor,
    src_shape: Sequence[int],
    dst_shape: Sequence[int],
    mode: str = 'trilinear',
    num_extra_tokens: int = 1,
) -> Tensor:
    """Resize absolute positions to another grid, see :func:`resize_positions`."""
    return resize_positions(pos_embed, src_shape, dst_shape, num_extra_tokens, mode)


def resize_decomposed_rel_pos(rel_pos: Tensor, q_size: int, k_size: int) -> Tensor:
    """Embedding of the offset of each pair along one axis: (L, D) -> (q_size, k_size, D)."""
    return relative_positions(rel_pos, q_size, k_size)


def _check_arch(arch: str | Config, zoo: Mapping[str, Config]) -> Config:
    if isinstance(arch, str):
        if arch.lower() not in zoo:
            raise ValueError(f'arch ({arch}) must be one of {", ".join(zoo)}, or a dict.')
        return zoo[arch.lower()]
    if lacking := sorted(set(ARCHS['tiny']) - set(arch)):
        raise ValueError(f'arch {dict(arch)} must also have {", ".join(lacking)}.')
    return arch


# entries of a checkpoint that are left over, by the task it was trained for
IGNORED: dict[str | None, str] = {
    None: r'^cls_head\.',
    'maskfeat': r'^cls_head\.|^mask_token$|^(?:neck|head|target_generator|data_preprocessor)\.',
}


@MODELS.register_module()
class MViT(Pretrained):
    """Multiscale vision transformer, version 2: each scale has fewer tokens of more channels.

    Args:
        arch: 'tiny', 'small', 'base' or 'large', or a dict with ``embed_dims``, ``num_layers``, ``num_heads`` and
            ``downscale_indices`` (the blocks that halve height and width).
        spatial_size: side in pixels of the clips that the tables of positions are made for; they are interpolated for
            clips of another size.
        temporal_size: frames, likewise.
        in_channels: channels of the clips.
        pretrained: path or URL of weights that :meth:`init_weights` loads: of this network, of torchvision's
            ``mvit_v2_s`` or of PySlowFast.
        pretrained_type: 'maskfeat' if these come from masked pre-training (https://arxiv.org/abs/2112.09133): their
            mask token and prediction head are ignored.
        out_scales: scales whose output is returned; -1 is the last.
        drop_path_rate: stochastic depth of the last block; it increases linearly from 0.
        use_abs_pos_embed: whether to add absolute positions.
        interpolate_mode: interpolation of absolute positions, see ``torch.nn.functional.interpolate``.
        pool_kernel: sides of the pooling kernels.
        dim_mul: factor of the channels from one scale to the next.
        head_mul: factor of the heads, likewise.
        adaptive_kv_stride: strides of keys and values at the first scale; they halve at each scale.
        rel_pos_embed: whether the attention has relative positions.
        residual_pooling: whether the pooled queries are added to the output of the attention.
        dim_mul_in_attention: whether channels grow in the attention of a scale's first block, not in the MLP of the
            block before it.
        with_cls_token: whether there is a class token.
        output_cls_token: whether an output is a list of the feature map and the class token.
        rel_pos_zero_init: whether the tables of relative positions start at zero.
        mlp_ratio: hidden channels of an MLP, as a multiple of its input channels.
        qkv_bias: whether the projections to queries, keys and values have a bias.
        norm_cfg: norm layer.
        patch_cfg: kernel, stride and padding of the patch embedding.
        init_cfg: initialization.
        with_cp: recompute each block in the backward pass instead of keeping its activations.

    Shape:
        (B, in_channels, T, H, W) -> a tuple with, for each of ``out_scales``, (B, C, T', H', W') or a list of this and
        the class token (B, C), where T' = T/2 and H' = H/4 at the first scale and H/32 at the last.
    """

    # Under the name of MMAction2, for subclasses that add architectures of their own.
    arch_zoo: ClassVar[Mapping[str, Config]] = ARCHS
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
        with_cp: bool = False,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.with_cp = with_cp
        pick((None, 'maskfeat'), pretrained_type, 'pretrained_type')
        if output_cls_token and not with_cls_token:
            raise ValueError('output_cls_token=True requires with_cls_token=True: otherwise there is no class token.')
        self.arch_settings = dict(_check_arch(arch, self.arch_zoo))
        self.pretrained_type = pretrained_type
        self.ignore = IGNORED[pretrained_type]
        self.with_cls_token, self.output_cls_token = with_cls_token, output_cls_token
        self.use_abs_pos_embed, self.interpolate_mode = use_abs_pos_embed, interpolate_mode

        dims = self.embed_dims = self.arch_settings['embed_dims']
        heads = self.num_heads = self.arch_settings['num_heads']
        depth = self.num_layers = self.arch_settings['num_layers']
        downscale = self.downscale_indices = list(self.arch_settings['downscale_indices'])
        # the blocks whose output has more channels
        self.dim_mul_indices = [i if dim_mul_in_attention else i - 1 for i in downscale]
        self.num_extra_tokens = int(with_cls_token)
        self.out_scales = self._check_out_scales(out_scales)

        sides = (temporal_size, spatial_size, spatial_size)
        options = dict(in_channels=in_channels, embed_dims=dims, input_size=sides) | dict(patch_cfg)
        self.patch_embed = PatchEmbed3D(**options)
        grid: Any = self.patch_embed.init_out_size
        self.patch_resolution: Grid = grid
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
            wider = i in self.dim_mul_indices
            block = MultiScaleBlock(
                dims,
                dims * dim_mul if wider else dims,
                heads,
                mlp_ratio,
                qkv_bias,
                drop_path,
                norm_cfg,
                pool_kernel=pool_kernel,
                stride_q=(1, 2, 2) if coarser else (1, 1, 1),
                stride_kv=stride_kv,
                rel_pos_embed=rel_pos_embed,
                residual_pooling=residual_pooling,
                with_cls_token=with_cls_token,
                dim_mul_in_attention=dim_mul_in_attention,
                input_size=grid,
                rel_pos_zero_init=rel_pos_zero_init,
            )
            self.blocks.append(block)
            grid = block.init_out_size
            dims = dims * dim_mul if wider else dims
            scale = self.stage_indices.get(i)
            if scale in self.out_scales:
                self.add_module(f'norm{scale}', build_norm(norm_cfg, dims)[1])

    def _check_out_scales(self, out_scales: int | Sequence[int]) -> list[int]:
        ends = [*(i - 1 for i in self.downscale_indices), self.num_layers - 1]
        self.num_scales = len(ends)
        self.stage_indices = {end: scale for scale, end in enumerate(ends)}  # last block of a scale -> scale
        scales = (out_scales,) if isinstance(out_scales, int) else tuple(out_scales)
        for scale in scales:
            if not -self.num_scales <= scale < self.num_scales:
                raise ValueError(
                    f'out_scales ({out_scales}) must be in -{self.num_scales}..{self.num_scales - 1}: '
                    f'there are {self.num_scales} scales.'
                )
        return sorted(scale % self.num_scales for scale in scales)

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize a table of relative positions, and reshape the class token."""
        if '.rel_pos_' in name and weight.dim() == 2 and weight.shape[1:] == tuple(shape)[1:]:
            return resize_table(weight, shape[0])
        if name == 'cls_token' and weight.numel() == shape[-1]:
            return weight.reshape(shape)
        return weight

    def token_maps(self, output: Any, clip: Sequence[int]) -> tuple[Tensor, Tensor | None] | None:
        """Tokens of a block on their grid (B, C, T', H', W'), and the class token (B, C, 1, 1, 1) beside it.

        Args:
            output: of a block, its tokens and their grid.
            clip: shape of the clips, which the grid makes unnecessary.

        Returns:
            None if the output is of another form.
        """
        if not isinstance(output, tuple) or output[0].ndim != 3:
            return None
        tokens, grid = output
        extra = self.num_extra_tokens
        if tokens.shape[1] - extra != math.prod(grid):
            return None
        maps = tokens[:, extra:].transpose(1, 2).unflatten(2, grid)
        return maps, tokens[:, 0, :, None, None, None] if extra else None

    def forward(self, x: Tensor) -> tuple[Tensor | list[Tensor], ...]:
        x, grid = self.patch_embed(x)  # (B, C, T, H, W) -> (B, N, C)
        if self.with_cls_token:
            x = torch.cat([self.cls_token.expand(len(x), -1, -1).to(x.dtype), x], dim=1)
        if self.use_abs_pos_embed:
            extra = int(self.with_cls_token)
            x = x + resize_positions(self.pos_embed, self.patch_resolution, grid, extra, self.interpolate_mode)

        outs = []
        for i, block in enumerate(self.blocks):
            x, grid = run_block(block, x, grid, with_cp=self.with_cp)
            scale = self.stage_indices.get(i)
            if scale in self.out_scales:
                outs.append(self._output(getattr(self, f'norm{scale}')(x), grid))
        return tuple(outs)

    def _output(self, tokens: Tensor, grid: Grid) -> Tensor | list[Tensor]:
        """(B, N, C) -> (B, C, T, H, W), and the class token (B, C) if requested."""
        patches = tokens[:, int(self.with_cls_token) :].transpose(1, 2).unflatten(2, grid)
        return [patches, tokens[:, 0]] if self.output_cls_token else patches
