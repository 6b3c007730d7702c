"""Classifier of whole videos from the features of their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmaction.models.heads.attentive_head import AttentiveHead
from mmaction.models.segmentation.base import Segmentor
from mmaction.registry import MODELS
from mmaction.utils.check import pick

__all__ = ['VideoClassifier']

Pooling = Literal['mean', 'attention']


class _MeanProbe(nn.Module):
    """A linear layer on the mean of tokens (N, L, C)."""

    def __init__(self, num_classes: int, in_channels: int, dropout_ratio: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def forward(self, tokens: Tensor) -> Tensor:
        scores: Tensor = self.fc_cls(self.dropout(tokens.mean(1)))
        return scores


_PROBES: Mapping[str, Callable[..., nn.Module]] = {'mean': _MeanProbe, 'attention': AttentiveHead}


@MODELS.register_module()
class VideoClassifier(Segmentor):
    """A probe that classifies a video as a whole; each of its steps gets the class of the video.

    So it learns from the labels per step of videos with one label, and predicts in the same form.

    Args:
        in_channels: channels of the features.
        num_classes: number of classes.
        pooling: ``'mean'``: a linear layer on the mean of the steps; ``'attention'``: :class:`AttentiveHead`.
        dropout: dropout ratio before the last layer.
        smoothing_weight: see :class:`Segmentor`; there are no changes to smooth.
        **kwargs: of :class:`Segmentor`.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        pooling: Pooling = 'mean',
        dropout: float = 0.0,
        smoothing_weight: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, num_classes, smoothing_weight=smoothing_weight, **kwargs)
        self.probe = pick(_PROBES, pooling, 'pooling')(num_classes, in_channels, dropout_ratio=dropout)

    def stages(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """The logits of each video, at all of its steps."""
        rows = [self.probe(features[:, inside].T[None]) for features, inside in zip(x, mask)]
        logits = torch.cat(rows)[:, :, None] * mask[:, None]  # (B, K, 1) -> (B, K, T)
        return [logits]
