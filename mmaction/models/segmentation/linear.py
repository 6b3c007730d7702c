"""Linear probe per step, to compare other networks with."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.localizers.actionformer.layers import clear_padding
from mmaction.models.segmentation.base import Segmentor
from mmaction.registry import MODELS


@MODELS.register_module()
class LinearSegmentor(Segmentor):
    """A linear classifier of each step by itself: what the features tell without their context.

    Args:
        in_channels: channels of the features.
        num_classes: number of classes.
        dropout: dropout ratio of the features.
        smoothing_weight: see :class:`Segmentor`; by default there is no smoothness term.
        **kwargs: of :class:`Segmentor`.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        dropout: float = 0.0,
        smoothing_weight: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, num_classes, smoothing_weight=smoothing_weight, **kwargs)
        self.dropout = nn.Dropout(dropout)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def stages(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        logits = self.fc_cls(self.dropout(x.transpose(1, 2))).transpose(1, 2)
        return [clear_padding(logits, mask)]
