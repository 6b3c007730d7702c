"""What the time steps of the pyramid stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Points:
    """The steps of all levels, one after the other; in steps of the features, each (P,)."""

    time: Tensor
    stride: Tensor
    shortest: Tensor  # distances to the farther end of an action that the level is there for: from
    longest: Tensor  # to


def make_points(length: int, ranges: Sequence[tuple[float, float]], device: torch.device | None = None) -> Points:
    """The points of a pyramid in which each level has half the steps of the one before.

    Args:
        length: steps of the finest level.
        ranges: ``(shortest, longest)`` a level.
        device: of the tensors.
    """
    levels = []
    for level, (shortest, longest) in enumerate(ranges):
        time = torch.arange(0, length, 2**level, dtype=torch.float32, device=device)
        same = torch.ones_like(time)
        levels.append((time, same * 2**level, same * shortest, same * longest))
    return Points(*(torch.cat(parts) for parts in zip(*levels)))
