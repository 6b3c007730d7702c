"""Blocks and stages of the Video Swin Transformer, with the constructors of MMAction2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mmaction.models.common.bricks import ACTIVATIONS, build_conv, build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.recompute import recomputed
from mmaction.models.common.window_attention import (
    ShiftedWindows,
    WindowAttention,
    attend_shifted,
    effective_shift,
    mask_of_windows,
    padded_size,
    shift_mask,
)
from mmaction.models.common.window_attention import window_reverse as _window_reverse

InitCfg = dict | list[dict] | None


Size = Sequence[int]


@overload
def get_window_size(x_size: Size, window_size: Size, shift_size: None = None) -> tuple[int, ...]: ...
@overload
def get_window_size(x_size: Size, window_size: Size, shift_size: Size) -> tuple[tuple[int, ...], tuple[int, ...]]: ...
def get_window_size(x_size: Size, window_size: Size, shift_size: Size | None = None) -> Any:
    """Window that fits a grid of tokens; with ``shift_size`` also the shift, 0 along an axis that one window covers."""
    window = tuple(min(side, w) for side, w in zip(x_size, window_size))
    if shift_size is None:
        return window
    return window, effective_shift(x_size, window_size, shift_size)


def compute_mask(
    D: int, H: int, W: int, window_size: Sequence[int], shift_size: Sequence[int], device: torch.device | str
) -> Tensor:
    """Mask between tokens that only the cyclic shift has made neighbours: (nW, N, N), 0 or -100.

    Args:
        D, H, W: sides of the grid, multiples of those of a window.
        window_size: sides of a window.
        shift_size: roll along each axis.
        device: device of the mask.
    """
    return shift_mask((D, H, W), window_size, shift_size, torch.device(device))


def window_reverse(windows: Tensor, window_size: Sequence[int], B: int, D: int, H: int, W: int) -> Tensor:
    """Put windows back together: (B*nW, N, C) -> (B, D, H, W, C)."""
    return _window_reverse(windows, window_size, (D, H, W)).view(B, D, H, W, -1)


class PatchEmbed3D(BaseModule):
    """Patch embedding (B, C, T, H, W) -> (B, C', T', H', W'); incomplete patches are padded with zeros.

    Args:
        patch_size: sides (T, H, W) of a patch.
        in_channels: channels C.
        embed_dims: channels C'.
        norm_cfg: norm of the patches, over their channels; None for none.
        conv_cfg: convolution layer.
        init_cfg: initialization.
    """

    def __init__(
        self,
        patch_size: int | Sequence[int] = (2, 4, 4),
        in_channels: int = 3,
        embed_dims: int = 96,
        norm_cfg: Mapping[str, Any] | None = None,
        conv_cfg: Mapping[str, Any] = dict(type='Conv3d'),
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.patch_size = (patch_size,) * 3 if isinstance(patch_size, int) else tuple(patch_size)
        self.in_channels, self.embed_dims = in_channels, embed_dims
        self.proj = build_conv(conv_cfg, in_channels, embed_dims, kernel_size=self.patch_size, stride=self.patch_size)
        self.norm = nn.Identity() if norm_cfg is None else build_norm(norm_cfg, embed_dims)[1]

    def forward(self, x: Tensor) -> Tensor:
        t, h, w = (-side % p for side, p in zip(x.shape[2:], self.patch_size))  # missing up to a whole patch
        if t or h or w:
            x = F.pad(x, (0, w, 0, h, 0, t))
        # norms see channels last; both permutations are views
        return self.norm(self.proj(x).permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3)


class WindowAttention3D(WindowAttention, BaseModule):
    """Attention inside the windows of a clip: (B*nW, N, C) -> (B*nW, N, C); see :class:`WindowAttention`.

    Args:
        embed_dims: channels C.
        window_size: sides (T, H, W) of a window.
        num_heads: heads; a divisor of C.
        qkv_bias: whether queries, keys and values have biases.
        qk_scale: factor of the logits; None: (channels of a head) ** -0.5.
        attn_drop: dropout of the attention weights.
        proj_drop: dropout of the output.
        init_cfg: initialization.
    """

    def __init__(
        self,
        embed_dims: int,
        window_size: Sequence[int],
        num_heads: int,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(
            embed_dims,
            tuple(window_size),
            num_heads,
            qkv_bias=qkv_bias,
            scale=qk_scale or None,
            attn_drop=attn_drop,
            proj_drop=proj_drop,
            persistent_index=True,
        )
        self.init_cfg = init_cfg
        self.embed_dims, self.window_size = embed_dims, tuple(window_size)


class SwinTransformerBlock3D(BaseModule):
    """Window attention, shifted in every second block, and an MLP: (B, T, H, W, C) -> (B, T, H, W, C).

    Args:
        embed_dims: channels C.
        num_heads: heads of the attention.
        window_size: sides (T, H, W) of a window in tokens.
        shift_size: roll of the grid along each axis.
        drop_path: stochastic depth.

    The other arguments are those of :class:`SwinTransformer3D`, for one block.
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        window_size: Sequence[int] = (8, 7, 7),
        shift_size: Sequence[int] = (0, 0, 0),
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop: float = 0.0,
        attn_drop: float = 0.0,
        drop_path: float = 0.0,
        act_cfg: Mapping[str, Any] = dict(type='GELU'),
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        with_cp: bool = False,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.embed_dims, self.num_heads, self.with_cp = embed_dims, num_heads, with_cp
        self.window_size, self.shift_size = tuple(window_size), tuple(shift_size)
        self.norm1 = build_norm(norm_cfg, embed_dims)[1]
        self.attn = WindowAttention3D(embed_dims, self.window_size, num_heads, qkv_bias, qk_scale, attn_drop, drop)
        self.drop_path = DropPath(drop_path)
        self.norm2 = build_norm(norm_cfg, embed_dims)[1]
        self.mlp = Mlp(embed_dims, int(embed_dims * mlp_ratio), drop=drop, act=ACTIVATIONS[act_cfg['type']])

    def _attend(self, x: Tensor, mask: Tensor | ShiftedWindows | None) -> Tensor:
        # A side that one window covers is not padded; the window shrinks instead.
        window, shift = get_window_size(x.shape[1:-1], self.window_size, self.shift_size)
        return self.drop_path(attend_shifted(self.norm1(x), self.attn, window, shift, mask))

    def _transform(self, x: Tensor) -> Tensor:
        return self.drop_path(self.mlp(self.norm2(x)))

    def forward(self, x: Tensor, mask_matrix: Tensor | ShiftedWindows | None = None) -> Tensor:
        if self.with_cp and torch.is_grad_enabled():
            x = x + recomputed(self, self._attend, x, mask_matrix)
            return x + recomputed(self, self._transform, x)
        x = x + self._attend(x, mask_matrix)
        return x + self._transform(x)


