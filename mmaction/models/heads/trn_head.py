"""The head of TRN."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from torch import Tensor, nn

from mmaction.models.heads._pooled import PooledHead
from mmaction.registry import MODELS

_SAMPLES = 3  # relations drawn of each scale below the full one


def _fusion(in_channels: int, hidden: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Linear(in_channels, hidden), nn.ReLU(), nn.Linear(hidden, num_classes))


class RelationModule(nn.Module):
    """Classify all frames of a sample in their order.

    Args:
        hidden_dim: channels C of a frame.
        num_segments: frames S.
        num_classes: number of classes.
    """

    def __init__(self, hidden_dim: int, num_segments: int, num_classes: int) -> None:
        super().__init__()
        self.classifier = _fusion(num_segments * hidden_dim, 512, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(x.flatten(1))  # (N, S, C) -> (N, S * C) -> (N, classes)


class RelationModuleMultiScale(nn.Module):
    """Sum of classifiers of 2, 3, ... and all S frames in their order.

    Of the subsets of each size three are drawn anew in every pass, from NumPy's global generator, in testing too:
    published scores were made so.

    Args:
        hidden_dim: channels C of a frame.
        num_segments: frames S.
        num_classes: number of classes.
    """

    def __init__(self, hidden_dim: int, num_segments: int, num_classes: int) -> None:
        super().__init__()
        self.scales = range(num_segments, 1, -1)
        self.relations = [list(combinations(range(num_segments), scale)) for scale in self.scales]
        self.fc_fusion_scales = nn.ModuleList(_fusion(s * hidden_dim, hidden_dim, num_classes) for s in self.scales)

    def forward(self, x: Tensor) -> Tensor:
        scores = self.fc_fusion_scales[0](x.flatten(1))
        for relations, classify in zip(self.relations[1:], self.fc_fusion_scales[1:]):
            drawn = np.random.choice(len(relations), min(_SAMPLES, len(relations)), replace=False)
            subsets = x[:, [list(relations[i]) for i in drawn]]  # (N, S, C) -> (N, drawn, scale, C)
            scores = scores + classify(subsets.flatten(2)).sum(dim=1)
        return scores


_RELATIONS = {'TRN': RelationModule, 'TRNMultiScale': RelationModuleMultiScale}


@MODELS.register_module()
class TRNHead(PooledHead):
    """Classifies ordered subsets of the frames (https://arxiv.org/abs/1711.08496).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        num_segments: frames a sample.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space; None takes features as they are.
        relation_type: ``'TRNMultiScale'``, or ``'TRN'`` for the one relation of all frames.
        hidden_dim: channels that a frame is reduced to.
        dropout_ratio: dropout before that.
        init_std: standard deviation of the initial weights of the linear layers.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_segments: int = 8,
        loss_cls: dict = dict(type='CrossEntropyLoss'),
        spatial_type: str | None = 'avg',
        relation_type: str = 'TRNMultiScale',
        hidden_dim: int = 256,
        dropout_ratio: float = 0.8,
        init_std: float = 0.001,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, dropout_ratio, init_std, **kwargs)
        if relation_type not in _RELATIONS:
            raise ValueError(f'relation_type ({relation_type!r}) must be one of {sorted(_RELATIONS)}.')
        if num_segments < 2:
            raise ValueError(f'num_segments ({num_segments}) must be at least 2: a relation is one of several frames.')
        self.num_segments = num_segments
        self.relation_type = relation_type
        self.hidden_dim = hidden_dim
        self.consensus = _RELATIONS[relation_type](hidden_dim, num_segments, num_classes)
        self.fc_cls = nn.Linear(in_channels, hidden_dim)

    def forward(self, x: Tensor, num_segs: int) -> Tensor:
        """Classify.

        Args:
            x: (N * S, in_channels, H, W) or (N * S, in_channels), S a multiple of ``num_segments``.
            num_segs: frames a sample, S; only the number is checked.

        Returns:
            (N * S / num_segments, C).
        """
        if num_segs % self.num_segments:
            raise ValueError(f'{num_segs} frames a sample are no multiple of num_segments ({self.num_segments}).')
        x = self._drop(self._pool(x))
        x = self.fc_cls(x).unflatten(0, (-1, self.num_segments))  # (N * S, C') -> (N * S / s, s, hidden)
        return self.consensus(x)
