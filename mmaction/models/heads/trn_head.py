"""Head of TRN."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from torch import Tensor, nn

from mmaction.models.heads._pooled import CROSS_ENTROPY, PooledHead
from mmaction.registry import MODELS
from mmaction.utils.check import at_least, pick

_SAMPLES = 3  # subsets drawn of each size below the full one


def _fusion(in_channels: int, hidden: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Linear(in_channels, hidden), nn.ReLU(), nn.Linear(hidden, num_classes))


class RelationModule(nn.Module):
    """Classifier of all S frames of a sample in their order, each of ``hidden_dim`` channels C."""

    def __init__(self, hidden_dim: int, num_segments: int, num_classes: int) -> None:
        super().__init__()
        self.hidden_dim, self.num_segments, self.num_classes = hidden_dim, num_segments, num_classes
        self.classifier = _fusion(num_segments * hidden_dim, 512, num_classes)

    def init_weights(self) -> None:
        """Keep the initialization of :class:`torch.nn.Linear`."""

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(x.flatten(1))  # (N, S, C) -> (N, S * C) -> (N, classes)


class RelationModuleMultiScale(nn.Module):
    """Sum of classifiers of 2, 3, ... and all S frames in their order.

    Every pass draws three subsets of each size from NumPy's global generator. It does so in tests too, because the
    published scores were measured that way; seed NumPy to repeat a result. The arguments are those of
    :class:`RelationModule`.
    """

    def __init__(self, hidden_dim: int, num_segments: int, num_classes: int) -> None:
        super().__init__()
        self.hidden_dim, self.num_segments, self.num_classes = hidden_dim, num_segments, num_classes
        self.scales = range(num_segments, 1, -1)
        self.relations_scales = [list(combinations(range(num_segments), scale)) for scale in self.scales]
        self.subsample_scales = [min(_SAMPLES, len(relations)) for relations in self.relations_scales]
        self.fc_fusion_scales = nn.ModuleList(_fusion(s * hidden_dim, hidden_dim, num_classes) for s in self.scales)

    def init_weights(self) -> None:
        """Keep the initialization of :class:`torch.nn.Linear`."""

    def forward(self, x: Tensor) -> Tensor:
        scores = self.fc_fusion_scales[0](x.flatten(1))  # the full set of frames needs no draw
        smaller = zip(self.relations_scales[1:], self.subsample_scales[1:], self.fc_fusion_scales[1:])
        for relations, count, classify in smaller:
            drawn = np.random.choice(len(relations), count, replace=False)
            subsets = x[:, [list(relations[i]) for i in drawn]]  # (N, S, C) -> (N, drawn, scale, C)
            scores = scores + classify(subsets.flatten(2)).sum(dim=1)
        return scores


_RELATIONS: dict[str, type[RelationModule] | type[RelationModuleMultiScale]] = {
    'TRN': RelationModule,
    'TRNMultiScale': RelationModuleMultiScale,
}


@MODELS.register_module()
class TRNHead(PooledHead):
    """Classifiers of ordered subsets of the frames (https://arxiv.org/abs/1711.08496).

    Args:
        num_classes: number of classes.
        in_channels: channels of the features.
        num_segments: frames per sample.
        loss_cls: config of the loss.
        spatial_type: see :class:`PooledHead`.
        relation_type: ``'TRNMultiScale'``, or ``'TRN'`` for the one relation of all frames.
        hidden_dim: channels that a frame is reduced to.
        *args: ``dropout_ratio`` (before that reduction) and ``init_std``, as of :class:`PooledHead`.
        **kwargs: arguments of :class:`PooledHead`.
    """

    default_dropout = 0.8
    default_std = 0.001
    pooled_dims = 2

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_segments: int = 8,
        loss_cls: dict = CROSS_ENTROPY,
        spatial_type: str | None = 'avg',
        relation_type: str = 'TRNMultiScale',
        hidden_dim: int = 256,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, spatial_type, *args, **kwargs)
        relation = pick(_RELATIONS, relation_type, 'relation_type')
        self.num_segments = at_least(2, num_segments, 'num_segments', 'A relation is one between frames.')
        self.relation_type = relation_type
        self.hidden_dim = hidden_dim
        self.consensus = relation(hidden_dim, num_segments, num_classes)
        self.fc_cls = nn.Linear(in_channels, hidden_dim)

    def forward(self, x: Tensor, num_segs: int, **kwargs: Any) -> Tensor:
        """Classify (N * S, in_channels, H, W), also without H and W: (N * S / num_segments, C).

        ``num_segs``, the frames S per sample, must be a multiple of ``num_segments``.
        """
        if num_segs % self.num_segments:
            raise ValueError(
                f'num_segs ({num_segs} frames per sample) must be a multiple of num_segments ({self.num_segments}).'
            )
        x = self._drop(self._pool(x))
        x = self.fc_cls(x).unflatten(0, (-1, self.num_segments))  # (N * S, C') -> (N * S / s, s, hidden)
        return self.consensus(x)
