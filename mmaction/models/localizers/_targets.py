"""Targets of BSN and BMN: the ratio of each step that is action, start and end.

Legend: T steps, G actions, D durations, S starts. Times are in 0..1 of the video.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmaction.structures.segments import pairwise_segment_iou, segment_coverage


def temporal_anchors(num_steps: int, left: float = 0.0, right: float = 1.0) -> Tensor:
    """Intervals from ``left`` to ``right`` steps after the beginning of each step, (T, 2)."""
    # On the CPU also where a model is built on the meta device, which has no values.
    steps = torch.arange(num_steps, dtype=torch.float64, device='cpu')
    return (steps[:, None] + torch.tensor([left, right], device='cpu')) / num_steps


def covered_ratio(anchors: Tensor, segments: Tensor) -> Tensor:
    """Largest ratio of each anchor within one of the segments, (T, 2) and (G, 2) -> (T,); zeros without segments."""
    if not len(segments):
        return anchors.new_zeros(len(anchors))
    return segment_coverage(anchors[:, None], segments).amax(1)


def around(times: Tensor, width: Tensor | float) -> Tensor:
    """Segments of a given width around times, (G,) -> (G, 2)."""
    return torch.stack((times - width / 2, times + width / 2), dim=1)


def largest_iou(segments: Tensor, actions: Tensor) -> Tensor:
    """Largest IoU of each segment with an action, (P, 2) and (G, 2) -> (P,); zeros without actions."""
    if not len(actions):
        return segments.new_zeros(len(segments))
    return pairwise_segment_iou(segments, actions).amax(-1)
