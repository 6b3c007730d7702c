"""Points: the time steps of the levels of the pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Points:
    """The points of all levels in sequence; each field is (P,), in steps of the features.

    Attributes:
        time: positions in time.
        stride: distances between the points of the level.
        shortest: smallest distance to the farther end of an action that the level is responsible for.
        longest: largest such distance.
    """

    time: Tensor
    stride: Tensor
    shortest: Tensor
    longest: Tensor

    def __getitem__(self, index: Tensor) -> Points:
        return Points(self.time[index], self.stride[index], self.shortest[index], self.longest[index])


def make_points(length: int, ranges: Sequence[tuple[float, float]], device: torch.device | None = None) -> Points:
    """Build the points of a pyramid in which each level has half the steps of the previous one.

    Args:
        length: steps of the finest level.
        ranges: ``(shortest, longest)`` per level.
        device: device of the tensors.
    """
    levels = []
    for level, (shortest, longest) in enumerate(ranges):
        time = torch.arange(0, length, 2**level, dtype=torch.float32, device=device)
        same = torch.ones_like(time)
        levels.append((time, same * 2**level, same * shortest, same * longest))
    return Points(*(torch.cat(parts) for parts in zip(*levels)))
