"""Targets of the points (Sec. 3.4 of the paper)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmaction.models.localizers.actionformer.points import Points


@dataclass(frozen=True)
class Targets:
    """``classes`` (P, K), 1 for the classes of a point; ``distances`` (P, 2) to start and end, in strides."""

    classes: Tensor
    distances: Tensor

    @property
    def positive(self) -> Tensor:
        """Mask (P,) of the points that have an action."""
        return self.classes.sum(-1) > 0


def assign_targets(
    points: Points, segments: Tensor, labels: Tensor, num_classes: int, radius: float | None = 1.5
) -> Targets:
    """Assign to each point the shortest action that it is responsible for.

    A point is responsible for an action if it lies within the action, at most ``radius`` strides from its middle, and
    the farther end of the action is within the range of the point's level. If several actions of the same length
    qualify, the point gets the classes of all and the distances of the first.

    Args:
        points: P points.
        segments: start and end (N, 2), in steps of the features; N may be 0.
        labels: int (N,).
        num_classes: K.
        radius: None for no limit within the action.
    """
    count = len(points.time)
    if not len(segments):
        return Targets(segments.new_zeros(count, num_classes), segments.new_zeros(count, 2))
    time = points.time[:, None]
    stride = points.stride[:, None]
    start, end = segments.unbind(1)
    to_start = time - start  # (P, N)
    to_end = end - time

    low = start.expand(count, -1)
    high = end.expand(count, -1)
    if radius is not None:
        middle = (start + end) / 2
        low = torch.maximum(middle - radius * stride, start)
        high = torch.minimum(middle + radius * stride, end)
    inside = torch.minimum(time - low, high - time) > 0
    farther = torch.maximum(to_start, to_end)
    in_range = (farther >= points.shortest[:, None]) & (farther <= points.longest[:, None])

    length = (end - start).expand(count, -1).masked_fill(~(inside & in_range), torch.inf)
    shortest, chosen = length.min(dim=1)
    # The tolerance, a thousandth of a step, makes up for the rounding of end - start.
    candidate = (length <= shortest[:, None] + 1e-3) & length.isfinite()  # (P, N)
    one_hot = torch.nn.functional.one_hot(labels, num_classes).to(segments)
    classes = (candidate.to(segments) @ one_hot).clamp(max=1)
    distances = torch.stack([to_start, to_end], -1)[torch.arange(count, device=time.device), chosen] / stride
    return Targets(classes, distances)
