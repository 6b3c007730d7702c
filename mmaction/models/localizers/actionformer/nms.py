"""Soft-NMS and voting among segments of several classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmaction.structures.segments import pairwise_segment_iou, segment_iou

__all__ = ['Segments', 'pairwise_iou', 'soft_nms', 'vote']

pairwise_iou = pairwise_segment_iou  # former name


@dataclass(frozen=True)
class Segments:
    """N detected actions: ``spans`` (N, 2) start and end; ``scores`` (N,); ``labels`` int (N,)."""

    spans: Tensor
    scores: Tensor
    labels: Tensor

    def __getitem__(self, index: Tensor | slice) -> Segments:
        return Segments(self.spans[index], self.scores[index], self.labels[index])

    def __len__(self) -> int:
        return len(self.scores)


def soft_nms(found: Segments, sigma: float, max_num: int, min_score: float = 0.0, by_class: bool = True) -> Segments:
    """Keep the best segment, multiply the scores of those that overlap it by ``exp(-IoU^2 / sigma)``, and repeat.

    (Bodla et al., 2017, https://arxiv.org/abs/1704.04503.) One loop over the kept segments serves all classes: the best
    of all is also the best of its class, and it lowers only the scores of its own class.

    Args:
        found: N candidates.
        sigma: width of the decay.
        max_num: maximum number of kept segments.
        min_score: stop when no score is above it.
        by_class: whether segments only compete within their class.

    Returns:
        At most ``max_num`` segments by descending (lowered) score.
    """
    scores = found.scores.clone()
    kept: list[Tensor] = []
    kept_scores: list[Tensor] = []
    for _ in range(min(max_num, len(found))):
        best = scores.argmax()
        if scores[best] <= min_score:
            break
        kept.append(best)
        kept_scores.append(scores[best].clone())  # a view would change with the decay below
        decay = torch.exp(-segment_iou(found.spans[best], found.spans).square() / sigma)
        if by_class:
            decay = torch.where(found.labels == found.labels[best], decay, 1.0)
        scores *= decay
        scores[best] = -torch.inf
    if not kept:
        return found[:0]
    index = torch.stack(kept)
    return Segments(found.spans[index], torch.stack(kept_scores), found.labels[index])


def vote(kept: Segments, found: Segments, threshold: float, by_class: bool = True) -> Segments:
    """Replace each kept span by the mean of the candidates that overlap it, weighted by score * IoU.

    Args:
        kept: segments that soft-NMS kept.
        found: all candidates, with their scores before soft-NMS.
        threshold: minimum IoU for a candidate to vote; 1 or more switches voting off.
        by_class: whether only candidates of the same class vote.
    """
    if threshold >= 1 or not len(kept):
        return kept
    iou = pairwise_segment_iou(kept.spans, found.spans)  # (K, N)
    weight = torch.where(iou >= threshold, iou * found.scores, 0.0)
    if by_class:
        weight = torch.where(kept.labels[:, None] == found.labels, weight, 0.0)
    total = weight.sum(1, keepdim=True)
    spans = torch.where(total > 0, weight @ found.spans / total.clamp(min=1e-12), kept.spans)
    return Segments(spans, kept.scores, kept.labels)
