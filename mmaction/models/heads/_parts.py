"""Small parts that the heads share."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class AvgConsensus(nn.Module):
    """Average over one dimension, which stays with size 1.

    Args:
        dim: the dimension of the segments.
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=self.dim, keepdim=True)

    def extra_repr(self) -> str:
        return f'dim={self.dim}'


_CONSENSUS: dict[str, type[nn.Module]] = {'AvgConsensus': AvgConsensus}


def build_consensus(cfg: dict) -> nn.Module:
    """Build the aggregation over segments.

    Args:
        cfg: ``type`` and the arguments.

    Raises:
        ValueError: the type is unknown.
    """
    arguments = dict(cfg)
    kind = arguments.pop('type', None)
    if kind not in _CONSENSUS:
        raise ValueError(f'consensus type ({kind!r}) is not supported. Choose one of {sorted(_CONSENSUS)}.')
    return _CONSENSUS[kind](**arguments)


def check_spatial_type(value: str | None) -> None:
    """Raise ValueError where ``value`` is neither ``'avg'`` nor None."""
    if value not in ('avg', None):
        raise ValueError(f"spatial_type ({value!r}) is not supported. Choose 'avg', or None for pooled features.")


def build_dropout(ratio: float) -> nn.Dropout | None:
    """Dropout, or None where the ratio is 0."""
    if not 0 <= ratio <= 1:
        raise ValueError(f'dropout_ratio ({ratio}) must be in [0, 1].')
    return nn.Dropout(p=ratio) if ratio else None


def pool_and_flatten(x: Tensor, spatial_type: str | None) -> Tensor:
    """Average a feature map over all but its first two dimensions: (N, C, ...) -> (N, C).

    Features without such dimensions, or with ``spatial_type`` None, are only flattened.
    """
    if not isinstance(x, Tensor):
        raise TypeError(
            f'The head takes one feature map, got {type(x).__name__} of {len(x)}; '
            'let out_indices of the backbone name one stage.'
        )
    if spatial_type is None or x.ndim <= 2:
        return torch.flatten(x, 1)
    return x.mean(dim=tuple(range(2, x.ndim)))
