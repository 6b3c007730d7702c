"""Pooling of box features over time and space, as the heads choose it by name."""

from __future__ import annotations

from typing import Literal

from torch import nn

from mmaction.utils.check import pick

PoolType = Literal['avg', 'max']
_POOLS: dict[str, type[nn.AdaptiveAvgPool3d | nn.AdaptiveMaxPool3d]] = {
    'avg': nn.AdaptiveAvgPool3d,
    'max': nn.AdaptiveMaxPool3d,
}


def temporal_pool(kind: PoolType) -> nn.Module:
    """Pooling over time: (R, C, T, H, W) -> (R, C, 1, H, W)."""
    return pick(_POOLS, kind, 'temporal_pool_type')((1, None, None))


def spatial_pool(kind: PoolType) -> nn.Module:
    """Pooling over space: (R, C, T, H, W) -> (R, C, T, 1, 1)."""
    return pick(_POOLS, kind, 'spatial_pool_type')((None, 1, 1))
