"""Head of I3D and of other 3D networks."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._parts import Feats
from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS


@MODELS.register_module()
class I3DHead(PooledHead):
    """Average over space and time, and one linear layer (https://arxiv.org/abs/1705.07750).

    Args:
        *args: arguments of :class:`PooledHead`, like the keywords. ``spatial_type=None`` is for networks such as C3D,
            whose features are vectors.
        **kwargs: see there.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fc_cls = nn.Linear(self.in_channels, self.num_classes)

    def forward(self, x: Feats, **kwargs: Any) -> Tensor:
        """Classify (N * views, in_channels, T, H, W), or pooled features (N * views, in_channels): (N * views, C)."""
        return self._classify(self._pool(x))

    def _classify(self, x: Tensor) -> Tensor:
        """(N * views, in_channels) -> (N * views, C)."""
        return self.fc_cls(self._drop(x))
