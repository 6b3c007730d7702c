"""Head that returns features in place of class scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from mmaction.models.heads._parts import Feats
from mmaction.models.heads.base import BaseHead
from mmaction.models.options import PerCall
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick

PoolType = Literal['avg', 'max'] | None

_POOL: dict[str | None, Callable[[Tensor, tuple[int, ...]], Tensor]] = {
    'avg': lambda x, dims: x.mean(dim=dims),
    'max': lambda x, dims: x.amax(dim=dims),
    None: lambda x, dims: x,
}
# 'slowfast' and 'swin' are accepted for MMAction2's configs; their features need no special treatment.
_BACKBONES = (None, 'tsm', 'slowfast', 'swin', 'gcn')


def pool_feature(x: Tensor, spatial_type: PoolType, temporal_type: PoolType) -> Tensor:
    """Pool a feature map (N, C, T, H, W) over space, then over time; a type of None keeps the dimensions."""
    x = _POOL[spatial_type](x, (3, 4))
    return _POOL[temporal_type](x, (2,))


@MODELS.register_module()
class FeatureHead(BaseHead):
    """Pooled features as predictions, one row per sample; there is no loss.

    Args:
        spatial_type: pooling over space: ``'avg'``, ``'max'`` or None.
        temporal_type: pooling over time (over the frames, for a 2D backbone): ``'avg'``, ``'max'`` or None.
        backbone_name: ``'tsm'`` averages over each clip of ``num_segments`` frames and leaves the clips to
            ``average_clips``; ``'gcn'`` takes features by person and joint, (N, M, C, T, V).
        num_segments: frames per clip, for ``'tsm'``.
        **kwargs: arguments of :class:`BaseHead`. ``average_clips`` ``'score'`` averages the views of a sample, None
            keeps them apart.
    """

    def __init__(
        self,
        spatial_type: PoolType = 'avg',
        temporal_type: PoolType = 'avg',
        backbone_name: str | None = None,
        num_segments: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(None, None, **kwargs)
        pick(_POOL, spatial_type, 'spatial_type')
        pick(_POOL, temporal_type, 'temporal_type')
        pick(_BACKBONES, backbone_name, 'backbone_name')
        if backbone_name == 'tsm' and not num_segments:
            raise ValueError(f"backbone_name 'tsm' needs the frames per clip in num_segments ({num_segments}).")
        self.spatial_type = spatial_type
        self.temporal_type = temporal_type
        self.backbone_name = backbone_name
        self.num_segments = num_segments

    def forward(self, x: Feats, num_segs: int | None = None, **kwargs: Any) -> Tensor:
        """Pool.

        Args:
            x: (N * views, C, T, H, W); (N * num_segs, C, H, W) of a 2D backbone; pooled features (N * views, C); or
                several of these, which are pooled and then joined along C.
            num_segs: frames per sample, for a 2D backbone.
            **kwargs: ignored.

        Returns:
            (N * views, C), followed by the dimensions that are not pooled; of a 2D backbone whose frames are not
            pooled (N, num_segs, C, ...), frame by frame.
        """
        if not isinstance(x, Tensor):
            return torch.cat([self(part, num_segs) for part in x], dim=1)
        if x.ndim == 2:
            return x
        maps: Tensor = x
        is_2d = maps.ndim == 4
        if is_2d:
            frames = self.num_segments if self.backbone_name == 'tsm' else num_segs
            if frames is None:
                shape = tuple(maps.shape)
                raise ValueError(f'Features of a 2D backbone, {shape}, need num_segs, the frames per sample.')
            maps = maps.unflatten(0, (-1, frames)).transpose(1, 2)  # (N * S, C, H, W) -> (N, C, S, H, W)
        if maps.ndim != 5:
            raise ValueError(f'Features must have 2, 4 or 5 dimensions, got {tuple(maps.shape)}.')
        if self.backbone_name == 'gcn':
            # (N, M, C, T, V) -> (N, C, T, M, V): persons and joints are the space of a skeleton
            maps = maps.permute(0, 2, 3, 1, 4)
        pooled = pool_feature(maps, self.spatial_type, self.temporal_type)
        # MMAction2 keeps the frames of a 2D backbone in front of the channels: a row of features per frame.
        return pooled.transpose(1, 2) if is_2d and self.temporal_type is None else pooled

    def loss_by_feat(self, cls_scores: Tensor, data_samples: Sequence[ActionDataSample], **aux_inputs: Tensor) -> dict:
        raise NotImplementedError('FeatureHead extracts features and has no loss; train with a classification head.')

    def predict_by_feat(
        self,
        feats: Tensor,
        data_samples: Sequence[ActionDataSample],
        average_clips: PerCall = 'default',
    ) -> Tensor:
        """Features of each sample: (N, C), or (N, views, C) with ``average_clips=None``."""
        return self._average(feats, data_samples, average_clips)
