"""Hinge loss over the hardest samples of each group."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def ohem_hinge_loss(
    pred: Tensor, labels: Tensor, is_positive: float, ohem_ratio: float, group_size: int
) -> tuple[Tensor, Tensor]:
    """Compute the loss and its gradient with respect to ``pred``.

    Args:
        pred: scores (N, C), N a multiple of ``group_size``.
        labels: classes (N,), counted from 1.
        is_positive: 1 for proposals of the class, -1 for others.
        ohem_ratio: ratio of each group, those of the largest loss, that contribute.
        group_size: proposals per video.

    Returns:
        The sum of the losses (1,), and the gradient (N, C).
    """
    if len(pred) != len(labels):
        raise ValueError(f'pred has {len(pred)} rows and labels {len(labels)} entries; give one label per row.')
    if group_size < 1 or len(pred) % group_size:
        raise ValueError(f'The {len(pred)} rows of pred cannot be divided into groups of group_size ({group_size}).')
    column = labels.long()[:, None] - 1
    losses = (1 - is_positive * pred.gather(1, column)[:, 0]).clamp(min=0).view(-1, group_size)  # (N,) -> (G, S)
    kept = losses.topk(int(group_size * ohem_ratio), dim=1)
    slopes = torch.zeros_like(losses).scatter(1, kept.indices, -is_positive * (kept.values > 0).to(pred.dtype))
    return kept.values.sum().view(1), torch.zeros_like(pred).scatter(1, column, slopes.view(-1, 1))


class OHEMHingeLoss(torch.autograd.Function):
    """Hinge loss of the completeness of proposals, with online hard example mining.

    SSN, Zhao et al., 2017, sec. 4, https://arxiv.org/abs/1704.06228. Call ``OHEMHingeLoss.apply`` with the arguments of
    :func:`ohem_hinge_loss`.
    """

    @staticmethod
    def forward(
        ctx: Any, pred: Tensor, labels: Tensor, is_positive: float, ohem_ratio: float, group_size: int
    ) -> Tensor:
        loss, gradient = ohem_hinge_loss(pred, labels, is_positive, ohem_ratio, group_size)
        ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad_output, None, None, None, None
