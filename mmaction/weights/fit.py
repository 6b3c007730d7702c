"""Weights brought into another shape: 2D kernels over time, other input channels, position tables of another size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor

# (name, weight, target shape) -> the weight, in the target shape if it can be brought into it
Fit = Callable[[str, Tensor, Sequence[int]], Tensor]


def as_is(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
    """Change nothing: a weight of another shape is a misfit."""
    return weight


def inflate(weight: Tensor, frames: int) -> Tensor:
    """(O, I, kh, kw) -> (O, I, frames, kh, kw) that gives on a still clip what the 2D kernel gives on the image.

    Carreira and Zisserman, 2017, sec. 2.1, https://arxiv.org/abs/1705.07750.
    """
    return weight.unsqueeze(2).expand(-1, -1, frames, -1, -1) / frames


def inflate_centre(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
    """A 2D kernel as the middle frame of a 3D one.

    Unlike :func:`inflate`, the first and last frame of a still clip, where padding is zero, also give what the image
    gave.
    """
    if weight.dim() != 4 or len(shape) != 5:
        return weight
    inflated = weight.new_zeros(*weight.shape[:2], shape[2], *weight.shape[2:])
    inflated[:, :, shape[2] // 2] = weight
    return inflated


def adapt_channels(weight: Tensor, channels: int) -> Tensor:
    """(O, I, *K) -> (O, channels, *K): the mean over the input channels, repeated.

    Wang et al., 2016, TSN, sec. 3.2, https://arxiv.org/abs/1608.00859: RGB weights for stacked optical flow.
    """
    return weight.mean(1, keepdim=True).expand(-1, channels, *weight.shape[2:])


def fit_convolution(weight: Tensor, shape: Sequence[int], stem: bool = False) -> Tensor:
    """A kernel inflated if the target has a time axis and, in the stem, for other input channels."""
    if weight.dim() == 4 and len(shape) == 5:
        weight = inflate(weight, shape[2])
    if stem and weight.dim() == len(shape) > 1 and weight.shape[1] != shape[1]:
        weight = adapt_channels(weight, shape[1])
    return weight


def resize_bias_table(table: Tensor, window: Sequence[int], frames: int) -> Tensor:
    """Relative position bias of an image window for one of clips: ((2w-1)^2, h) -> (frames * (2H-1)(2W-1), h).

    Bicubic where the sides differ, then the same for each temporal offset.

    Args:
        table: the table; square.
        window: sides H, W of the window.
        frames: temporal offsets.
    """
    side = round(len(table) ** 0.5)
    to = tuple(2 * w - 1 for w in window)
    if to != (side, side):
        maps = table.T.unflatten(1, (side, side))[None].float()  # (rows, h) -> (1, h, side, side)
        table = F.interpolate(maps, size=to, mode='bicubic', align_corners=False)[0].flatten(1).T.to(table.dtype)
    return table.repeat(frames, 1)
