"""Decoding of the predictions at the points into segments."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmaction.models.localizers.actionformer.nms import Segments, soft_nms, vote
from mmaction.models.localizers.actionformer.points import Points


@dataclass(frozen=True)
class Decoding:
    """Thresholds of the decoding (``test_cfg`` of the model).

    Attributes:
        score_threshold: score above which a prediction is a candidate.
        pre_nms_top_k: maximum number of candidates.
        min_duration: shortest candidate, in steps of the features.
        nms_sigma: see :func:`soft_nms`.
        voting_threshold: see :func:`vote`.
        min_score: minimum score of a kept segment, after soft-NMS.
        max_segments: maximum number of segments per video.
        by_class: whether segments compete only within their class in soft-NMS.
        class_scores: JSON file with another model's scores of whole videos, ``{'class': [names], 'results': {video:
            [scores]}}``: the segments get the labels of the ``class_scores_top_k`` best classes, with score
            ``sqrt(segment * class)``. For a model of one class, as on ActivityNet.
        class_scores_top_k: see ``class_scores``.
    """

    score_threshold: float = 0.001
    pre_nms_top_k: int = 2000
    min_duration: float = 0.05
    nms_sigma: float = 0.5
    voting_threshold: float = 0.7
    min_score: float = 0.001
    max_segments: int = 200
    by_class: bool = True
    class_scores: str | None = None
    class_scores_top_k: int = 2

    def __post_init__(self) -> None:
        for name in ('nms_sigma', 'pre_nms_top_k', 'max_segments', 'class_scores_top_k'):
            if getattr(self, name) <= 0:
                raise ValueError(f'{name} ({getattr(self, name)}) must be positive.')


def decode(points: Points, logits: Tensor, distances: Tensor, how: Decoding) -> Segments:
    """Decode the segments of one video, in steps of the features.

    Args:
        points: P points, without those of padding.
        logits: (P, K).
        distances: (P, 2), in strides.
        how: thresholds.
    """
    candidates = select_candidates(points, logits, distances, how)
    kept = soft_nms(candidates, how.nms_sigma, how.max_segments, how.min_score, how.by_class)
    return vote(kept, candidates, how.voting_threshold, how.by_class)


def select_candidates(points: Points, logits: Tensor, distances: Tensor, how: Decoding) -> Segments:
    """Convert the best (point, class) pairs to segments."""
    scores = logits.float().sigmoid()  # (P, K)
    flat = scores.flatten()
    top, index = flat.topk(min(how.pre_nms_top_k, len(flat)))
    above = top > how.score_threshold
    index = index[above]
    top = top[above]
    point = index // scores.shape[1]
    label = index % scores.shape[1]
    reach = distances.float()[point] * points.stride[point, None]
    spans = torch.stack([points.time[point] - reach[:, 0], points.time[point] + reach[:, 1]], dim=1)
    long_enough = spans[:, 1] - spans[:, 0] > how.min_duration
    return Segments(spans, top, label)[long_enough]
