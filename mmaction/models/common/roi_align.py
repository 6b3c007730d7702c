"""Features of boxes by bilinear interpolation (RoIAlign, https://arxiv.org/abs/1703.06870), without compiled operators.

Bilinear interpolation is separable. The average over the sampling points of a bin is the product of two small matrices
with the feature map, one per axis, whose rows hold the weights of the pixels of that axis: all boxes and channels of a
sample are two matrix products.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from mmaction.utils.check import pick

PoolMode = Literal['avg', 'max']
Size = int | tuple[int, int]
_POOL_MODES: tuple[PoolMode, ...] = ('avg', 'max')


def to_pair(size: Size) -> tuple[int, int]:
    """Height and width of a size; one number stands for both."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def check_rois(features: Tensor, rois: Tensor) -> None:
    """Raise ValueError unless features are (N, C, H, W) and rois (R, 5)."""
    if features.ndim != 4 or rois.ndim != 2 or rois.shape[1] != 5:
        raise ValueError(
            f'Features must be (N, C, H, W) and rois (R, 5), the index of the sample and the box xyxy, got shapes '
            f'{tuple(features.shape)} and {tuple(rois.shape)}.'
        )


@cache
def torchvision_roi_align() -> Callable[..., Tensor] | None:
    """torchvision's kernel; None if torchvision is absent or does not fit the installed torch."""
    if importlib.util.find_spec('torchvision') is None:
        return None
    try:
        from torchvision.ops import roi_align as kernel
    except (ImportError, RuntimeError, OSError):  # compiled for another version of torch
        return None
    found: Callable[..., Tensor] = kernel
    return found


class _Axis(NamedTuple):
    """Interpolation along one axis, for bins of up to S sampling points on L pixels.

    Attributes:
        weights: (R, bins, S, L), weights of the pixels.
        is_sample: (R, S), whether a box has so many sampling points.
    """

    weights: Tensor
    is_sample: Tensor

    def average(self) -> Tensor:
        """Weights of the average over the sampling points of each bin: (R, bins, L)."""
        used = self.is_sample[:, None, :, None]
        count = self.is_sample.sum(1).clamp(min=1)
        return (self.weights * used).sum(2) / count[:, None, None]


def _axis(first: Tensor, extent: Tensor, bins: int, length: int, sampling_ratio: int) -> _Axis:
    """Interpolation weights of boxes that begin at ``first`` and have ``extent``, both (R,), in pixels of the map."""
    bin_size = extent / bins
    if sampling_ratio > 0:
        count = torch.full_like(bin_size, sampling_ratio)
    else:
        count = bin_size.ceil().clamp(min=0)  # adaptive: a sampling point per pixel of the bin
    most = max(int(count.max()), 1)
    sample = torch.arange(most, device=first.device, dtype=first.dtype)
    offset = torch.arange(bins, device=first.device, dtype=first.dtype)
    inside = (sample + 0.5) / count.clamp(min=1)[:, None]  # (R, S), fraction of the bin
    position = first[:, None, None] + (offset[:, None] + inside[:, None]) * bin_size[:, None, None]  # (R, bins, S)
    # Up to one pixel outside the map, the pixel at its edge counts; beyond that, nothing does.
    is_near = (position >= -1) & (position <= length)
    position = position.clamp(0, length - 1)
    pixel = torch.arange(length, device=first.device, dtype=first.dtype)
    weights = (1 - (position[..., None] - pixel).abs()).clamp(min=0)  # (R, bins, S, L)
    return _Axis(weights * is_near[..., None], sample < count[:, None])


