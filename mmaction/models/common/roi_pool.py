"""Largest feature of each part of a box (RoIPool, https://arxiv.org/abs/1504.08083), without compiled operators."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmaction.models.common.roi_align import Size, check_rois, to_pair


def _bins(first: Tensor, last: Tensor, bins: int, length: int) -> Tensor:
    """Pixels of each bin along one axis: (R,) and (R,) -> (R, bins, length), bool."""
    size = (last - first)[:, None] / bins
    offset = torch.arange(bins, device=first.device, dtype=first.dtype)
    begin = (offset * size + first[:, None]).floor()
    end = ((offset + 1) * size + first[:, None]).ceil()
    pixel = torch.arange(length, device=first.device, dtype=first.dtype)
    inside = (pixel >= begin[..., None]) & (pixel < end[..., None])
    return inside & (size > 0)[..., None]


def roi_pool(features: Tensor, rois: Tensor, output_size: Size, spatial_scale: float = 1.0) -> Tensor:
    """Take the largest feature in each bin of each box; 0 in bins outside the map.

    Bins follow mmcv, which does not round the corners of a box. torchvision does, so that its kernel gives other
    numbers and is not used.

    Args:
        features: (N, C, H, W).
        rois: (R, 5): index of the sample, and the box xyxy in pixels of the input.
        output_size: number of bins, height and width.
        spatial_scale: pixels of the feature map per pixel of the input.

    Returns:
        (R, C, height, width).
    """
    check_rois(features, rois)
    rows, columns = to_pair(output_size)
    height, width = features.shape[2:]
    lowest = torch.finfo(features.dtype).min
    boxes = rois[:, 1:].detach().float()
    x1, y1, x2, y2 = (boxes + boxes.new_tensor([0, 0, 1, 1])).mul(spatial_scale).unbind(1)
    in_row = _bins(y1, y2, rows, height)
    in_column = _bins(x1, x2, columns, width)
    maps = features[rois[:, 0].long()]  # (R, C, H, W)
    # A bin at a time: all at once would take as much memory as all maps times the number of bins.
    across = []
    for bin_ in range(columns):
        outside = ~in_column[:, None, None, bin_]
        across.append(maps.masked_fill(outside, lowest).amax(3))  # (R, C, H)
    pooled = []
    for bin_ in range(rows):
        outside = ~in_row[:, None, bin_]
        pooled.append(torch.stack([column.masked_fill(outside, lowest).amax(2) for column in across], 2))
    grid = torch.stack(pooled, 2)  # (R, C, rows, columns)
    is_empty = ~(in_row.any(2)[:, :, None] & in_column.any(2)[:, None, :])
    return grid.masked_fill(is_empty[:, None], 0)


class RoIPool(nn.Module):
    """:func:`roi_pool` as a module, with the arguments of mmcv's.

    Args:
        output_size: number of bins, height and width.
        spatial_scale: pixels of the feature map per pixel of the input.
    """

    def __init__(self, output_size: Size, spatial_scale: float = 1.0) -> None:
        super().__init__()
        self.output_size = to_pair(output_size)
        self.spatial_scale = float(spatial_scale)

    def forward(self, input: Tensor, rois: Tensor) -> Tensor:
        """Pool features (N, C, H, W) at rois (R, 5): (R, C, height, width)."""
        return roi_pool(input, rois, self.output_size, self.spatial_scale)

    def extra_repr(self) -> str:
        return f'output_size={self.output_size}, spatial_scale={self.spatial_scale}'
