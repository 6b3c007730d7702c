"""Temporal evaluation module of BSN (Lin et al., 2018, https://arxiv.org/abs/1806.02964, sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.base import Mode, Samples, build
from mmaction.models.common.feature_inputs import Inputs, instance_field
from mmaction.models.localizers._targets import around, covered_ratio, temporal_anchors
from mmaction.models.localizers.base import FixedLength
from mmaction.registry import MODELS
from mmaction.utils.check import at_least

__all__ = ['TEM', 'Inputs', 'Mode']


@MODELS.register_module()
class TEM(FixedLength):
    """Probabilities of action, start and end for each step of a video.

    Takes features (N, C, T), or N of (C, T). The data samples hold, for 'loss', ``gt_instances.gt_bbox`` (G, 2), starts
    and ends in 0..1; for 'predict' ``video_name``.

    Args:
        temporal_dim: steps T.
        boundary_ratio: width of a boundary, as a ratio of the action's length; at least one step.
        tem_feat_dim: channels C of the features.
        tem_hidden_dim: channels of the hidden layers.
        tem_match_threshold: ratio of a step within an action (or boundary) above which it is positive, in 0..1.
        loss_cls: config of the loss, called with (probabilities, labels, threshold).
        loss_weight: factor of the loss of action.
        output_dim: output channels, at least 3; only the first three are used.
        conv1_ratio: factor of the first layer's output.
        conv2_ratio: factor of the second layer's output.
        conv3_ratio: factor of the third layer's output.
    """

    def __init__(
        self,
        temporal_dim: int,
        boundary_ratio: float,
        tem_feat_dim: int,
        tem_hidden_dim: int,
        tem_match_threshold: float,
        loss_cls: dict | nn.Module = dict(type='BinaryLogisticRegressionLoss'),
        loss_weight: float = 2,
        output_dim: int = 3,
        conv1_ratio: float = 1,
        conv2_ratio: float = 1,
        conv3_ratio: float = 0.01,
    ) -> None:
        super().__init__()
        self.temporal_dim = temporal_dim
        self.boundary_ratio = boundary_ratio
        self.feat_dim = tem_feat_dim
        self.c_hidden = tem_hidden_dim
        self.match_threshold = tem_match_threshold
        self.output_dim = at_least(3, output_dim, 'output_dim', 'They are action, start and end.')
        self.loss_cls = build(loss_cls)
        self.loss_weight = loss_weight
        self.conv1_ratio = conv1_ratio
        self.conv2_ratio = conv2_ratio
        self.conv3_ratio = conv3_ratio
        self.conv1 = nn.Conv1d(tem_feat_dim, tem_hidden_dim, kernel_size=3, padding=1)
        self.conv2 = nn.Conv1d(tem_hidden_dim, tem_hidden_dim, kernel_size=3, padding=1)
        self.conv3 = nn.Conv1d(tem_hidden_dim, output_dim, kernel_size=1)
        self.anchors_tmins, self.anchors_tmaxs = self._temporal_anchors()

    def _temporal_anchors(self, tmin_offset: float = 0.0, tmax_offset: float = 1.0) -> tuple[list[float], list[float]]:
        """Starts and ends in 0..1 of the steps, from ``tmin_offset`` to ``tmax_offset`` steps after their beginning."""
        starts, ends = temporal_anchors(self.temporal_dim, tmin_offset, tmax_offset).T.tolist()
        return starts, ends

    def _forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> probabilities (N, 3, T)."""
        x = F.relu(self.conv1_ratio * self.conv1(x))
        x = F.relu(self.conv2_ratio * self.conv2(x))
        return torch.sigmoid(self.conv3_ratio * self.conv3(x))

    def loss(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> dict[str, Tensor]:
        """Losses of action, start and end; ``batch_inputs`` is (N, C, T)."""
        scores = self._forward(batch_inputs)
        labels = self.generate_labels(instance_field(batch_data_samples, 'gt_bbox', scores.device))
        action, start, end = (
            self.loss_cls(score, label.to(score.device), self.match_threshold)
            for score, label in zip(scores.unbind(1), labels)
        )
        return dict(loss_action=action * self.loss_weight, loss_start=start, loss_end=end)

    def predict(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> list[tuple[str, np.ndarray]]:
        """Name and (T, 5) table (action, start, end, tmin, tmax) per video; ``batch_inputs`` is (N, C, T)."""
        return self.predict_from(self._forward(batch_inputs), batch_data_samples)

    def predict_from(self, outputs: Tensor, data_samples: Samples) -> list[tuple[str, np.ndarray]]:
        """Predictions from the probabilities (N, 3, T) of the network; see :meth:`predict`."""
        scores = outputs.float().cpu().numpy()[:, :3]
        anchors = np.stack((self.anchors_tmins, self.anchors_tmaxs), axis=1)
        return [
            (sample.metainfo['video_name'], np.concatenate((score.T, anchors), axis=1))
            for sample, score in zip(data_samples, scores)
        ]

    def generate_labels(self, gt_bbox: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Ratio of each step within an action, around a start and around an end.

        Args:
            gt_bbox: starts and ends of the actions of N videos, (G, 2) each, in 0..1. A video without any has zeros.

        Returns:
            Three of (N, T), each float in 0..1.
        """
        labels = []
        for boxes in gt_bbox:
            boxes = torch.as_tensor(boxes).double()
            anchors = torch.tensor((self.anchors_tmins, self.anchors_tmaxs), dtype=torch.float64, device=boxes.device).T
            width = ((boxes[:, 1] - boxes[:, 0]) * self.boundary_ratio).clamp(min=1 / self.temporal_dim)
            starts = around(boxes[:, 0], width)
            ends = around(boxes[:, 1], width)
            labels.append(torch.stack([covered_ratio(anchors, s) for s in (boxes, starts, ends)]))
        action, start, end = torch.stack(labels, dim=1).float()  # (3, N, T)
        return action, start, end
