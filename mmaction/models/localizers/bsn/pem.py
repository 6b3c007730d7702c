"""Proposal evaluation module of BSN (Lin et al., 2018, https://arxiv.org/abs/1806.02964, sec. 3.2 and 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.base import Mode, Samples
from mmaction.models.common.feature_inputs import Inputs, check_finite, instance_field
from mmaction.models.localizers.base import ProposalLocalizer
from mmaction.models.losses.bmn_loss import draw
from mmaction.registry import MODELS
from mmaction.weights import load, rename_on_load
from mmaction.weights.tables.bsn import ORIGINAL_BSN


@MODELS.register_module()
class PEM(ProposalLocalizer):
    """Confidence that each proposal of a video matches an action, from its boundary-sensitive features.

    Takes, for 'tensor', features (N, P, C), or N of (P, C); otherwise they come with the data samples, which hold
    ``gt_instances.bsp_feature`` (P, C); for 'loss' also ``reference_temporal_iou`` (P,), for 'predict' also ``tmin``,
    ``tmax``, ``tmin_score``, ``tmax_score`` (P,) and the meta information ``video_name``, ``duration_frame`` and
    ``duration_second``.

    Args:
        pem_feat_dim: channels C of the features of a proposal.
        pem_hidden_dim: channels of the hidden layer.
        pem_u_ratio_m: number of proposals of middle IoU that are drawn per one of high IoU.
        pem_u_ratio_l: number of proposals of low IoU that are drawn per one of high IoU.
        pem_high_temporal_iou_threshold: IoU above which a proposal is of high IoU.
        pem_low_temporal_iou_threshold: IoU up to which it is of low IoU.
        *nms: arguments of :class:`ProposalLocalizer`, like the keywords.
        fc1_ratio: factor of the first layer's output.
        fc2_ratio: factor of the second layer's output.
        output_dim: 1.
        **keywords: see ``nms``.
    """

    unused_hooks = {'_parse': 'Override loss, or predict.'}

    def __init__(
        self,
        pem_feat_dim: int,
        pem_hidden_dim: int,
        pem_u_ratio_m: float,
        pem_u_ratio_l: float,
        pem_high_temporal_iou_threshold: float,
        pem_low_temporal_iou_threshold: float,
        *nms: Any,
        fc1_ratio: float = 0.1,
        fc2_ratio: float = 0.1,
        output_dim: int = 1,
        **keywords: Any,
    ) -> None:
        super().__init__(*nms, **keywords)
        if pem_low_temporal_iou_threshold > pem_high_temporal_iou_threshold:
            raise ValueError(
                f'pem_low_temporal_iou_threshold ({pem_low_temporal_iou_threshold}) must not be above '
                f'pem_high_temporal_iou_threshold ({pem_high_temporal_iou_threshold}).'
            )
        self.feat_dim = pem_feat_dim
        self.hidden_dim = pem_hidden_dim
        self.u_ratio_m = pem_u_ratio_m
        self.u_ratio_l = pem_u_ratio_l
        self.pem_high_temporal_iou_threshold = pem_high_temporal_iou_threshold
        self.pem_low_temporal_iou_threshold = pem_low_temporal_iou_threshold
        self.fc1_ratio = fc1_ratio
        self.fc2_ratio = fc2_ratio
        self.output_dim = output_dim
        self.fc1 = nn.Linear(pem_feat_dim, pem_hidden_dim)
        self.fc2 = nn.Linear(pem_hidden_dim, output_dim)
        rename_on_load(self, ORIGINAL_BSN)

    def load_foreign(self, source: str) -> None:
        """Load weights of the authors' code (``module.fc1``, ``module.fc2``), or of this class.

        Raises:
            ValueError: an entry is unexpected, missing or of another shape; it is named.
        """
        load(self, source)

    def _forward(self, x: Tensor | Sequence[Tensor]) -> Tensor:
        """Features of proposals, N videos of (P, C) -> (all P, 1), in 0..1."""
        x = torch.cat(list(x))
        x = F.relu(self.fc1_ratio * self.fc1(x))
        return torch.sigmoid(self.fc2_ratio * self.fc2(x))

    def _checked_inputs(self, inputs: Inputs, data_samples: Samples | None, mode: Mode) -> Inputs:
        return self._checked(list(inputs), data_samples) if mode == 'tensor' else inputs

    def _checked(self, features: list[Tensor], samples: Samples | None) -> list[Tensor]:
        for index, feature in enumerate(features):
            if feature.dim() != 2 or feature.shape[1] != self.feat_dim:
                raise ValueError(
                    f'The proposal features are {tuple(feature.shape)}, the model takes (proposals, '
                    f'{self.feat_dim}): change pem_feat_dim, or the numbers of samples of the BSP features.'
                )
            check_finite(feature[None], samples and samples[index : index + 1], 'proposal features')
        return [feature.float() for feature in features]

    def _features(self, samples: Samples) -> list[Tensor]:
        return self._checked(instance_field(samples, 'bsp_feature', self.fc1.weight.device), samples)

    def loss(self, batch_inputs: Any, batch_data_samples: Samples, **kwargs: Any) -> dict[str, Tensor]:
        """Smooth L1 between confidence and IoU over a balanced draw of proposals of high, middle and low IoU.

        1.2.0 (and the authors' code) averaged over all proposals before it selected the drawn ones, so that the draw
        had no effect; here it works as in the paper.
        """
        features = self._features(batch_data_samples)
        iou = torch.cat(instance_field(batch_data_samples, 'reference_temporal_iou', features[0].device)).float()
        confidence = self._forward(features)[:, 0].float()
        high = iou > self.pem_high_temporal_iou_threshold
        middle = ~high & (iou > self.pem_low_temporal_iou_threshold)
        low = ~high & ~middle
        count = high.sum()
        chosen = high | draw(middle, self.u_ratio_m * count) | draw(low, self.u_ratio_l * count)
        error = F.smooth_l1_loss(confidence, iou, reduction='none')
        return dict(temporal_iou_loss=(error * chosen).sum() / chosen.sum().clamp(min=1))

    def predict(self, batch_inputs: Any, batch_data_samples: Samples, **kwargs: Any) -> list[dict[str, Any]]:
        """``video_name`` and ``proposal_list`` (see ``post_processing``) per video."""
        features = self._features(batch_data_samples)
        confidences = self._forward(features)[:, 0].float().split([len(f) for f in features])
        fields = ('tmin', 'tmax', 'tmin_score', 'tmax_score')
        columns = [instance_field(batch_data_samples, key, features[0].device) for key in fields]
        out = []
        for sample, confidence, *given in zip(batch_data_samples, confidences, *columns):
            tmin, tmax, tmin_score, tmax_score = (column.view(-1).float() for column in given)
            score = confidence * tmin_score * tmax_score
            table = torch.stack((tmin, tmax, tmin_score, tmax_score, confidence, score), dim=1).cpu().numpy()
            out.append(self._best_proposals(table, sample))
        return out