class BasicLayer(BaseModule):
    """Blocks of one size, and the layer after them that halves height and width.

    Args:
        embed_dims: channels C.
        depth: number of blocks.
        num_heads: heads of the attention.
        window_size: sides (T, H, W) of a window in tokens.
        drop_paths: stochastic depth rate of each block, or of all.
        norm_cfg: norm layer.
        downsample: class of the layer after the blocks, called with the channels and ``norm_cfg``; None for none.
        init_cfg: initialization.

    The other arguments are those of :class:`SwinTransformerBlock3D`.
    """

    def __init__(
        self,
        embed_dims: int,
        depth: int,
        num_heads: int,
        window_size: Sequence[int] = (8, 7, 7),
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop: float = 0.0,
        attn_drop: float = 0.0,
        drop_paths: float | Sequence[float] = 0.0,
        act_cfg: Mapping[str, Any] = dict(type='GELU'),
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        downsample: Callable[..., nn.Module] | None = None,
        with_cp: bool = False,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        rates = [drop_paths] * depth if isinstance(drop_paths, int | float) else list(drop_paths)
        if len(rates) != depth:
            raise ValueError(f'drop_paths ({rates}) must have one entry per block (depth={depth}).')
        self.embed_dims, self.depth, self.with_cp = embed_dims, depth, with_cp
        self.window_size = tuple(window_size)
        self.shift_size = tuple(w // 2 for w in self.window_size)
        shifts = ((0,) * len(self.window_size), self.shift_size)
        self.blocks = ModuleList(
            SwinTransformerBlock3D(
                embed_dims,
                num_heads,
                self.window_size,
                shifts[i % 2],
                mlp_ratio,
                qkv_bias,
                qk_scale,
                drop,
                attn_drop,
                rate,
                act_cfg,
                norm_cfg,
                with_cp,
            )
            for i, rate in enumerate(rates)
        )
        self.downsample = None if downsample is None else downsample(embed_dims, norm_cfg=norm_cfg)

    def forward(self, x: Tensor, do_downsample: bool = True) -> Tensor:
        """Run the blocks, and ``downsample`` if asked to: (B, C, T, H, W) -> (B, T, H', W', C')."""
        x = x.permute(0, 2, 3, 4, 1)
        window, shift = get_window_size(x.shape[1:-1], self.window_size, self.shift_size)
        if all(type(block) is SwinTransformerBlock3D for block in self.blocks):
            mask = mask_of_windows(x, window, shift, self.blocks)
        else:  # a block of the user's expects the mask of each window
            mask = shift_mask(padded_size(x.shape[1:-1], window), window, shift, x.device) if any(shift) else None
        for block in self.blocks:
            x = block(x, mask)
        return self.downsample(x) if do_downsample and self.downsample is not None else x


# former public names
SwinBlock3D = SwinTransformerBlock3D
SwinStage3D = BasicLayer