def _interpolate(features: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Features (C, H, W) at the rows (R, P, H) and columns (R, Q, W) of each box: (R, C, P, Q)."""
    num_rois, num_columns, _ = columns.shape
    across = features @ columns.flatten(0, 1).to(features).T  # (C, H, W) -> (C, H, R*Q)
    across = across.unflatten(2, (num_rois, num_columns))
    return torch.einsum('chrq,rph->rcpq', across, rows.to(features))


def _largest(features: Tensor, rows: _Axis, columns: _Axis) -> Tensor:
    """The largest sampling point of each bin; 0 where a box has none."""
    points = _interpolate(features, rows.weights.flatten(1, 2), columns.weights.flatten(1, 2))
    points = points.unflatten(3, columns.weights.shape[1:3]).unflatten(2, rows.weights.shape[1:3])
    used = rows.is_sample[:, :, None] & columns.is_sample[:, None, :]  # (R, Sy, Sx)
    lowest = torch.finfo(points.dtype).min
    points = points.masked_fill(~used[:, None, None, :, None, :], lowest)
    largest = points.amax(dim=(3, 5))  # (R, C, Py, Sy, Px, Sx) -> (R, C, Py, Px)
    return largest.masked_fill(~used.flatten(1).any(1)[:, None, None, None], 0)


def roi_align(
    features: Tensor,
    rois: Tensor,
    output_size: Size,
    spatial_scale: float = 1.0,
    sampling_ratio: int = 0,
    pool_mode: PoolMode = 'avg',
    aligned: bool = True,
) -> Tensor:
    """Pool the features of each box to a grid of bins by bilinear interpolation.

    The result has a gradient for the features, none for the boxes. On a GPU torchvision's kernel computes it where it
    can be loaded; the numbers are the same up to rounding.

    Args:
        features: (N, C, H, W).
        rois: (R, 5): index of the sample, and the box xyxy in pixels of the input.
        output_size: height and width of the grid.
        spatial_scale: pixels of the feature map per pixel of the input.
        sampling_ratio: sampling points per bin and axis; 0: one per pixel of the bin.
        pool_mode: ``'avg'`` or ``'max'`` of the sampling points of a bin.
        aligned: whether the center of a pixel, rather than its corner, is at its integer coordinate plus a half.

    Returns:
        (R, C, height, width).

    Raises:
        ValueError: a shape or ``pool_mode`` is wrong.
    """
    check_rois(features, rois)
    pick(_POOL_MODES, pool_mode, 'pool_mode')
    size = to_pair(output_size)
    # On a CPU the matrix products take two thirds of the time of the kernel.
    use_kernel = pool_mode == 'avg' and features.device.type != 'cpu'
    kernel = torchvision_roi_align() if use_kernel else None
    if kernel is not None:
        # The kernel fails for a box whose second corner precedes the first; such a box is empty.
        rois = torch.cat([rois[:, :3], torch.maximum(rois[:, 3:], rois[:, 1:3])], 1)
        return kernel(features, rois.to(features), size, spatial_scale, sampling_ratio or -1, aligned)
    return plain_roi_align(features, rois, size, spatial_scale, sampling_ratio, pool_mode, aligned)


def plain_roi_align(
    features: Tensor,
    rois: Tensor,
    output_size: tuple[int, int],
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: PoolMode,
    aligned: bool,
) -> Tensor:
    """:func:`roi_align` in PyTorch alone."""
    channels, height, width = features.shape[1:]
    if len(rois) == 0:
        return features.flatten()[:0].view(0, channels, *output_size)  # still a function of the features
    # Coordinates need more digits than half precision has.
    boxes = rois[:, 1:].detach().to(torch.promote_types(features.dtype, torch.float32)) * spatial_scale
    if aligned:
        boxes = boxes - 0.5
    extent = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0 if aligned else 1)
    rows = _axis(boxes[:, 1], extent[:, 1], output_size[0], height, sampling_ratio)
    columns = _axis(boxes[:, 0], extent[:, 0], output_size[1], width, sampling_ratio)
    pooled = []
    places = []
    sample_of = rois[:, 0].long()
    for index in sample_of.unique().tolist():
        place = (sample_of == index).nonzero().flatten()
        own_rows = _Axis(rows.weights[place], rows.is_sample[place])
        own_columns = _Axis(columns.weights[place], columns.is_sample[place])
        if pool_mode == 'max':
            pooled.append(_largest(features[index], own_rows, own_columns))
        else:
            pooled.append(_interpolate(features[index], own_rows.average(), own_columns.average()))
        places.append(place)
    return torch.cat(pooled)[torch.cat(places).argsort()]


class RoIAlign(nn.Module):
    """:func:`roi_align` as a module, with the arguments of mmcv's.

    Args:
        output_size: height and width of the grid.
        spatial_scale: pixels of the feature map per pixel of the input.
        sampling_ratio: sampling points per bin and axis; 0: one per pixel of the bin.
        pool_mode: ``'avg'`` or ``'max'``.
        aligned: see :func:`roi_align`.
    """

    def __init__(
        self,
        output_size: Size,
        spatial_scale: float = 1.0,
        sampling_ratio: int = 0,
        pool_mode: PoolMode = 'avg',
        aligned: bool = True,
    ) -> None:
        super().__init__()
        pick(_POOL_MODES, pool_mode, 'pool_mode')
        self.output_size = to_pair(output_size)
        self.spatial_scale = float(spatial_scale)
        self.sampling_ratio = int(sampling_ratio)
        self.pool_mode = pool_mode
        self.aligned = aligned

    def forward(self, input: Tensor, rois: Tensor) -> Tensor:
        """Pool features (N, C, H, W) at rois (R, 5): (R, C, height, width)."""
        return roi_align(
            input, rois, self.output_size, self.spatial_scale, self.sampling_ratio, self.pool_mode, self.aligned
        )

    def extra_repr(self) -> str:
        return (
            f'output_size={self.output_size}, spatial_scale={self.spatial_scale}, '
            f'sampling_ratio={self.sampling_ratio}, pool_mode={self.pool_mode!r}, aligned={self.aligned}'
        )
