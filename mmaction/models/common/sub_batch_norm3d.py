"""Sub-batch norm, for multigrid training (Wu et al., 2020, https://arxiv.org/abs/1912.00998, sec. 3.3)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mmaction.registry import MODELS


@MODELS.register_module()
class SubBatchNorm3D(nn.Module):
    """Batch norm over parts of the batch: its statistics stay those of a small batch when the batch grows.

    Call :meth:`aggregate_stats` before evaluating.

    Args:
        num_features: channels.
        num_splits: parts that the batch is cut into.
        **cfg: further arguments of ``torch.nn.BatchNorm3d``.
    """

    def __init__(self, num_features: int, num_splits: int = 1, **cfg: Any) -> None:
        super().__init__()
        if num_splits < 1:
            raise ValueError(f'num_splits ({num_splits}) must be at least 1.')
        self.num_features, self.num_splits = num_features, num_splits
        self.affine = cfg.pop('affine', True)
        self.bn = nn.BatchNorm3d(num_features, affine=False, **cfg)
        self.split_bn = nn.BatchNorm3d(num_features * num_splits, affine=False, **cfg)
        if self.affine:
            self.weight = nn.Parameter(torch.ones(num_features))
            self.bias = nn.Parameter(torch.zeros(num_features))

    def init_weights(self) -> None:
        """Start as the identity behind the norm."""
        if self.affine:
            nn.init.ones_(self.weight)
            nn.init.zeros_(self.bias)

    @torch.no_grad()
    def aggregate_stats(self) -> None:
        """Join the running statistics of the parts: the mean of the means, and the variance around it."""
        if not self.split_bn.track_running_stats:
            return
        means = self.split_bn.running_mean.view(self.num_splits, -1)
        variances = self.split_bn.running_var.view(self.num_splits, -1)
        self.bn.running_mean.copy_(means.mean(0))
        self.bn.running_var.copy_(variances.mean(0) + means.var(0, unbiased=False))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> the same."""
        if self.training:
            if x.shape[0] % self.num_splits:
                raise ValueError(
                    f'A batch of {x.shape[0]} cannot be cut into num_splits ({self.num_splits}) equal parts.'
                )
            shape = x.shape
            # entry i * splits + s belongs to part s
            x = self.split_bn(x.reshape(shape[0] // self.num_splits, -1, *shape[2:])).view(shape)
        else:
            x = self.bn(x)
        if self.affine:
            x = x * self.weight.view(-1, 1, 1, 1) + self.bias.view(-1, 1, 1, 1)
        return x
