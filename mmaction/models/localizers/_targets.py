"""What BSN and BMN learn: how much of each step is action, start and end.

Legend: T steps, G actions, D durations, S starts. Times are parts of the video (0..1).
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmaction.models.localizers.utils import batch_iou


def temporal_anchors(num_steps: int, left: float = 0.0, right: float = 1.0) -> Tensor:
    """(T, 2): from ``left`` to ``right`` steps after the beginning of each step."""
    return (torch.arange(num_steps, dtype=torch.float64)[:, None] + torch.tensor([left, right])) / num_steps


def covered_share(anchors: Tensor, segments: Tensor) -> Tensor:
    """Largest part of each anchor within one of the segments, (T, 2) and (G, 2) -> (T,); zeros without segments."""
    if not len(segments):
        return anchors.new_zeros(len(anchors))
    inter = torch.minimum(anchors[:, None, 1], segments[:, 1]) - torch.maximum(anchors[:, None, 0], segments[:, 0])
    return (inter.clamp(min=0) / (anchors[:, 1] - anchors[:, 0])[:, None]).amax(1)


def around(times: Tensor, width: Tensor | float) -> Tensor:
    """Segments of a width about times, (G,) -> (G, 2)."""
    return torch.stack((times - width / 2, times + width / 2), dim=1)


def iou_map(num_steps: int, actions: Tensor) -> Tensor:
    """Largest IoU with an action of the segment that is d + 1 steps long and starts with step s, (D, S) = (T, T)."""
    if not len(actions):
        return actions.new_zeros(num_steps, num_steps)
    index = torch.arange(num_steps, dtype=actions.dtype, device=actions.device)
    start = (index / num_steps).expand(num_steps, -1)
    segments = torch.stack((start, start + (index[:, None] + 1) / num_steps), dim=-1)  # (D, S, 2)
    return batch_iou(segments.flatten(0, 1), actions).amax(-1).view(num_steps, num_steps)
