"""Sub-batch norm, for multigrid training (Wu et al., 2020, https://arxiv.org/abs/1912.00998, sec. 3.3)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mmaction.registry import MODELS
from mmaction.utils.check import at_least


@MODELS.register_module()
class SubBatchNorm3D(nn.Module):
    """Batch norm over parts of the batch, which keeps the statistics of a small batch when the batch grows.

    Call :meth:`aggregate_stats` before evaluating.

    Args:
        num_features: channels.
        num_splits: number of parts.
        **cfg: further arguments of ``torch.nn.BatchNorm3d``.
    """

    def __init__(self, num_features: int, num_splits: int = 1, **cfg: Any) -> None:
        super().__init__()
        self.num_features = num_features
        self.num_splits = at_least(1, num_splits, 'num_splits')
        self.affine = cfg.pop('affine', True)
        self.bn = nn.BatchNorm3d(num_features, affine=False, **cfg)
        self.split_bn = nn.BatchNorm3d(num_features * num_splits, affine=False, **cfg)
        if self.affine:
            self.weight = nn.Parameter(torch.ones(num_features))
            self.bias = nn.Parameter(torch.zeros(num_features))

    def init_weights(self) -> None:
        """Set scale 1 and shift 0."""
        if self.affine:
            nn.init.ones_(self.weight)
            nn.init.zeros_(self.bias)

    @torch.no_grad()
    def aggregate_stats(self) -> None:
        """Combine the running statistics of the parts: the mean of the means, and the variance around it."""
        parts = self.split_bn
        whole = self.bn
        if parts.running_mean is None or parts.running_var is None:  # track_running_stats=False
            return
        if whole.running_mean is None or whole.running_var is None:
            return
        mean, variance = self._get_aggregated_mean_std(parts.running_mean, parts.running_var, self.num_splits)
        whole.running_mean.copy_(mean)
        whole.running_var.copy_(variance)

    # Under the name of MMAction2, which subclasses override.
    def _get_aggregated_mean_std(self, means: Tensor, stds: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """Mean and variance of the whole from those of ``n`` equal parts, (n * C,) -> (C,)."""
        means = means.view(n, -1)
        return means.mean(0), stds.view(n, -1).mean(0) + means.var(0, unbiased=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> the same."""
        if self.training:
            if x.shape[0] % self.num_splits:
                raise ValueError(
                    f'A batch of {x.shape[0]} cannot be divided into num_splits ({self.num_splits}) equal parts.'
                )
            shape = x.shape
            # Row i * splits + s belongs to part s, as in PySlowFast, so that the split is a view.
            x = self.split_bn(x.reshape(shape[0] // self.num_splits, -1, *shape[2:])).view(shape)
        else:
            x = self.bn(x)
        if self.affine:
            x = x * self.weight.view(-1, 1, 1, 1) + self.bias.view(-1, 1, 1, 1)
        return x
