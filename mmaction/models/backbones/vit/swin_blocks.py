"""Blocks and stages of the Video Swin Transformer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmaction.models.common.bricks import build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.patch_merging import PatchMerging
from mmaction.models.common.window_attention import (
    WindowAttention,
    attend_shifted,
    effective_shift,
    padded_size,
    shift_mask,
)


class PatchEmbed3D(nn.Module):
    """Patch embedding (B, C, T, H, W) -> (B, T', H', W', C'); incomplete patches are padded with zeros."""

    def __init__(self, patch: Sequence[int], in_channels: int, dim: int, norm_cfg: Mapping[str, Any] | None) -> None:
        super().__init__()
        t, h, w = self.patch = tuple(patch)
        self.proj = nn.Conv3d(in_channels, dim, kernel_size=(t, h, w), stride=(t, h, w))
        self.norm = nn.Identity() if norm_cfg is None else build_norm(norm_cfg, dim)[1]

    def forward(self, x: Tensor) -> Tensor:
        t, h, w = (-side % p for side, p in zip(x.shape[2:], self.patch))  # missing up to a whole patch
        if t or h or w:
            x = F.pad(x, (0, w, 0, h, 0, t))
        return self.norm(self.proj(x).permute(0, 2, 3, 4, 1))  # (B, C', T', H', W') -> (B, T', H', W', C')


class SwinBlock3D(nn.Module):
    """Window attention, shifted in every second block, and an MLP: (B, T, H, W, C) -> (B, T, H, W, C).

    The arguments are those of :class:`SwinTransformer3D`, for one block.
    """

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
        # A side that one window covers is not padded; the window shrinks instead.
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
    """Blocks of one size, and the layer after them that halves height and width.

    Args:
        dim: channels C.
        num_heads: heads of the attention.
        window: sides (T, H, W) of a window in tokens.
        drop_paths: stochastic depth rate of each block.
        downsample: whether there is such a layer.
        norm_cfg: norm layer.
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
        self.window = window
        self.shift = tuple(w // 2 for w in window)
        shifts = ((0,) * len(window), self.shift)
        self.blocks = nn.ModuleList(
            SwinBlock3D(dim, num_heads, window, shifts[i % 2], drop_path=rate, norm_cfg=norm_cfg, **block)
            for i, rate in enumerate(drop_paths)
        )
        self.downsample = PatchMerging(dim, norm_cfg) if downsample else None

    def forward(self, x: Tensor) -> Tensor:
        """Run the blocks without ``downsample``: (B, T, H, W, C) -> (B, T, H, W, C)."""
        size = x.shape[1:-1]
        window = tuple(min(side, w) for side, w in zip(size, self.window))
        shift = effective_shift(size, self.window, self.shift)
        mask = shift_mask(padded_size(size, window), window, shift, x.device) if any(shift) else None
        for block in self.blocks:
            x = block(x, mask)
        return x
