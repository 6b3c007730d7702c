"""Loss of structured segment networks (Zhao et al., 2017, https://arxiv.org/abs/1704.06228, sec. 4)."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.losses.ohem_hinge_loss import OHEMHingeLoss
from mmaction.registry import MODELS

_POSITIVE, _INCOMPLETE, _BACKGROUND = range(3)  # types of proposals


@MODELS.register_module()
class SSNLoss(nn.Module):
    """Losses of the class, the completeness and the boundary offsets of proposals.

    A proposal is positive (type 0), incomplete (1) or background (2); those of a video stand next to each other, in
    that order. Labels are 0 for background and count actions from 1.
    """

    @staticmethod
    def activity_loss(activity_score: Tensor, labels: Tensor, activity_indexer: Tensor) -> Tensor:
        """Cross entropy of scores (P, C + 1) and labels (P,), over the proposals in ``activity_indexer``."""
        return F.cross_entropy(activity_score[activity_indexer], labels[activity_indexer])

    @staticmethod
    def completeness_loss(
        completeness_score: Tensor,
        labels: Tensor,
        completeness_indexer: Tensor,
        positive_per_video: int,
        incomplete_per_video: int,
        ohem_ratio: float = 0.17,
    ) -> Tensor:
        """Hinge loss of all positive and the hardest incomplete proposals.

        Args:
            completeness_score: (P, C).
            labels: (P,), from 1.
            completeness_indexer: the positive and incomplete proposals.
            positive_per_video: positive proposals per video.
            incomplete_per_video: incomplete proposals per video, after the positive ones.
            ohem_ratio: ratio of the incomplete proposals of a video that contribute.

        Returns:
            (1,), the mean over the contributing proposals.
        """
        per_video = positive_per_video + incomplete_per_video
        num_classes = completeness_score.shape[1]
        score = completeness_score[completeness_indexer].view(-1, per_video, num_classes)  # (V, S, C)
        label = labels[completeness_indexer].view(-1, per_video)

        def part(where: slice) -> tuple[Tensor, Tensor]:
            return score[:, where].reshape(-1, num_classes), label[:, where].reshape(-1)

        positive = part(slice(positive_per_video))
        incomplete = part(slice(positive_per_video, None))
        loss = OHEMHingeLoss.apply(*positive, 1, 1.0, positive_per_video)
        loss = loss + OHEMHingeLoss.apply(*incomplete, -1, ohem_ratio, incomplete_per_video)
        return loss / float(len(positive[1]) + int(len(incomplete[1]) * ohem_ratio))

    @staticmethod
    def classwise_regression_loss(
        bbox_pred: Tensor, labels: Tensor, bbox_targets: Tensor, regression_indexer: Tensor
    ) -> Tensor:
        """Twice the smooth L1 loss of centre and length.

        Args:
            bbox_pred: (P, C, 2).
            labels: (P,), from 1: the class whose prediction is used.
            bbox_targets: (P, 2).
            regression_indexer: the positive proposals.
        """
        classes = labels[regression_indexer] - 1
        pred = bbox_pred[regression_indexer, classes]  # (P', 2)
        return F.smooth_l1_loss(pred, bbox_targets[regression_indexer]) * 2

    def forward(
        self,
        activity_score: Tensor,
        completeness_score: Tensor,
        bbox_pred: Tensor | None,
        proposal_type: Tensor,
        labels: Tensor,
        bbox_targets: Tensor,
        train_cfg: Any,
    ) -> dict[str, Tensor]:
        """Compute all losses.

        Args:
            activity_score: (P, C + 1).
            completeness_score: (P, C).
            bbox_pred: (P, C, 2), or None to leave out the regression.
            proposal_type: types of the P proposals, of any shape.
            labels: of the P proposals, of any shape.
            bbox_targets: centre and length of the P proposals.
            train_cfg: config with ``ssn.sampler`` (``num_per_video``, ``positive_ratio``, ``background_ratio``,
                ``incomplete_ratio``) and ``ssn.loss_weight`` (``comp_loss_weight``, ``reg_loss_weight``).

        Returns:
            ``loss_activity``, ``loss_completeness`` and, with ``bbox_pred``, ``loss_reg``.
        """
        sampler = train_cfg.ssn.sampler
        weight = train_cfg.ssn.loss_weight
        kind = proposal_type.reshape(-1)
        labels = labels.reshape(-1)
        positive = kind == _POSITIVE
        incomplete = kind == _INCOMPLETE
        background = kind == _BACKGROUND

        ratios = sampler.positive_ratio + sampler.background_ratio + sampler.incomplete_ratio
        positive_per_video = int(sampler.num_per_video * (sampler.positive_ratio / ratios))
        background_per_video = int(sampler.num_per_video * (sampler.background_ratio / ratios))
        losses = {
            'loss_activity': self.activity_loss(activity_score, labels, _where(positive | background)),
            'loss_completeness': weight.comp_loss_weight
            * self.completeness_loss(
                completeness_score,
                labels,
                _where(positive | incomplete),
                positive_per_video,
                sampler.num_per_video - positive_per_video - background_per_video,
            ),
        }
        if bbox_pred is not None:
            losses['loss_reg'] = weight.reg_loss_weight * self.classwise_regression_loss(
                bbox_pred, labels, bbox_targets.reshape(-1, 2), _where(positive)
            )
        return losses


def _where(mask: Tensor) -> Tensor:
    return torch.nonzero(mask).squeeze(1)
