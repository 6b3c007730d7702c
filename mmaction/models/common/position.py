"""Position encodings: the fixed sine table, and tables resized to other grids."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor


def sine_table(length: int, channels: int) -> Tensor:
    """Sine table with sines in the even and cosines in the odd channels: (1, length, channels), float32.

    Wavelengths are ``2 pi 10000^(2i / channels)`` (Vaswani et al., 2017, sec. 3.5, https://arxiv.org/abs/1706.03762).
    """
    # In float64: an angle of thousands has few digits left for its fraction in float32.
    place = torch.arange(length, dtype=torch.float64)[:, None]
    pair = torch.arange(channels, dtype=torch.float64).div(2, rounding_mode='floor')
    angle = place / 10000 ** (2 * pair / channels)
    table = torch.where(torch.arange(channels) % 2 == 0, angle.sin(), angle.cos())
    return table.float()[None]


def resize_space(table: Tensor, size: tuple[int, int], to: tuple[int, int]) -> Tensor:
    """Resize a position table over (T, H, W) tokens in space: (1, T*H*W, C) -> (1, T*H'*W', C).

    Bicubic, frame by frame; a table of the right size is returned unchanged.
    """
    if tuple(size) == tuple(to):
        return table
    maps = table.unflatten(1, (-1, *size)).flatten(0, 1).permute(0, 3, 1, 2)  # (1, T*H*W, C) -> (T, C, H, W)
    maps = F.interpolate(maps.float(), size=tuple(to), mode='bicubic', align_corners=False)
    return maps.permute(0, 2, 3, 1).flatten(0, 2)[None].to(table.dtype)


def resize_time(table: Tensor, length: int, to: int, mode: Literal['linear', 'nearest'] = 'linear') -> Tensor:
    """Resize a position table over T frames of P tokens in time: (1, T*P, C) -> (1, T'*P, C)."""
    if length == to:
        return table
    lines = table.unflatten(1, (length, -1))[0].permute(1, 2, 0)  # (1, T*P, C) -> (P, C, T)
    lines = F.interpolate(lines.float(), size=to, mode=mode)
    return lines.permute(2, 0, 1).flatten(0, 1)[None].to(table.dtype)


def resize_grid(table: Tensor, size: tuple[int, int, int], to: tuple[int, int, int]) -> Tensor:
    """Resize a position table over (T, H, W) tokens to another grid: (1, T*H*W, C) -> (1, T'*H'*W', C)."""
    return resize_time(resize_space(table, size[1:], to[1:]), size[0], to[0])
