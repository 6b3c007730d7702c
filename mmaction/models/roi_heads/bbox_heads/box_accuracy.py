"""Recall and precision of the labels of boxes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def top_k_matrix(scores: Tensor, k: int = 1) -> Tensor:
    """Mark the ``k`` largest scores of each row: (N, C) -> (N, C), bool."""
    chosen = torch.zeros_like(scores, dtype=torch.bool)
    return chosen.scatter_(1, scores.topk(k, dim=1).indices, True)


def recall_and_precision(predicted: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over the boxes of the fraction of their labels found, and of the fraction found that is right.

    Args:
        predicted: (N, C), bool.
        target: (N, C), bool.
    """
    hits = (predicted & target).sum(1)
    recall = hits / target.sum(1)
    precision = hits / (predicted.sum(1) + 1e-6)
    return recall.mean(), precision.mean()


def label_accuracies(scores: Tensor, target: Tensor, thr: float, topk: Sequence[int], multilabel: bool) -> dict:
    """Recall and precision of the labels above a threshold, and of the best ``k``.

    Args:
        scores: (N, C), logits.
        target: (N, C), positive where a box has the label.
        thr: threshold of the probability; with one label per box, the best class is predicted instead.
        topk: numbers of best classes.
        multilabel: whether a box has several labels.

    Returns:
        ``recall@thr=...``, ``prec@thr=...``, and ``recall@topK`` and ``prec@topK`` for each ``k``.
    """
    scores = scores.detach().float()
    is_target = target > 0.5
    if multilabel:
        predicted = scores.sigmoid() > thr
    else:
        predicted = top_k_matrix(scores)
    found = {}
    found[f'recall@thr={thr}'], found[f'prec@thr={thr}'] = recall_and_precision(predicted, is_target)
    for k in topk:
        found[f'recall@top{k}'], found[f'prec@top{k}'] = recall_and_precision(top_k_matrix(scores, k), is_target)
    return found
