"""Video Swin Transformer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmaction.models.common.bricks import ACTIVATIONS, build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.patch_merging import PatchMerging
from mmaction.models.common.window_attention import (
    WindowAttention,
    attend_shifted,
    drop_path_rates,
    effective_shift,
    padded_size,
    shift_mask,
)
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.fit import inflate, resize_bias_table
from mmaction.weights.tables.swin import AUTHORS, TORCHVISION


class _Arch(NamedTuple):
    embed_dims: int
    depths: tuple[int, ...]
    num_heads: tuple[int, ...]


ARCHS: dict[str, _Arch] = {
    'tiny': _Arch(96, (2, 2, 6, 2), (3, 6, 12, 24)),
    'small': _Arch(96, (2, 2, 18, 2), (3, 6, 12, 24)),
    'base': _Arch(128, (2, 2, 18, 2), (4, 8, 16, 32)),
    'large': _Arch(192, (2, 2, 18, 2), (6, 12, 24, 48)),
}
_ALIASES = {'t': 'tiny', 's': 'small', 'b': 'base', 'l': 'large'}


def resolve_arch(arch: str | Mapping[str, Any]) -> _Arch:
    """A name of the table, its first letter, or a dict with ``embed_dims``, ``depths`` and ``num_heads``."""
    if isinstance(arch, str):
        name = _ALIASES.get(arch.lower(), arch.lower())
        if name not in ARCHS:
            raise ValueError(f'arch ({arch!r}) is not known. Choose one of {sorted(ARCHS)}, or give a dict.')
        return ARCHS[name]
    if set(arch) != set(_Arch._fields):
        raise ValueError(f'arch has the keys {sorted(arch)}; it must have {list(_Arch._fields)}.')
    given = _Arch(arch['embed_dims'], tuple(arch['depths']), tuple(arch['num_heads']))
    if len(given.depths) != len(given.num_heads):
        raise ValueError(
            f'arch has {len(given.depths)} depths and {len(given.num_heads)} num_heads, one of each a stage.'
        )
    return given


class _PatchEmbed3D(nn.Module):
    """(B, C, T, H, W) -> (B, T', H', W', C'); zeros fill up the last patches."""

    def __init__(self, patch: Sequence[int], in_channels: int, dim: int, norm_cfg: Mapping[str, Any] | None) -> None:
        super().__init__()
        self.patch = tuple(patch)
        self.proj = nn.Conv3d(in_channels, dim, kernel_size=self.patch, stride=self.patch)
        self.norm = nn.Identity() if norm_cfg is None else build_norm(norm_cfg, dim)[1]

    def forward(self, x: Tensor) -> Tensor:
        pad = [n for side, p in zip(reversed(x.shape[2:]), reversed(self.patch)) for n in (0, -side % p)]
        x = self.proj(F.pad(x, pad) if any(pad) else x)
        return self.norm(x.permute(0, 2, 3, 4, 1))


class SwinBlock3D(nn.Module):
    """Attention within windows, shifted in every second block, then two linear layers: (B, T, H, W, C) -> the same."""

    def __init__(
        self,
        dim: int,
        num_heads: int,
        window: tuple[int, ...],
        shift: tuple[int, ...],
        *,
        mlp_ratio: float,
        qkv_bias: bool,
        qk_scale: float | None,
        drop: float,
        attn_drop: float,
        drop_path: float,
        act: type[nn.Module],
        norm_cfg: Mapping[str, Any],
        with_cp: bool,
    ) -> None:
        super().__init__()
        self.window, self.shift, self.with_cp = window, shift, with_cp
        self.norm1 = build_norm(norm_cfg, dim)[1]
        self.attn = WindowAttention(
            dim,
            window,
            num_heads,
            qkv_bias=qkv_bias,
            scale=qk_scale or None,
            attn_drop=attn_drop,
            proj_drop=drop,
            persistent_index=True,
        )
        self.drop_path = DropPath(drop_path)
        self.norm2 = build_norm(norm_cfg, dim)[1]
        self.mlp = Mlp(dim, int(dim * mlp_ratio), drop=drop, act=act)

    def _attend(self, x: Tensor, mask: Tensor | None) -> Tensor:
        size = x.shape[1:-1]
        # a side that one window covers is not padded: the window shrinks
        window = tuple(min(side, w) for side, w in zip(size, self.window))
        shift = effective_shift(size, self.window, self.shift)
        return self.drop_path(attend_shifted(self.norm1(x), self.attn, window, shift, mask))

    def _transform(self, x: Tensor) -> Tensor:
        return self.drop_path(self.mlp(self.norm2(x)))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        if self.with_cp and x.requires_grad:
            x = x + checkpoint(self._attend, x, mask, use_reentrant=False)
            return x + checkpoint(self._transform, x, use_reentrant=False)
        x = x + self._attend(x, mask)
        return x + self._transform(x)


class SwinStage3D(nn.Module):
    """Blocks of one size, and the layer that halves height and width behind them.

    Args:
        dim: channels C.
        num_heads: heads of the attention.
        window: sides (T, H, W) of a window in tokens.
        drop_paths: stochastic depth of each block.
        downsample: whether there is that layer.
        norm_cfg: config of the norms.
        **block: further arguments of :class:`SwinBlock3D`.
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        window: tuple[int, ...],
        drop_paths: Sequence[float],
        *,
        downsample: bool,
        norm_cfg: Mapping[str, Any],
        **block: Any,
    ) -> None:
        super().__init__()
        self.window, self.shift = window, tuple(w // 2 for w in window)
        shifts = ((0,) * len(window), self.shift)
        self.blocks = nn.ModuleList(
            SwinBlock3D(dim, num_heads, window, shifts[i % 2], drop_path=rate, norm_cfg=norm_cfg, **block)
            for i, rate in enumerate(drop_paths)
        )
        self.downsample = PatchMerging(dim, norm_cfg) if downsample else None

    def forward(self, x: Tensor) -> Tensor:
        """Run the blocks alone: (B, T, H, W, C) -> the same."""
        size = x.shape[1:-1]
        window = tuple(min(side, w) for side, w in zip(size, self.window))
        shift = effective_shift(size, self.window, self.shift)
        mask = shift_mask(padded_size(size, window), window, shift, x.device) if any(shift) else None
        for block in self.blocks:
            x = block(x, mask)
        return x


@MODELS.register_module()
class SwinTransformer3D(Pretrained):
    """Video Swin Transformer (Liu et al., 2021, https://arxiv.org/abs/2106.13230).

    Args:
        arch: ``'tiny'``, ``'small'``, ``'base'``, ``'large'``, or a dict of ``embed_dims``, ``depths``, ``num_heads``.
        pretrained: path or address of weights: ours, or under the names of Swin, Video Swin or torchvision's swin3d.
        pretrained2d: whether ``pretrained`` is a Swin Transformer of images, whose first layer and position biases are
            repeated along time.
        patch_size: sides (T, H, W) of a patch in frames and pixels.
        in_channels: channels of the input.
        window_size: sides (T, H, W) of a window in tokens.
        mlp_ratio: hidden channels of the feed-forward parts over the channels.
        qkv_bias: whether queries, keys and values have biases.
        qk_scale: factor of the logits; None: (channels of a head) ** -0.5.
        drop_rate: dropout of the embedding and of projections.
        attn_drop_rate: dropout of the attention weights.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0.
        act_cfg: config of the activation.
        norm_cfg: config of the norms.
        patch_norm: whether the embedding is normalised.
        frozen_stages: the embedding and so many stages keep their weights; -1: none does.
        with_cp: recompute activations in the backward pass, to save memory.
        out_indices: stages to put out.
        out_after_downsample: put a stage out behind the layer that halves its size, not before.
        init_cfg: config of the initialisation.

    Shape:
        (B, in_channels, T, H, W) -> (B, C_i, T/2, H/2^(i+2), W/2^(i+2)) of stage i, one tensor or, of several stages, a
        tuple. Sides that do not fit are padded with zeros.

    Raises:
        ValueError: ``arch`` is unknown, or an index in ``out_indices`` or ``frozen_stages`` names no stage.
    """

    tables = (TORCHVISION, AUTHORS)
    ignore = r'^(cls_head\.|norm\d\.)|\.(relative_position_index|attn_mask)$'
    optional = r'^norm\d\.|\.relative_position_index$'

    def __init__(
        self,
        arch: str | Mapping[str, Any],
        pretrained: str | None = None,
        pretrained2d: bool = True,
        patch_size: int | Sequence[int] = (2, 4, 4),
        in_channels: int = 3,
        window_size: Sequence[int] = (8, 7, 7),
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.1,
        act_cfg: Mapping[str, Any] = dict(type='GELU'),
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        patch_norm: bool = True,
        frozen_stages: int = -1,
        with_cp: bool = False,
        out_indices: Sequence[int] = (3,),
        out_after_downsample: bool = False,
        init_cfg: dict | list[dict] | None = [
            dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
            dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
        ],
    ) -> None:
        super().__init__(pretrained, init_cfg)
        dims, depths, heads = resolve_arch(arch)
        stages = len(depths)
        if not out_indices or not all(0 <= i < stages for i in out_indices):
            raise ValueError(f'out_indices {tuple(out_indices)} must name some of the stages 0..{stages - 1}.')
        if frozen_stages > stages:
            raise ValueError(f'frozen_stages ({frozen_stages}) is more than the {stages} stages.')
        if act_cfg.get('type') not in ACTIVATIONS or len(act_cfg) > 1:
            raise ValueError(f'act_cfg {dict(act_cfg)} must be a type alone, one of {", ".join(ACTIVATIONS)}.')
        self.pretrained2d = pretrained2d
        self.window_size = tuple(window_size)
        self.frozen_stages = frozen_stages
        self.out_indices = tuple(out_indices)
        self.out_after_downsample = out_after_downsample

        patch = (patch_size,) * 3 if isinstance(patch_size, int) else patch_size
        self.patch_embed = _PatchEmbed3D(patch, in_channels, dims, norm_cfg if patch_norm else None)
        self.pos_drop = nn.Dropout(drop_rate)
        rates = drop_path_rates(drop_path_rate, depths)
        last = stages - 1
        self.layers = nn.ModuleList(
            SwinStage3D(
                dims << i,
                heads[i],
                self.window_size,
                rates[i],
                downsample=i < last,
                norm_cfg=norm_cfg,
                mlp_ratio=mlp_ratio,
                qkv_bias=qkv_bias,
                qk_scale=qk_scale,
                drop=drop_rate,
                attn_drop=attn_drop_rate,
                act=ACTIVATIONS[act_cfg['type']],
                with_cp=with_cp,
            )
            for i in range(stages)
        )
        self.num_features = [dims << (min(i + 1, last) if out_after_downsample else i) for i in range(stages)]
        for i in self.out_indices:
            self.add_module(f'norm{i}', build_norm(norm_cfg, self.num_features[i])[1])
        self._freeze()

    def _freeze(self) -> None:
        """Fix the weights of the first stages, and their dropout."""
        if self.frozen_stages < 0:
            return
        for module in (self.patch_embed, self.pos_drop, *self.layers[: self.frozen_stages]):
            module.eval()
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> SwinTransformer3D:
        super().train(mode)
        self._freeze()
        return self

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Spread the first layer and the position biases of an image network over time."""
        if not self.pretrained2d or tuple(weight.shape) == tuple(shape):
            return weight
        if name.endswith('relative_position_bias_table') and round(len(weight) ** 0.5) ** 2 == len(weight):
            frames, *window = self.window_size
            return resize_bias_table(weight, window, 2 * frames - 1)
        if name == 'patch_embed.proj.weight' and weight.dim() == 4:
            return inflate(weight, shape[2])
        return weight

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``: of images through :meth:`inflate_weights`, else of clips."""
        if self.pretrained2d:
            self.inflate_weights()
        else:
            super().load_pretrained(source)

    def inflate_weights(self) -> None:
        """Load ``pretrained``, a Swin Transformer of images, spread over time."""
        if self.pretrained:
            super().load_pretrained(self.pretrained)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = self.pos_drop(self.patch_embed(x))
        outs = []
        for i, stage in enumerate(self.layers):
            x = stage(x)
            merged = x if stage.downsample is None else stage.downsample(x)
            if i in self.out_indices:
                out = getattr(self, f'norm{i}')(merged if self.out_after_downsample else x)
                outs.append(out.permute(0, 4, 1, 2, 3))  # (B, T, H, W, C) -> (B, C, T, H, W)
            x = merged
        return outs[0] if len(outs) == 1 else tuple(outs)
