"""Loss of BSN on the probabilities of action, start and end."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmaction.registry import MODELS


def balance(num_positive: Tensor, num_entries: Tensor | float, ratio_range: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Weights of negative and positive entries that balance both parts of a set.

    With the ratio r = entries / positives, clamped to ``ratio_range``, they are r / (2 (r - 1)) and r / 2.
    """
    ratio = (num_entries / num_positive.clamp(min=1)).clamp(*ratio_range)
    return 0.5 * ratio / (ratio - 1), 0.5 * ratio


def check_ratio_range(ratio_range: Sequence[float]) -> None:
    """Raise ValueError if the weight of negatives would be unlimited."""
    if len(ratio_range) != 2 or not 1 < ratio_range[0] <= ratio_range[1]:
        raise ValueError(f'ratio_range {tuple(ratio_range)} must be two numbers above 1, ascending.')


def binary_logistic_regression_loss(
    reg_score: Tensor,
    label: Tensor,
    threshold: float = 0.5,
    ratio_range: Sequence[float] = (1.05, 21),
    eps: float = 1e-5,
) -> Tensor:
    """Binary cross entropy with up-weighted positives (BSN, https://arxiv.org/abs/1806.02964, eq. 3).

    Args:
        reg_score: probabilities in [0, 1], of any shape.
        label: labels of the same number; those above ``threshold`` are positive.
        threshold: limit between negatives and positives.
        ratio_range: limits of entries / positives, both above 1.
        eps: added to a probability before the logarithm.

    Returns:
        The mean over the entries, a float32 scalar.
    """
    check_ratio_range(ratio_range)
    if reg_score.numel() != label.numel():
        raise ValueError(
            f'reg_score has {reg_score.numel()} entries, but label has {label.numel()}; give one label per entry.'
        )
    score = reg_score.reshape(-1).float()
    positive = (label.reshape(-1).to(score.device) > threshold).to(score.dtype)
    weight_0, weight_1 = balance(positive.sum(), positive.numel(), ratio_range)
    loss = weight_1 * positive * torch.log(score + eps) + weight_0 * (1 - positive) * torch.log(1 - score + eps)
    return -loss.mean()


@MODELS.register_module()
class BinaryLogisticRegressionLoss(nn.Module):
    """Module of :func:`binary_logistic_regression_loss`."""

    forward = staticmethod(binary_logistic_regression_loss)
