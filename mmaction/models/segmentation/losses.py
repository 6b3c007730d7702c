"""Losses of temporal segmentation: cross entropy per step, and smoothness in time."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def frame_cross_entropy(logits: Tensor, labels: Tensor, weight: Tensor | None, ignore_index: int) -> Tensor:
    """Cross entropy over all steps with a label; 0 if none has one.

    Args:
        logits: (B, K, T).
        labels: int64 (B, T), ``ignore_index`` for padding and steps without a label.
        weight: weights of the classes (K,), by which the mean is weighted; None for 1.
        ignore_index: the label to leave out.
    """
    # As rows (B * T, K): on a GPU the gradient of the form (B, K, T) is not deterministic.
    rows = logits.transpose(1, 2).flatten(0, 1)
    total = F.cross_entropy(rows, labels.flatten(), weight, ignore_index=ignore_index, reduction='sum')
    counted = labels != ignore_index
    if weight is None:
        norm = counted.sum().to(total)
    else:
        norm = (weight[labels.clamp(min=0, max=len(weight) - 1)] * counted).sum()
    return total / norm.clamp(min=1e-8)


def truncated_smoothing(logits: Tensor, mask: Tensor, threshold: float = 4.0) -> Tensor:
    """Truncated mean squared error between the log probabilities of neighbouring steps (MS-TCN, Eq. 7 to 9).

    The mean over all classes and pairs of steps of ``min(|log p[t] - log p[t - 1]|, threshold) ** 2``, in which the
    earlier step is a constant. Source: https://arxiv.org/abs/1903.01945

    Args:
        logits: (B, K, T).
        mask: bool (B, T), False for padding.
        threshold: greatest difference that is counted.

    Returns:
        A scalar; 0 if no video has two steps.
    """
    log_p = F.log_softmax(logits, dim=1)
    difference = log_p[:, :, 1:] - log_p[:, :, :-1].detach()
    pairs = (mask[:, 1:] & mask[:, :-1])[:, None]  # (B, 1, T - 1)
    squares = difference.abs().clamp(max=threshold) ** 2 * pairs
    return squares.sum() / (pairs.sum() * logits.shape[1]).clamp(min=1)
