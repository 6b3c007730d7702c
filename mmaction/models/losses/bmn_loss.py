"""Loss of BMN (Lin et al., 2019, https://arxiv.org/abs/1907.09702, sec. 4.4)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmaction.models.losses.binary_logistic_regression_loss import (
    balance,
    binary_logistic_regression_loss,
    check_ratio_range,
)
from mmaction.registry import MODELS


def draw(group: Tensor, count: Tensor | float) -> Tensor:
    """Draw about ``count`` entries of a group (bool, of any shape); all of them if it has fewer."""
    # Each entry is drawn on its own: an exact number would make the device wait for the size of the group.
    ratio = count / group.sum().clamp(min=1)
    return group & (torch.rand(group.shape, device=group.device) > 1 - ratio)


@MODELS.register_module()
class BMNLoss(nn.Module):
    """Weighted cross entropy of boundary probabilities, and losses of the confidence map (regressed and classified).

    Maps are (N, D, T): proposals by duration and start; ``mask`` (D, T) is 1 for those that end within the video.
    """

    @staticmethod
    def tem_loss(pred_start: Tensor, pred_end: Tensor, gt_start: Tensor, gt_end: Tensor) -> Tensor:
        """Loss of the probabilities of start and end at each time, (N, T) each."""
        start = binary_logistic_regression_loss(pred_start, gt_start)
        return start + binary_logistic_regression_loss(pred_end, gt_end)

    @staticmethod
    def pem_reg_loss(
        pred_score: Tensor,
        gt_iou_map: Tensor,
        mask: Tensor,
        high_temporal_iou_threshold: float = 0.7,
        low_temporal_iou_threshold: float = 0.3,
    ) -> Tensor:
        """Half of the mean squared error of the confidence over a balanced draw of high, middle and low IoU.

        All proposals of high IoU contribute, and about as many of middle and of low IoU, drawn at every call. Proposals
        without any overlap do not.

        Args:
            pred_score: confidences (N, D, T).
            gt_iou_map: largest IoU with an action (N, D, T).
            mask: (D, T).
            high_temporal_iou_threshold: IoU above which a proposal is of high IoU.
            low_temporal_iou_threshold: IoU up to which it is of low IoU.
        """
        pred_score = pred_score.float()
        gt = gt_iou_map.float()
        high = gt > high_temporal_iou_threshold
        middle = (gt <= high_temporal_iou_threshold) & (gt > low_temporal_iou_threshold)
        low = (gt <= low_temporal_iou_threshold) & (gt > 0) & mask.bool()

        count = high.sum()
        weights = (high | draw(middle, count) | draw(low, count)).to(gt.dtype)
        return 0.5 * ((pred_score - gt) * weights).square().sum() / weights.sum().clamp(min=1)

    @staticmethod
    def pem_cls_loss(
        pred_score: Tensor,
        gt_iou_map: Tensor,
        mask: Tensor,
        threshold: float = 0.9,
        ratio_range: Sequence[float] = (1.05, 21),
        eps: float = 1e-5,
    ) -> Tensor:
        """Weighted cross entropy of the probability that a proposal is an action, over the proposals in the mask.

        Args:
            pred_score: probabilities (N, D, T).
            gt_iou_map: largest IoU with an action (N, D, T).
            mask: (D, T).
            threshold: IoU above which a proposal is positive.
            ratio_range: limits of proposals / positives, both above 1.
            eps: added to a probability before the logarithm.
        """
        check_ratio_range(ratio_range)
        pred_score = pred_score.float()
        positive = (gt_iou_map > threshold).to(pred_score.dtype)
        negative = (gt_iou_map <= threshold) * mask.to(pred_score.dtype)
        num_positive = positive.sum().clamp(min=1)
        num_entries = num_positive + negative.sum()
        weight_0, weight_1 = balance(num_positive, num_entries, ratio_range)
        loss = weight_1 * torch.log(pred_score + eps) * positive + weight_0 * torch.log(1 - pred_score + eps) * negative
        return -loss.sum() / num_entries

    def forward(
        self,
        pred_bm: Tensor,
        pred_start: Tensor,
        pred_end: Tensor,
        gt_iou_map: Tensor,
        gt_start: Tensor,
        gt_end: Tensor,
        bm_mask: Tensor,
        weight_tem: float = 1.0,
        weight_pem_reg: float = 10.0,
        weight_pem_cls: float = 1.0,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute all losses.

        Args:
            pred_bm: (N, 2, D, T), confidences to be regressed and to be classified.
            pred_start: (N, T), in [0, 1].
            pred_end: (N, T), in [0, 1].
            gt_iou_map: (N, D, T).
            gt_start: (N, T).
            gt_end: (N, T).
            bm_mask: (D, T).
            weight_tem: factor of :meth:`tem_loss`.
            weight_pem_reg: factor of :meth:`pem_reg_loss`.
            weight_pem_cls: factor of :meth:`pem_cls_loss`.

        Returns:
            The weighted sum, and the three parts without their factors.
        """
        gt_iou_map = gt_iou_map * bm_mask
        reg = self.pem_reg_loss(pred_bm[:, 0], gt_iou_map, bm_mask)
        cls = self.pem_cls_loss(pred_bm[:, 1], gt_iou_map, bm_mask)
        tem = self.tem_loss(pred_start, pred_end, gt_start, gt_end)
        return weight_tem * tem + weight_pem_reg * reg + weight_pem_cls * cls, tem, reg, cls
