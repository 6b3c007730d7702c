"""Running many views of a video through a network in chunks."""

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
    """Concatenate the outputs of one network along the first dimension, also within tuples and lists."""
    first = parts[0]
    if len(parts) == 1:  # nothing to copy
        return first
    if isinstance(first, Tensor):
        return torch.cat(list(parts))
    return type(first)(join(column) for column in zip(*parts))


def in_chunks(forward: Callable[[Tensor], Any], inputs: Tensor, size: int | None) -> Any:
    """``forward(inputs)`` on at most ``size`` rows at a time; None sets no limit."""
    if size is None or len(inputs) <= size:
        return forward(inputs)
    return join([forward(chunk) for chunk in inputs.split(size)])


def pooled_features(feats: Tensor | Sequence, num_samples: int) -> Tensor:
    """Average features over everything but samples and channels, and join those of several maps.

    Args:
        feats: (N * views, C, ...), or several of these.
        num_samples: N.

    Returns:
        (N, C), float32.
    """
    if not isinstance(feats, Tensor):
        return torch.cat([pooled_features(part, num_samples) for part in feats], dim=1)
    views = feats.float().unflatten(0, (num_samples, -1))  # (N * V, C, ...) -> (N, V, C, ...)
    return views.mean(dim=(1, *range(3, views.ndim)))
