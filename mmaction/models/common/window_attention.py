"""Self-attention inside (shifted) windows over any number of axes: two for images, three for clips.

Swin Transformer (Liu et al., 2021, https://arxiv.org/abs/2103.14030) and Video Swin Transformer (Liu et al., 2021,
https://arxiv.org/abs/2106.13230). Legend: B batch, ``*S`` the token axes (H, W or T, H, W), C channels, N tokens
per window (the product of the window's sides), nW windows per sample, h heads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.attention import check_heads
from mmaction.models.common.packed_conv import is_observed_inside, may_fuse

Size = Sequence[int]


def window_partition(x: Tensor, window_size: Size) -> Tensor:
    """Cut into windows: (B, *S, C) -> (B*nW, N, C); every side of S is a multiple of the window's."""
    batch, *size, channels = x.shape
    dims = len(size)
    split = [n for side, w in zip(size, window_size) for n in (side // w, w)]
    order = [0, *range(1, 2 * dims, 2), *range(2, 2 * dims + 1, 2), 2 * dims + 1]
    return x.reshape(batch, *split, channels).permute(order).reshape(-1, math.prod(window_size), channels)


def window_reverse(windows: Tensor, window: Size, size: Size) -> Tensor:
    """Put windows back together, the inverse of :func:`window_partition`: (B*nW, N, C) -> (B, *size, C)."""
    dims = len(size)
    counts = [side // w for side, w in zip(size, window)]
    x = windows.reshape(-1, *counts, *window, windows.shape[-1])
    order = [0]
    for d in range(dims):
        order += [1 + d, 1 + dims + d]
    order.append(2 * dims + 1)
    return x.permute(order).reshape(-1, *size, windows.shape[-1])


def relative_position_index(window: Size) -> Tensor:
    """Row of the bias table for each pair of tokens of a window, int64 (N, N).

    Offsets along an axis of side w are in ``-(w-1)..w-1``; the table holds them in row-major order.
    """
    grid = torch.stack(torch.meshgrid(*(torch.arange(w) for w in window), indexing='ij')).flatten(1)  # (dims, N)
    offset = grid[:, :, None] - grid[:, None, :]  # (dims, N, N)
    index = torch.zeros_like(offset[0])
    for axis, w in enumerate(window):
        index = index * (2 * w - 1) + offset[axis] + w - 1
    return index


def shift_mask(size: Size, window: Size, shift: Size, device: torch.device | None = None) -> Tensor:
    """Mask between tokens that only the cyclic shift has made neighbours: (nW, N, N), 0 or -100.

    Args:
        size: sides of the padded token grid.
        window: sides of a window.
        shift: roll of the grid along each axis.
        device: device of the mask.
    """
    region = torch.zeros(tuple(size), device=device)
    for axis, (side, w, s) in enumerate(zip(size, window, shift)):
        place = torch.arange(side, device=device)
        label = torch.zeros_like(place)
        if s:  # three regions: untouched, in the last window, wrapped around
            label = (place >= side - w).long() + (place >= side - s).long()
        region = region * 3 + label.view(-1, *(1,) * (len(size) - 1 - axis))
    region = window_partition(region[None, ..., None], window).squeeze(-1)  # (nW, N)
    return (region[:, None, :] != region[:, :, None]).float() * -100.0


def effective_shift(size: Size, window: Size, shift: Size) -> tuple[int, ...]:
    """Shift along each axis; 0 along an axis that one window covers."""
    return tuple(0 if side <= w else s for side, w, s in zip(size, window, shift))


@dataclass(frozen=True)
class ShiftedWindows:
    """Windows of a shifted grid, sorted by the mask inside them, of which there are at most two per axis.

    Attributes:
        order: (L',) place in the padded grid of each token, window by window.
        inverse: (L,) row in ``order`` of each token of the grid without its padding.
        groups: number of windows and mask (N, N), 0 or -100, of each kind; None for no mask.
    """

    order: Tensor
    inverse: Tensor
    groups: tuple[tuple[int, Tensor | None], ...]


def shifted_windows(size: Size, window: Size, shift: Size, device: torch.device | None = None) -> ShiftedWindows:
    """Windows of a grid of tokens after a cyclic shift; kept for the grids that were used last.

    Args:
        size: sides of the grid, which is padded to complete windows.
        window: sides of a window.
        shift: roll of the grid along each axis.
        device: device of the tensors.
    """
    return _shifted_windows(tuple(size), tuple(window), tuple(shift), device)


@lru_cache(maxsize=16)
def _shifted_windows(
    size: tuple[int, ...], window: tuple[int, ...], shift: tuple[int, ...], device: torch.device | None
) -> ShiftedWindows:
    padded = padded_size(size, window)
    # Plain tensors, which training may use as well: the first use may be within inference_mode.
    with torch.inference_mode(False), torch.no_grad():
        axes = tuple(range(len(size)))
        places = torch.arange(math.prod(padded)).view(padded)
        windows = window_partition(places.roll([-s for s in shift], axes)[None, ..., None], window).squeeze(-1)
        kinds = torch.zeros([side // w for side, w in zip(padded, window)], dtype=torch.long)
        for axis, s in enumerate(shift):
            if s:  # the last windows along the axis hold what the roll has carried around
                kinds.narrow(axis, -1, 1).add_(1 << axis)
        kinds, rank = kinds.flatten().sort(stable=True)
        order = windows[rank].flatten()  # (nW, N) -> (L',)
        inverse = torch.empty_like(order)
        inverse[order] = torch.arange(len(order))
        inverse = inverse.view(padded)[tuple(slice(side) for side in size)].flatten()
        masks = shift_mask(padded, window, shift)[rank]
        groups = []
        for kind, count in zip(*kinds.unique_consecutive(return_counts=True)):
            first = int((kinds < kind).sum())
            groups.append((int(count), masks[first].clone().to(device) if kind else None))
    return ShiftedWindows(order.to(device), inverse.to(device), tuple(groups))


class WindowAttention(BaseModule):
    """Multi-head self-attention of the tokens of one window with a learned relative position bias.

    Args:
        dim: channels C.
        window: sides of a window.
        num_heads: heads h; a divisor of ``dim``.
        qkv_bias: whether the projection to queries, keys and values has a bias.
        scale: factor of the logits; None: (C/h) ** -0.5.
        attn_drop: dropout of the attention weights.
        proj_drop: dropout of the output.
        persistent_index: whether ``relative_position_index`` is part of the state dict.

    Shape:
        (B*nW, N, C) -> (B*nW, N, C). N may be smaller than the window, which uses the biases of the leading tokens.
    """

    relative_position_index: Tensor

    def __init__(
        self,
        dim: int,
        window: Size,
        num_heads: int,
        *,
        qkv_bias: bool = True,
        scale: float | None = None,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        persistent_index: bool = False,
    ) -> None:
        super().__init__()
        check_heads(dim, num_heads)
        self.num_heads = num_heads
        self.scale = scale
        self.attn_drop = attn_drop
        self.relative_position_bias_table = nn.Parameter(torch.zeros(math.prod(2 * w - 1 for w in window), num_heads))
        self.register_buffer('relative_position_index', relative_position_index(window), persistent=persistent_index)
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(proj_drop)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def _bias(self, tokens: int) -> Tensor:
        """Relative position biases of the leading tokens of a window: (h, N, N)."""
        index = self.relative_position_index[:tokens, :tokens]
        return self.relative_position_bias_table[index.flatten()].view(tokens, tokens, -1).permute(2, 0, 1)

    def attend_groups(self, x: Tensor, groups: Sequence[tuple[int, Tensor | None]]) -> Tensor:
        """Attend under one mask per group of windows: (B, L, C) -> (B, L, C), the groups one after the other.

        Args:
            x: tokens, window by window.
            groups: number of windows and mask (N, N) of each group, see :class:`ShiftedWindows`.
        """
        batch, length, dim = x.shape
        tokens = length // sum(count for count, _ in groups)
        bias = self._bias(tokens).to(x.dtype).contiguous()
        dropout = self.attn_drop if self.training else 0.0
        # (B, L, 3C) -> (B, nW, 3, h, N, C/h), all of them views
        qkv = self.qkv(x).view(batch, -1, tokens, 3, self.num_heads, dim // self.num_heads).permute(0, 1, 3, 4, 2, 5)
        out = []
        for part, (count, mask) in zip(qkv.split([count for count, _ in groups], 1), groups):
            q, k, v = part.reshape(batch * count, *part.shape[2:]).unbind(1)
            under = bias if mask is None else bias + mask.to(bias.dtype)
            attended = F.scaled_dot_product_attention(
                q, k, v, attn_mask=under[None], dropout_p=dropout, scale=self.scale
            )
            out.append(attended.transpose(1, 2).reshape(batch, count * tokens, dim))
        return self.proj_drop(self.proj(torch.cat(out, 1)))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend; ``mask`` (nW, N, N) is added to the attention logits of the windows of each sample."""
        total, tokens, dim = x.shape
        num_windows = 1 if mask is None else mask.shape[0]
        bias = self._bias(tokens)
        if mask is not None:
            bias = (mask[:, None] + bias).flatten(0, 1)  # (nW*h, N, N)

        qkv = self.qkv(x).view(-1, num_windows, tokens, 3, self.num_heads, dim // self.num_heads)
        # windows join the heads so that one mask serves the whole batch: (B, nW*h, N, C/h)
        q, k, v = (part.flatten(1, 2) for part in qkv.permute(3, 0, 1, 4, 2, 5))
        dropout = self.attn_drop if self.training else 0.0
        x = F.scaled_dot_product_attention(
            q, k, v, attn_mask=bias[None].to(q.dtype), dropout_p=dropout, scale=self.scale
        )
        x = x.unflatten(1, (num_windows, self.num_heads)).transpose(2, 3).reshape(total, tokens, dim)
        return self.proj_drop(self.proj(x))


def mask_of_windows(x: Tensor, window: Size, shift: Size, blocks: nn.Module) -> Tensor | ShiftedWindows | None:
    """Mask for :func:`attend_shifted`, in the form that suits a prediction on a CPU, or training and other devices.

    Args:
        x: tokens (B, *S, C).
        window: sides of a window.
        shift: roll along each axis; all 0 for no mask.
        blocks: get the mask.
    """
    if not any(shift):
        return None
    size = x.shape[1:-1]
    # Hooks see the windows in the order of the grid. Many short calls are no gain on a GPU, nor in the backward pass.
    if may_fuse(x) and not is_observed_inside(blocks):
        return shifted_windows(size, window, shift, x.device)
    return shift_mask(padded_size(size, window), window, shift, x.device)


def _attend_sorted(x: Tensor, attend: WindowAttention, window: Size, windows: ShiftedWindows) -> Tensor:
    """:func:`attend_shifted` in two copies: into the order of the windows, and back."""
    size = x.shape[1:-1]
    pad = [n for side, w in zip(reversed(size), reversed(tuple(window))) for n in (0, -side % w)]
    if any(pad):
        x = F.pad(x, (0, 0, *pad))
    tokens = attend.attend_groups(x.flatten(1, -2).index_select(1, windows.order), windows.groups)
    return tokens.index_select(1, windows.inverse).unflatten(1, size)


def attend_shifted(x: Tensor, attend: Any, window: Size, shift: Size, mask: Tensor | ShiftedWindows | None) -> Tensor:
    """Roll, cut into windows, attend, and put together again: (B, *S, C) -> (B, *S, C).

    The grid is padded with zeros at its end to complete windows.

    Args:
        x: tokens.
        attend: a :class:`WindowAttention`.
        window: sides of a window.
        shift: roll along each axis; all 0 for a plain block.
        mask: :func:`shifted_windows` of the grid, or :func:`shift_mask` of the padded grid, unless ``shift`` is all 0.
    """
    size = x.shape[1:-1]
    if isinstance(mask, ShiftedWindows):
        if any(shift):
            return _attend_sorted(x, attend, window, mask)
        mask = None
    pad = [n for side, w in zip(reversed(size), reversed(tuple(window))) for n in (0, -side % w)]
    if any(pad):
        x = F.pad(x, (0, 0, *pad))
    padded = x.shape[1:-1]
    axes = tuple(range(1, x.dim() - 1))
    if any(shift):
        x = x.roll([-s for s in shift], axes)
    windows = attend(window_partition(x, window), mask if any(shift) else None)
    x = window_reverse(windows, window, padded)
    if any(shift):
        x = x.roll(list(shift), axes)
    for axis, side in zip(axes, size):
        x = x.narrow(axis, 0, side)  # drop the padding
    return x


def padded_size(size: Size, window: Size) -> tuple[int, ...]:
    """``size``, rounded up to complete windows."""
    return tuple(-(-side // w) * w for side, w in zip(size, window))


def drop_path_rates(total: float, depths: Sequence[int]) -> list[list[float]]:
    """Stochastic depth that grows linearly from 0 to ``total`` over all blocks, one list per stage."""
    rates = [total * i / max(sum(depths) - 1, 1) for i in range(sum(depths))]
    ends = [0, *accumulate(depths)]
    return [rates[a:b] for a, b in pairwise(ends)]
