"""Temporal Context Aggregation Network (Qing et al., 2021, https://arxiv.org/abs/2103.13141).

Legend: B videos, C channels, T steps, P proposals of all videos.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.base import Mode, Samples
from mmaction.models.common.feature_inputs import Inputs, check_finite, instance_field, video_name
from mmaction.models.localizers.base import FixedLength, ProposalLocalizer
from mmaction.models.localizers.tcanet.lgte import LGTE
from mmaction.models.localizers.tcanet.tbr import TBR, match_actions, refinement_loss
from mmaction.registry import MODELS
from mmaction.utils.check import warn_unread

__all__ = ['Inputs', 'Mode', 'TCANet']


@MODELS.register_module()
class TCANet(FixedLength, ProposalLocalizer):
    """Refinement of given proposals, e.g. of BMN, in three steps that train on ever stricter IoU thresholds.

    Takes features (B, C, T), or B of (C, T). The data samples hold, for 'predict' and 'loss', ``proposals.proposals``
    (P, 2 or 3): starts and ends in 0..1 and, optional, scores; for 'loss' also ``gt_instances.gt_bbox`` (G, 2),
    likewise; for 'predict' ``video_name``, ``duration_frame`` and ``duration_second``.

    Args:
        feat_dim: channels C of the features; a multiple of 4.
        se_sample_num: samples around a start and around an end of a proposal.
        action_sample_num: samples of a proposal itself.
        temporal_dim: steps T.
        window_size: steps that half of the attention heads attend to.
        lgte_num: number of :class:`~mmaction.models.localizers.tcanet.LGTE` layers.
        soft_nms_alpha: see :func:`~mmaction.models.localizers.utils.soft_nms`.
        soft_nms_low_threshold: see there.
        soft_nms_high_threshold: see there.
        post_process_top_k: maximum number of proposals per video.
        feature_extraction_interval: frames per feature.
        init_cfg: config of the initialization.
        **unread: ignored with a warning, as MMAction2 accepts them.
    """

    def __init__(
        self,
        feat_dim: int = 2304,
        se_sample_num: int = 32,
        action_sample_num: int = 64,
        temporal_dim: int = 100,
        window_size: int = 9,
        lgte_num: int = 2,
        soft_nms_alpha: float = 0.4,
        soft_nms_low_threshold: float = 0.0,
        soft_nms_high_threshold: float = 0.0,
        post_process_top_k: int = 100,
        feature_extraction_interval: int = 16,
        init_cfg: dict | list[dict] | None = None,
        **unread: Any,
    ) -> None:
        super().__init__(
            soft_nms_alpha,
            soft_nms_low_threshold,
            soft_nms_high_threshold,
            post_process_top_k,
            feature_extraction_interval,
            init_cfg,
        )
        warn_unread(self, unread)
        if feat_dim % 4:
            raise ValueError(f'feat_dim ({feat_dim}) must be a multiple of 4, the groups of the first convolution.')
        self.feat_dim = feat_dim
        self.temporal_dim = temporal_dim
        hidden = 512
        self.x_1d_b_f = nn.Sequential(
            nn.Conv1d(feat_dim, hidden, 3, padding=1, groups=4),
            nn.ReLU(inplace=True),
            nn.Conv1d(hidden, hidden, 3, padding=1, groups=4),
            nn.ReLU(inplace=True),
        )
        self.lgtes = nn.ModuleList([LGTE(hidden, 0.1, temporal_dim, window_size) for _ in range(lgte_num)])
        self.tbr1 = TBR(se_sample_num, action_sample_num, feat_dim=hidden)
        self.tbr2 = TBR(se_sample_num, action_sample_num, feat_dim=hidden)
        self.tbr3 = TBR(se_sample_num, action_sample_num, feat_dim=hidden)

    def _forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> features with context (B, 512, T)."""
        x = self.x_1d_b_f(x)
        for layer in self.lgtes:
            x = layer(x)
        return x

    @staticmethod
    def _proposals(samples: Samples, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Proposals (P, 2), scores (P,) (1 by default) and index of the video (P,), of all videos."""
        rows = []
        for index, sample in enumerate(samples):
            if 'proposals' not in sample or 'proposals' not in sample.proposals:
                raise ValueError(
                    f"{video_name(samples, index)} has no 'proposals'; add them to the annotation file, as rows of "
                    "start, end and score (start and end in 0..1), and add 'proposals' to the keys of "
                    "'PackLocalizationInputs'."
                )
            row = sample.proposals['proposals'].to(device).float().reshape(len(sample.proposals), -1)
            if row.shape[1] < 2:
                raise ValueError(f'The proposals of {video_name(samples, index)} are {tuple(row.shape)}, not (P, 3).')
            if row.shape[1] == 2:  # no scores
                row = torch.cat((row, torch.ones_like(row[:, :1])), dim=1)
            check_finite(row[None], samples[index : index + 1], 'proposals')
            rows.append(row[row[:, 1] > row[:, 0], :3])  # rows of no length are padding
        video = torch.arange(len(rows), device=device).repeat_interleave(
            torch.tensor([len(row) for row in rows], device=device)
        )
        table = torch.cat(rows)
        return table[:, :2], table[:, 2], video

    def loss(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> dict[str, Tensor]:
        """Losses of the ends, of centre and width, and of the IoU for each of the three steps.

        A step takes the proposals that the previous one has refined; those with an IoU above 0.5, 0.6 and 0.7
        contribute to the losses of the offsets of the three steps.
        """
        features = self._forward(batch_inputs)
        proposals, _, video = self._proposals(batch_data_samples, features.device)
        actions = instance_field(batch_data_samples, 'gt_bbox', features.device)
        losses = {}
        for step, (regressor, threshold) in enumerate(zip((self.tbr1, self.tbr2, self.tbr3), (0.5, 0.6, 0.7)), 1):
            moved, logits, by_ends, by_centre = regressor(proposals, video, features)
            best, iou = match_actions(proposals, video, actions)
            parts = refinement_loss(proposals, best, iou, by_ends, by_centre, logits, threshold)
            losses.update({f'loss_{name}_{step}': value for name, value in parts.items()})
            proposals = moved.detach()
        return losses

    def predict(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> list[dict[str, Any]]:
        """``video_name`` and ``proposal_list`` (see ``post_processing``) per video, from all three steps."""
        features = self._forward(batch_inputs)
        proposals, scores, video = self._proposals(batch_data_samples, features.device)
        tables = []
        for regressor in (self.tbr1, self.tbr2, self.tbr3):
            proposals, logits = regressor(proposals, video, features)[:2]
            tables.append(torch.cat((proposals, (logits.sigmoid() * scores)[:, None]), dim=1))
        table = torch.cat(tables).cpu().numpy()
        owner = video.repeat(3).cpu().numpy()
        return [self._best_proposals(table[owner == i], sample) for i, sample in enumerate(batch_data_samples)]
