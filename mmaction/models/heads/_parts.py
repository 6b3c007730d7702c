"""Layers and checks that the heads share."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmaction.utils.check import pick

Feats = Tensor | Sequence[Tensor]


class AvgConsensus(nn.Module):
    """Average over one dimension, which is kept with size 1.

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
    kind = pick(_CONSENSUS, arguments.pop('type', None), 'consensus type')
    return kind(**arguments)


def build_dropout(ratio: float) -> nn.Dropout | None:
    """Build dropout, or return None for a ratio of 0."""
    if not 0 <= ratio <= 1:
        raise ValueError(f'dropout_ratio ({ratio}) must be in [0, 1].')
    return nn.Dropout(p=ratio) if ratio else None


def dropped(dropout: nn.Dropout | None, x: Tensor) -> Tensor:
    """Features after dropout, if there is any."""
    return x if dropout is None else dropout(x)


def pool_and_flatten(pool: nn.Module | None, x: Feats, rank: int) -> Tensor:
    """Pool a feature map to one vector: (N, C, ...) -> (N, C).

    Args:
        pool: pooling module over ``rank`` - 2 dimensions; None flattens the features as they are.
        x: a feature map of any rank. Features (N, C), of a backbone that pools by itself, are passed through.
        rank: number of dimensions that ``pool`` takes.
    """
    if not isinstance(x, Tensor):
        raise TypeError(
            f'The head takes one feature map, got {type(x).__name__} of {len(x)}; '
            'set out_indices of the backbone to one stage.'
        )
    if pool is None or x.ndim <= 2:
        return x.flatten(1)
    # A 3D head after a 2D backbone, or the other way round: the average is the same with a time axis of size 1, or
    # with time and height merged. Without this, PyTorch would take the missing dimension for that of the batch.
    while x.ndim < rank:
        x = x.unsqueeze(2)
    return pool(x.flatten(2, x.ndim - rank + 2)).flatten(1)


def two_pathways(head: str, x: Feats) -> Sequence[Tensor]:
    """Check that a head got the feature maps of two pathways, and return them."""
    if isinstance(x, Tensor):
        raise ValueError(f'{head} takes the features of two pathways, got one tensor of shape {tuple(x.shape)}.')
    if len(x) != 2:
        raise ValueError(f'{head} takes the features of two pathways, got {len(x)} feature maps.')
    return x
