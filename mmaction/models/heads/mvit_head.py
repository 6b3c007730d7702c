"""Head of MViT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmaction.models.heads._pooled import CROSS_ENTROPY
from mmaction.models.heads.timesformer_head import TimeSformerHead
from mmaction.registry import MODELS


@MODELS.register_module()
class MViTHead(TimeSformerHead):
    """One linear layer over the class token or the average of the feature map (https://arxiv.org/abs/2112.01526).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        dropout_ratio: dropout before the last layer.
        init_std: standard deviation of the last layer's initial weights.
        init_scale: factor of these weights and of the bias.
        with_cls_token: whether to classify the class token; otherwise the average of the feature map.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        dropout_ratio: float = 0.5,
        init_std: float = 0.02,
        init_scale: float = 1.0,
        with_cls_token: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, init_std, dropout_ratio, **kwargs)
        self.init_scale = init_scale
        self.with_cls_token = with_cls_token

    @torch.no_grad()
    def init_weights(self) -> None:
        """Initialize from ``init_cfg``, then scale by ``init_scale``."""
        super().init_weights()
        self.fc_cls.weight.mul_(self.init_scale)
        self.fc_cls.bias.mul_(self.init_scale)

    def pre_logits(self, feats: Sequence[Tensor | list[Tensor]]) -> Tensor:
        """The vectors to classify, of the last scale: (N, in_channels)."""
        last = feats[-1]
        if self.with_cls_token:
            if isinstance(last, Tensor):
                raise TypeError(
                    'The head classifies a class token, but the backbone returns only a feature map: set '
                    'output_cls_token=True in the backbone or with_cls_token=False in the head.'
                )
            return last[1]
        patches = last if isinstance(last, Tensor) else last[0]
        return patches.mean(dim=(2, 3, 4))

    def forward(self, x: Any, **kwargs: Any) -> Tensor:
        """Classify the last output of the backbone: (N, C).

        It is a feature map (N, in_channels, T, H, W), or a list of this map and the class token (N, in_channels).
        """
        return super().forward(self.pre_logits(x))
