"""Features of the boxes of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.roi_align import RoIAlign, Size
from mmaction.models.common.roi_pool import RoIPool
from mmaction.registry import MODELS
from mmaction.utils.check import pick

RoILayer = Literal['RoIAlign', 'RoIPool']
_ROI_LAYERS: tuple[RoILayer, ...] = ('RoIAlign', 'RoIPool')
_TEMPORAL_POOLS = ('avg', 'max')


def same_size(maps: Sequence[Tensor]) -> list[Tensor]:
    """Bring maps (N, C_i, T_i, H_i, W_i) to the longest T and the H and W of the first, by nearest neighbor."""
    if len(maps) == 1:
        return [maps[0]]
    size = (max(x.shape[2] for x in maps), *maps[0].shape[3:])
    return [x if x.shape[2:] == size else F.interpolate(x, size) for x in maps]


@MODELS.register_module()
class SingleRoIExtractor3D(nn.Module):
    """Pool the features of each box in each frame of a clip; a box is in the same place in all frames.

    The maps of several pathways, as of SlowFast, are joined along the channels.

    Args:
        roi_layer_type: ``'RoIAlign'`` or ``'RoIPool'``.
        featmap_stride: pixels of the input per pixel of the feature map.
        output_size: height and width of the features of a box.
        sampling_ratio: of RoIAlign, like ``pool_mode`` and ``aligned``; see :func:`roi_align`.
        pool_mode: see there.
        aligned: see there.
        with_temporal_pool: pool the maps over time first.
        temporal_pool_mode: ``'avg'`` or ``'max'``.
        with_global: append the pooled map of the whole frame, which doubles the channels.

    Raises:
        ValueError: one of the options is unknown.
    """

    def __init__(
        self,
        roi_layer_type: RoILayer = 'RoIAlign',
        featmap_stride: int = 16,
        output_size: Size = 16,
        sampling_ratio: int = 0,
        pool_mode: Literal['avg', 'max'] = 'avg',
        aligned: bool = True,
        with_temporal_pool: bool = True,
        temporal_pool_mode: Literal['avg', 'max'] = 'avg',
        with_global: bool = False,
    ) -> None:
        super().__init__()
        self.roi_layer_type = pick(_ROI_LAYERS, roi_layer_type, 'roi_layer_type')
        self.temporal_pool_mode = pick(_TEMPORAL_POOLS, temporal_pool_mode, 'temporal_pool_mode')
        self.featmap_stride = featmap_stride
        self.spatial_scale = 1.0 / featmap_stride
        self.output_size = output_size
        self.sampling_ratio = sampling_ratio
        self.pool_mode = pool_mode
        self.aligned = aligned
        self.with_temporal_pool = with_temporal_pool
        self.with_global = with_global
        if roi_layer_type == 'RoIPool':
            self.roi_layer: nn.Module = RoIPool(output_size, self.spatial_scale)
        else:
            self.roi_layer = RoIAlign(
                output_size, self.spatial_scale, sampling_ratio=sampling_ratio, pool_mode=pool_mode, aligned=aligned
            )
        self.global_pool = nn.AdaptiveAvgPool2d(self.roi_layer.output_size)

    def init_weights(self) -> None:
        """Do nothing: there are no weights."""

    def forward(self, feat: Tensor | Sequence[Tensor], rois: Tensor, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Pool the features of boxes.

        Args:
            feat: map (N, C, T, H, W) of the backbone, or several (N, C_i, T_i, H_i, W_i).
            rois: (R, 5): index of the sample, and the box xyxy in pixels of the input.
            **kwargs: ignored.

        Returns:
            Features of the boxes, (R, C, T', *output_size), and the joined map, (N, C, T', H, W). T' is 1 after
            temporal pooling. C is that of all pathways, doubled for the boxes by ``with_global``.
        """
        maps = same_size([feat] if isinstance(feat, Tensor) else feat)
        if self.with_temporal_pool:
            maps = [self._pool_time(x) for x in maps]
        joined = torch.cat(maps, dim=1).contiguous() if len(maps) > 1 else maps[0].contiguous()
        channels, steps = joined.shape[1:3]
        # The boxes are the same in all frames, so that frames are pooled as if they were channels.
        frames = joined.flatten(1, 2)  # (N, C, T, H, W) -> (N, C*T, H, W)
        roi_feats = self.roi_layer(frames, rois)
        if self.with_global:
            whole = self.global_pool(frames)[rois[:, 0].long()]
            roi_feats = torch.cat([self._by_time(roi_feats, channels, steps), self._by_time(whole, channels, steps)], 1)
        else:
            roi_feats = self._by_time(roi_feats, channels, steps)
        return roi_feats, joined

    def _pool_time(self, x: Tensor) -> Tensor:
        if self.temporal_pool_mode == 'max':
            return x.amax(2, keepdim=True)
        return x.mean(2, keepdim=True)

    @staticmethod
    def _by_time(x: Tensor, channels: int, steps: int) -> Tensor:
        return x.unflatten(1, (channels, steps))  # (R, C*T, h, w) -> (R, C, T, h, w)
