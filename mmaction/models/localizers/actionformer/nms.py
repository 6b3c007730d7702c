"""Soft-NMS and voting of segments of several classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


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


def pairwise_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU of spans (N, 2) and (M, 2): (N, M); 0 for two of no length."""
    start, end = torch.maximum(a[:, None, 0], b[:, 0]), torch.minimum(a[:, None, 1], b[:, 1])
    shared = (end - start).clamp(min=0)
    union = (a[:, 1] - a[:, 0])[:, None] + (b[:, 1] - b[:, 0]) - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-12), 0.0)


def soft_nms(found: Segments, sigma: float, max_num: int, min_score: float = 0.0, by_class: bool = True) -> Segments:
    """Take the best, lower the scores of those that overlap it by ``exp(-IoU^2 / sigma)``, and so on.

    (Bodla et al., 2017, https://arxiv.org/abs/1704.04503.) One loop over what is kept serves all classes: the best of
    all is also the best of its class, and it lowers only its own class.

    Args:
        found: N candidates.
        sigma: width of the decay.
        max_num: the number kept at most.
        min_score: stop where no score is above.
        by_class: whether segments only compete within their class.

    Returns:
        At most ``max_num``, by falling (lowered) score.
    """
    scores = found.scores.clone()
    kept: list[Tensor] = []
    kept_scores: list[Tensor] = []
    for _ in range(min(max_num, len(found))):
        best = scores.argmax()
        if scores[best] <= min_score:
            break
        kept.append(best)
        kept_scores.append(scores[best].clone())
        decay = torch.exp(-pairwise_iou(found.spans[best][None], found.spans)[0].square() / sigma)
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
        kept: what soft-NMS kept.
        found: all candidates, with their scores from before.
        threshold: IoU from which a candidate votes; 1 or more: no vote.
        by_class: whether only candidates of its class vote.
    """
    if threshold >= 1 or not len(kept):
        return kept
    iou = pairwise_iou(kept.spans, found.spans)  # (K, N)
    weight = torch.where(iou >= threshold, iou * found.scores, 0.0)
    if by_class:
        weight = torch.where(kept.labels[:, None] == found.labels, weight, 0.0)
    total = weight.sum(1, keepdim=True)
    spans = torch.where(total > 0, weight @ found.spans / total.clamp(min=1e-12), kept.spans)
    return Segments(spans, kept.scores, kept.labels)
