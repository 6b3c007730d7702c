"""Running many views of a video through a network, and joining what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class MixesFrames(Protocol):
    """A 2D backbone that looks across the frames of a clip, which stand next to one another in the batch.

    Attributes:
        num_segments: frames of a clip.
    """

    num_segments: int | None


def join(parts: Sequence[Any]) -> Any:
    """Concatenate along the first dimension, within tuples and lists: several outputs of one network become one."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(list(parts))
    return type(first)(join(column) for column in zip(*parts))


def in_chunks(forward: Callable[[Tensor], Any], inputs: Tensor, size: int | None) -> Any:
    """``forward(inputs)``, of at most ``size`` entries of the first dimension at once; None sets no limit."""
    if size is None or len(inputs) <= size:
        return forward(inputs)
    return join([forward(chunk) for chunk in inputs.split(size)])


def pooled_features(feats: Tensor | Sequence, num_samples: int) -> Tensor:
    """Average features over all but samples and channels, and join those of several maps.

    Args:
        feats: (N * views, C, ...), or several of these.
        num_samples: N.

    Returns:
        (N, C), float32.
    """
    if not isinstance(feats, Tensor):
        return torch.cat([pooled_features(part, num_samples) for part in feats], dim=1)
    feats = feats.float().unflatten(0, (num_samples, -1))  # (N * V, C, ...) -> (N, V, C, ...)
    return feats.mean(dim=(1, *range(3, feats.ndim)))
