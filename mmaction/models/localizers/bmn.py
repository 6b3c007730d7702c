"""Boundary-Matching Network (Lin et al., 2019, https://arxiv.org/abs/1907.09702).

Legend: B videos, C channels, T steps, N samples per proposal, D durations, S starts; D = S = T.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmaction.models.base import Mode, Samples, build
from mmaction.models.common.feature_inputs import Inputs, instance_field
from mmaction.models.localizers._boundary_matching import sample_mask, valid_mask
from mmaction.models.localizers._targets import around, covered_ratio, largest_iou, temporal_anchors
from mmaction.models.localizers.base import FixedLength, ProposalLocalizer
from mmaction.models.localizers.utils.bsn_utils import boundary_peaks
from mmaction.registry import MODELS

__all__ = ['BMN', 'Inputs', 'Mode']


@MODELS.register_module()
class BMN(FixedLength, ProposalLocalizer):
    """Probabilities of starts and ends, and confidences of all proposals of a video, in one pass.

    Takes features (B, C, T), or B of (C, T). The data samples hold, for 'loss', ``gt_instances.gt_bbox`` (G, 2), starts
    and ends in 0..1; for 'predict' ``video_name``, ``duration_frame`` and ``duration_second``.

    Args:
        temporal_dim: steps T.
        boundary_ratio: extension of proposals at both ends, as a ratio of their length.
        num_samples: samples N per proposal.
        num_samples_per_bin: points whose mean is one sample.
        feat_dim: channels C of the features; a multiple of 4.
        *nms: arguments of :class:`ProposalLocalizer`, like the keywords.
        loss_cls: config of the loss.
        hidden_dim_1d: channels along time; a multiple of 4.
        hidden_dim_2d: channels of the map of proposals.
        hidden_dim_3d: channels of the joined samples of a proposal.
        **keywords: see ``nms``.
    """

    unused_hooks = {
        '_get_interp1d_bin_mask': 'Override _get_interp1d_mask, which computes all proposals at once.',
        '_boundary_matching_layer': 'Override _proposal_features, which samples and convolves at once.',
    }

    bm_mask: Tensor
    x_3d_p: nn.Sequential

    def __init__(
        self,
        temporal_dim: int,
        boundary_ratio: float,
        num_samples: int,
        num_samples_per_bin: int,
        feat_dim: int,
        *nms: Any,
        loss_cls: dict | nn.Module = dict(type='BMNLoss'),
        hidden_dim_1d: int = 256,
        hidden_dim_2d: int = 128,
        hidden_dim_3d: int = 512,
        **keywords: Any,
    ) -> None:
        super().__init__(*nms, **keywords)
        if feat_dim % 4 or hidden_dim_1d % 4:
            raise ValueError(
                f'feat_dim ({feat_dim}) and hidden_dim_1d ({hidden_dim_1d}) must be multiples of 4, the number of '
                'groups of the convolutions.'
            )
        self.tscale = self.temporal_dim = temporal_dim
        self.boundary_ratio = boundary_ratio
        self.num_samples = num_samples
        self.num_samples_per_bin = num_samples_per_bin
        self.feat_dim = feat_dim
        self.loss_cls = build(loss_cls)
        self.hidden_dim_1d = hidden_dim_1d
        self.hidden_dim_2d = hidden_dim_2d
        self.hidden_dim_3d = hidden_dim_3d

        self._get_interp1d_mask()
        self.register_buffer('bm_mask', self._get_bm_mask())
        # Lists and an array and not buffers: checkpoints do not hold them.
        self.match_map = self._match_map()
        self.anchors_tmins, self.anchors_tmaxs = self._temporal_anchors(-0.5, 1.5)

        def conv(channels: int, groups: int = 4) -> list[nn.Module]:
            return [nn.Conv1d(channels, hidden_dim_1d, 3, padding=1, groups=groups), nn.ReLU(inplace=True)]

        def boundary() -> nn.Sequential:
            return nn.Sequential(*conv(hidden_dim_1d), nn.Conv1d(hidden_dim_1d, 1, 1), nn.Sigmoid())

        self.x_1d_b = nn.Sequential(*conv(feat_dim), *conv(hidden_dim_1d))
        self.x_1d_s = boundary()
        self.x_1d_e = boundary()
        self.x_1d_p = nn.Sequential(*conv(hidden_dim_1d, groups=1))
        self.x_3d_p = nn.Sequential(
            nn.Conv3d(hidden_dim_1d, hidden_dim_3d, kernel_size=(num_samples, 1, 1)), nn.ReLU(inplace=True)
        )
        self.x_2d_p = nn.Sequential(
            nn.Conv2d(hidden_dim_3d, hidden_dim_2d, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_dim_2d, hidden_dim_2d, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_dim_2d, hidden_dim_2d, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_dim_2d, 2, 1),
            nn.Sigmoid(),
        )

    def _get_interp1d_mask(self) -> None:
        """Register ``sample_mask``, the weights of the samples of all proposals (T, N * D * S)."""
        mask = sample_mask(self.tscale, self.boundary_ratio, self.num_samples, self.num_samples_per_bin)
        # A frozen parameter and not a buffer, because published checkpoints hold it as a parameter.
        self.sample_mask = nn.Parameter(mask, requires_grad=False)

    def _get_bm_mask(self) -> Tensor:
        """Mask (D, S) of the proposals that end within the video."""
        return valid_mask(self.tscale)

    def _match_map(self) -> np.ndarray:
        """Start and end of all proposals in 0..1, (D * S, 2)."""
        index = np.arange(self.tscale)
        starts = np.broadcast_to(index / self.tscale, (self.tscale, self.tscale))
        ends = starts + (index[:, None] + 1) / self.tscale
        return np.stack((starts, ends), axis=-1).reshape(-1, 2)

    def _temporal_anchors(self, tmin_offset: float = 0.0, tmax_offset: float = 1.0) -> tuple[list[float], list[float]]:
        """Starts and ends in 0..1 of the steps, from ``tmin_offset`` to ``tmax_offset`` steps after their beginning."""
        starts, ends = temporal_anchors(self.tscale, tmin_offset, tmax_offset).T.tolist()
        return starts, ends

    def _proposal_features(self, x: Tensor) -> Tensor:
        """Sample all proposals and join their samples, (B, C, T) -> (B, hidden_dim_3d, D, S).

        Sampling and the convolution over samples are both linear. Here the convolution comes first: it runs over T
        steps instead of D * S proposals, and the samples (C * N * D * S values per video) are never materialized.
        """
        conv = self.x_3d_p[0]
        activation = self.x_3d_p[1]
        weight = conv.get_parameter('weight').flatten(2)  # (O, C, N)
        bias = conv.get_parameter('bias')[:, None]
        x = torch.einsum('ocn,bct->botn', weight.to(x.dtype), x)
        mask = self.sample_mask.view(self.tscale * self.num_samples, -1)  # (T * N, D * S)
        x = x.flatten(2) @ mask.to(x.dtype) + bias.to(x.dtype)
        return activation(x.unflatten(2, (self.tscale, self.tscale)))

    def _forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, C, T) -> confidences (B, 2, D, S) by regression and by classification, starts (B, T), ends (B, T)."""
        base = self.x_1d_b(x)
        start = self.x_1d_s(base).squeeze(1)
        end = self.x_1d_e(base).squeeze(1)
        return self.x_2d_p(self._proposal_features(self.x_1d_p(base))), start, end

    def loss(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> dict[str, Tensor]:
        """The loss; ``batch_inputs`` is (B, C, T)."""
        confidence, start, end = self._forward(batch_inputs)
        labels = self.generate_labels(instance_field(batch_data_samples, 'gt_bbox', confidence.device))
        on_device = [label.to(confidence.device) for label in labels]
        return dict(loss=self.loss_cls(confidence, start, end, *on_device, self.bm_mask)[0])

    def predict(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> list[dict[str, Any]]:
        """``video_name`` and ``proposal_list`` (see ``post_processing``) per video."""
        return self.predict_from(self._forward(batch_inputs), batch_data_samples)

    def predict_from(self, outputs: tuple[Tensor, Tensor, Tensor], data_samples: Samples) -> list[dict[str, Any]]:
        """Predictions from the confidences, starts and ends of the network; see :meth:`predict`."""
        maps = [value.float().cpu().numpy() for value in outputs]
        return [
            self._best_proposals(self._scored_proposals(*values), sample)
            for sample, *values in zip(data_samples, *maps)
        ]

    def _scored_proposals(self, confidence: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Proposals from a likely start to a likely end.

        Args:
            confidence: (2, D, S), by regression and by classification.
            start: (T,).
            end: (T,).

        Returns:
            (P, 7): start, end, their probabilities, confidence by classification, by regression, product of the four.
        """
        # Only pairs of likely boundaries, out of T * T / 2 proposals: soft-NMS compares each with all it keeps.
        starts = boundary_peaks(start, 0.5)
        ends = boundary_peaks(end, 0.5)
        # An action may begin before the video does, or end after it.
        starts[0] = True
        ends[-1] = True
        first = np.arange(self.tscale)
        last = first[:, None] + first + 1  # (D, S)
        inside = last < self.tscale
        d, s = np.nonzero(inside & starts & ends[np.where(inside, last, 0)])
        e = s + d + 1
        parts = start[s], end[e], confidence[1, d, s], confidence[0, d, s]
        return np.stack((s / self.tscale, e / self.tscale, *parts, np.prod(parts, axis=0)), axis=1)

    def generate_labels(self, gt_bbox: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Targets of the maps.

        Args:
            gt_bbox: starts and ends of the actions of B videos, (G, 2) each, in 0..1. A video without any has zeros.

        Returns:
            Largest IoU of every proposal with an action (B, D, S); ratio of each step (extended by half a step at both
            ends) within one and a half steps of a start (B, T); the same for ends (B, T).
        """
        confidence = []
        boundaries = []
        for boxes in gt_bbox:
            boxes = torch.as_tensor(boxes).double()
            anchors = torch.tensor((self.anchors_tmins, self.anchors_tmaxs), dtype=torch.float64, device=boxes.device).T
            confidence.append(
                largest_iou(torch.from_numpy(self.match_map).to(boxes.device), boxes).view(self.bm_mask.shape)
            )
            starts = around(boxes[:, 0], 3 / self.tscale)
            ends = around(boxes[:, 1], 3 / self.tscale)
            boundaries.append(torch.stack((covered_ratio(anchors, starts), covered_ratio(anchors, ends))))
        start, end = torch.stack(boundaries, dim=1).float()
        return torch.stack(confidence).float(), start, end
