"""Head of TSN on audio."""

from __future__ import annotations

from mmaction.models.heads.i3d_head import I3DHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TSNAudioHead(I3DHead):
    """Average over time and frequency, and one linear layer: (N * clips, in_channels, T, F) -> (N * clips, C).

    The arguments are those of :class:`PooledHead`.
    """

    default_dropout = 0.4
    pooled_dims = 2
