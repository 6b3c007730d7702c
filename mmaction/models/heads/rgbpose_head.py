"""Head of RGBPose-Conv3D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.heads._parts import Feats, build_dropout, dropped, pool_and_flatten, two_pathways
from mmaction.models.heads._pooled import CROSS_ENTROPY, init_only
from mmaction.models.heads.base import BaseHead, average_views
from mmaction.models.options import PerCall, option
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

_COMPONENTS = ('rgb', 'pose')


@MODELS.register_module()
class RGBPoseHead(BaseHead):
    """One classifier each for the RGB and the pose pathway (https://arxiv.org/abs/2104.13586, Sec. 3.4).

    A data sample gets scores per component, ``pred_score = {'rgb': (C,), 'pose': (C,)}``, which ``AccMetric`` evaluates
    one by one and fused.

    Args:
        num_classes: number of classes C.
        in_channels: channels of the RGB and of the pose features.
        loss_cls: config of the loss.
        loss_components: ``'rgb'`` and ``'pose'``, or one of them: the classifiers that are trained and predict.
        loss_weights: weight per component, or one number for all.
        dropout: ratio before the last layers: one number, or one per component by name (``dict(rgb=0.5, pose=0.3)``).
        init_std: standard deviation of the last layers' initial weights.
        **kwargs: arguments of :class:`BaseHead`.

    Raises:
        ValueError: a component is unknown, or the number of weights is not that of the components.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int],
        loss_cls: dict = CROSS_ENTROPY,
        loss_components: Sequence[str] = ['rgb', 'pose'],
        loss_weights: float | Sequence[float] = 1.0,
        dropout: float | dict[str, float] = 0.5,
        init_std: float = 0.01,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        if isinstance(in_channels, int) or len(in_channels) != 2:
            raise ValueError(f'in_channels ({in_channels}) must be two numbers: of the RGB and of the pose features.')
        components = (loss_components,) if isinstance(loss_components, str) else tuple(loss_components)
        if not components or not set(components) <= set(_COMPONENTS):
            raise ValueError(f'loss_components {components} must be of {_COMPONENTS}.')
        weights = (loss_weights,) * len(components) if isinstance(loss_weights, int | float) else tuple(loss_weights)
        if len(weights) != len(components):
            raise ValueError(f'loss_weights {weights} must be one number, or one for each of {components}.')
        ratios = dropout if isinstance(dropout, dict) else dict.fromkeys(_COMPONENTS, dropout)
        if set(ratios) != set(_COMPONENTS):
            raise ValueError(f'dropout ({dropout}) must be one number, or a dict with rgb and pose.')

        self.loss_components = components
        self.loss_weights = weights
        self.dropout = dropout
        self.init_std = init_std
        self.avg_pool = nn.AdaptiveAvgPool3d(1)
        self.dropout_rgb = build_dropout(ratios['rgb'])
        self.dropout_pose = build_dropout(ratios['pose'])
        self.fc_rgb = nn.Linear(in_channels[0], num_classes)
        self.fc_pose = nn.Linear(in_channels[1], num_classes)

    def default_init(self) -> dict[str, Any]:
        return init_only(('fc_rgb', 'fc_pose'), type='Normal', std=self.init_std)

    def forward(self, x: Feats, **kwargs: Any) -> dict[str, Tensor]:
        """Classify the features of both pathways, (N * views, C_i, T_i, H, W): scores (N * views, C) of each."""
        rgb, pose = two_pathways('RGBPoseHead', x)
        return {
            'rgb': self.fc_rgb(dropped(self.dropout_rgb, pool_and_flatten(self.avg_pool, rgb, 5))),
            'pose': self.fc_pose(dropped(self.dropout_pose, pool_and_flatten(self.avg_pool, pose, 5))),
        }

    def loss_by_feat(
        self, cls_scores: dict[str, Tensor], data_samples: Sequence[ActionDataSample], **aux_inputs: Tensor
    ) -> dict[str, Tensor]:
        """Weighted loss and accuracies of each component: ``rgb_loss_cls``, ``rgb_top1_acc``, ``pose_loss_cls``, ..."""
        losses: dict[str, Tensor] = {}
        for component, weight in zip(self.loss_components, self.loss_weights):
            scores = cls_scores[component]
            parts = self.loss_by_scores(scores, self._labels(scores, data_samples), **aux_inputs)
            for name, value in parts.items():
                # Accuracies are reported as they are; only what is added to the training loss is weighted.
                losses[f'{component}_{name}'] = value * weight if 'loss' in name else value
        return losses

    def loss_by_scores(self, cls_scores: Tensor, labels: Tensor, **aux_inputs: Tensor) -> dict[str, Tensor]:
        """Losses and accuracies of one component, from scores (N * views, C) and the label of each row."""
        return self._losses(cls_scores, labels, **aux_inputs)

    def predict_by_feat(
        self,
        cls_scores: dict[str, Tensor],
        data_samples: Sequence[ActionDataSample],
        average_clips: PerCall = 'default',
    ) -> Any:
        """Average the views and write ``pred_score``, a dict by component, and ``pred_label`` (1,).

        The label is the best class of the components' mean probability.
        """
        options = option(self.predict_by_scores, 'average_clips', average_clips)
        views = self._num_views(cls_scores[self.loss_components[0]], data_samples)
        scores = {
            name: self.predict_by_scores(cls_scores[name], data_samples, **options) for name in self.loss_components
        }
        fused = torch.stack(
            [average_views(cls_scores[name], views, 'prob', self.activation) for name in self.loss_components]
        ).mean(0)
        for i, (sample, label) in enumerate(zip(data_samples, fused.argmax(dim=-1, keepdim=True))):
            sample.set_pred_score({name: score[i] for name, score in scores.items()})
            sample.set_pred_label(label)
        return data_samples

    def predict_by_scores(
        self,
        cls_scores: Tensor,
        data_samples: Sequence[ActionDataSample],
        average_clips: PerCall = 'default',
    ) -> Tensor:
        """Average the views of one component: (N * views, C) -> (N, C)."""
        return self._average(cls_scores, data_samples, average_clips)
