"""Head of TPN."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mmaction.models.heads._parts import pool_and_flatten
from mmaction.models.heads._pooled import average_pool
from mmaction.models.heads.tsn_head import TSNHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TPNHead(TSNHead):
    """Average over space and time, or over the frames of a sample, then one linear layer.

    Yang et al., 2020, https://arxiv.org/abs/2004.03548. The arguments are those of :class:`TSNHead`.
    """

    unused_hooks = {'_init_new_cls': 'Override forward.'}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.avg_pool2d = self.avg_pool
        self.avg_pool3d = average_pool(3) if self.spatial_type == 'avg' else None

    def forward(self, x: Tensor, num_segs: int | None = None, fcn_test: bool = False, **kwargs: Any) -> Tensor:
        """Classify (N, in_channels, T, H, W), without T if it was one: (N / num_segs, C).

        The ``num_segs`` rows of a sample are averaged, None for one; with ``fcn_test`` each is classified on its own.
        """
        pool, rank = (self.avg_pool3d, 5) if x.ndim == 5 else (self.avg_pool2d, 4)
        x = pool_and_flatten(pool, x, rank)
        if fcn_test:  # the paper's code applies a 1x1x1 convolution to maps of one pixel, which is the linear layer
            return self.fc_cls(x)
        if num_segs is not None:
            x = self.consensus(x.unflatten(0, (-1, num_segs))).squeeze(1)  # (N, C) -> (N / s, C)
        return self.fc_cls(self._drop(x))
