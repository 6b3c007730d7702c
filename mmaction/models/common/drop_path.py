"""Stochastic depth: residual branches are dropped for some samples during training."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DropPath(nn.Module):
    """Dropout of whole residual branches, per sample; the other branches are scaled up to keep the mean.

    Deep Networks with Stochastic Depth (Huang et al., 2016, https://arxiv.org/abs/1603.09382). Identity in eval mode.

    Args:
        drop_prob: probability of dropping the branch of a sample, in [0, 1).
    """

    def __init__(self, drop_prob: float = 0.0) -> None:
        super().__init__()
        if not 0 <= drop_prob < 1:
            raise ValueError(f'drop_prob ({drop_prob}) must lie in [0, 1).')
        self.drop_prob = drop_prob

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.drop_prob == 0:
            return x
        keep = 1 - self.drop_prob
        mask = torch.empty((x.shape[0], *(1,) * (x.dim() - 1)), dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * mask / keep

    def extra_repr(self) -> str:
        return f'drop_prob={self.drop_prob}'
