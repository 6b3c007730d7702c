"""Head of X3D."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn

from mmaction.models.heads._parts import Feats, pool_and_flatten
from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class X3DHead(PooledHead):
    """Average over space and time, a hidden layer of 2048 features, and the classifier.

    Feichtenhofer, 2020, https://arxiv.org/abs/2004.04730.

    Args:
        *args: arguments of :class:`PooledHead`, like the keywords.
        fc1_bias: whether the hidden layer has a bias.
        **kwargs: see there.
    """

    mid_channels: ClassVar[int] = 2048
    initialized = ('fc1', 'fc2')

    def __init__(self, *args: Any, fc1_bias: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fc1_bias = fc1_bias
        self.fc1 = nn.Linear(self.in_channels, self.mid_channels, bias=fc1_bias)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(self.mid_channels, self.num_classes)
        self.pool = self.avg_pool  # MMAction2's name, under which users hook it

    def _pool(self, x: Feats) -> Tensor:
        return pool_and_flatten(self.pool, x, 5)

    def forward(self, x: Feats, **kwargs: Any) -> Tensor:
        """Classify (N * views, in_channels, T, H, W), or pooled features (N * views, in_channels): (N * views, C)."""
        hidden = self.relu(self.fc1(self._pool(x)))
        return self.fc2(self._drop(hidden))
