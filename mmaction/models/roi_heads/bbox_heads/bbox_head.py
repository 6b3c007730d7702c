"""Classification of the boxes of a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction.models.roi_heads._pooling import PoolType, spatial_pool, temporal_pool
from mmaction.models.roi_heads.bbox_heads.box_accuracy import label_accuracies
from mmaction.models.task_modules import SamplingResult
from mmaction.registry import MODELS
from mmaction.structures.boxes import bbox_target
from mmaction.utils.check import at_least, within


@MODELS.register_module()
class BBoxHeadAVA(nn.Module):
    """Class scores of boxes; the boxes themselves are taken as they are.

    Args:
        background_class: whether class 0 is the background, which is neither trained nor evaluated.
        temporal_pool_type: ``'avg'`` or ``'max'`` over time.
        spatial_pool_type: ``'avg'`` or ``'max'`` over space.
        in_channels: channels of the features of a box.
        focal_gamma: exponent of the focal loss (https://arxiv.org/abs/1708.02002); 0 weights all boxes alike.
        focal_alpha: factor of the loss.
        num_classes: number of classes, with the background.
        dropout_ratio: dropout of the features.
        dropout_before_pool: drop single values of the feature map instead of pooled ones.
        topk: numbers of best classes to log recall and precision of; None for none.
        multilabel: whether a box has several labels (binary cross entropy) or one (cross entropy).
        mlp_head: classify with a hidden layer.

    Raises:
        ValueError: a number is out of range, or a value of ``topk`` is not below ``num_classes``.
    """

    def __init__(
        self,
        background_class: bool,
        temporal_pool_type: PoolType = 'avg',
        spatial_pool_type: PoolType = 'max',
        in_channels: int = 2048,
        focal_gamma: float = 0.0,
        focal_alpha: float = 1.0,
        num_classes: int = 81,
        dropout_ratio: float = 0,
        dropout_before_pool: bool = True,
        topk: int | Sequence[int] | None = (3, 5),
        multilabel: bool = True,
        mlp_head: bool = False,
    ) -> None:
        super().__init__()
        self.background_class = background_class
        self.temporal_pool_type = temporal_pool_type
        self.spatial_pool_type = spatial_pool_type
        self.in_channels = in_channels
        self.focal_gamma = focal_gamma
        self.focal_alpha = focal_alpha
        self.num_classes = at_least(2, num_classes, 'num_classes')
        self.dropout_ratio = within(0, 1, dropout_ratio, 'dropout_ratio')
        self.dropout_before_pool = dropout_before_pool
        self.multilabel = multilabel
        self.topk = self._checked_topk(topk, num_classes)
        self.temporal_pool = temporal_pool(temporal_pool_type)
        self.spatial_pool = spatial_pool(spatial_pool_type)
        if dropout_ratio > 0:
            self.dropout = nn.Dropout(dropout_ratio)
        if mlp_head:
            self.fc_cls: nn.Module = nn.Sequential(
                nn.Linear(in_channels, in_channels), nn.ReLU(), nn.Linear(in_channels, num_classes)
            )
        else:
            self.fc_cls = nn.Linear(in_channels, num_classes)

    @staticmethod
    def _checked_topk(topk: int | Sequence[int] | None, num_classes: int) -> tuple[int, ...]:
        if topk is None:
            return ()
        numbers = (topk,) if isinstance(topk, int) else tuple(topk)
        for k in numbers:
            if not 0 < k < num_classes:
                raise ValueError(f'topk ({topk}) must be between 1 and num_classes - 1 ({num_classes - 1}).')
        return numbers

    def init_weights(self) -> None:
        """Initialize the linear layers: weights after Glorot (normal), biases 0."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Classify the features of boxes: (R, C, T, H, W) -> logits (R, num_classes)."""
        if self.dropout_before_pool and self.dropout_ratio > 0:
            x = self.dropout(x)
        x = self.spatial_pool(self.temporal_pool(x))
        if not self.dropout_before_pool and self.dropout_ratio > 0:
            x = self.dropout(x)
        scores: Tensor = self.fc_cls(x.flatten(1))
        return scores

    @staticmethod
    def get_targets(
        sampling_results: Sequence[SamplingResult], rcnn_train_cfg: Mapping[str, Any]
    ) -> tuple[Tensor, Tensor]:
        """Labels (R, num_classes) and weights (R,) of the sampled boxes of a batch, in the order of the rois."""
        return bbox_target(
            [result.pos_priors for result in sampling_results],
            [result.neg_priors for result in sampling_results],
            [result.pos_gt_labels for result in sampling_results],
            ConfigDict(rcnn_train_cfg),
        )

    def loss_and_target(
        self,
        cls_score: Tensor,
        rois: Tensor,
        sampling_results: Sequence[SamplingResult],
        rcnn_train_cfg: Mapping[str, Any],
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Loss of the sampled boxes; boxes without a label do not count.

        Args:
            cls_score: (R, num_classes), logits.
            rois: (R, 5), the boxes.
            sampling_results: of each sample.
            rcnn_train_cfg: has ``pos_weight``.
            **kwargs: ignored.

        Returns:
            ``loss_bbox``, the losses and accuracies by name, and ``bbox_targets``, what :meth:`get_targets` returns.
            Without any labelled box the loss is 0 and there are no accuracies.
        """
        targets = self.get_targets(sampling_results, rcnn_train_cfg)
        labels = targets[0]
        if labels.shape[1] != cls_score.shape[1]:
            raise ValueError(
                f'num_classes of BBoxHeadAVA ({cls_score.shape[1]}) differs from the length of the labels '
                f'({labels.shape[1]}); set num_classes of the head and of the data set to the same number.'
            )
        if self.background_class:
            labels = labels[:, 1:]
            cls_score = cls_score[:, 1:]
        is_labelled = labels.sum(1) > 0
        labels = labels[is_labelled]
        cls_score = cls_score[is_labelled]
        losses: dict[str, Tensor] = {}
        if len(labels):
            losses.update(label_accuracies(cls_score, labels, 0.5, self.topk, self.multilabel))
        losses['loss_action_cls'] = self._focal_loss(cls_score, labels)
        return dict(loss_bbox=losses, bbox_targets=targets)

    def _focal_loss(self, cls_score: Tensor, labels: Tensor) -> Tensor:
        if len(labels) == 0:
            return cls_score.sum() * 0  # keeps all parameters in the graph, as DistributedDataParallel expects
        labels = labels.to(cls_score)
        if self.multilabel:
            loss = F.binary_cross_entropy_with_logits(cls_score, labels, reduction='none')  # (R, C)
        else:
            if self.background_class:
                labels = labels / labels.sum(1, keepdim=True)
            loss = F.cross_entropy(cls_score, labels, reduction='none')  # (R,)
        probability = torch.exp(-loss)
        return (self.focal_alpha * (1 - probability) ** self.focal_gamma * loss).mean()

    def predict_by_feat(
        self,
        rois: Sequence[Tensor],
        cls_scores: Sequence[Tensor],
        batch_img_metas: Sequence[Mapping[str, Any]],
        rcnn_test_cfg: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[InstanceData]:
        """Scores of the boxes of each sample.

        Args:
            rois: (R_i, 5) each, boxes in pixels of the input.
            cls_scores: (R_i, num_classes) each, logits.
            batch_img_metas: meta information of each sample: ``img_shape`` (height, width), and ``flip`` and
                ``crop_quadruple`` of its transforms, which are undone.
            rcnn_test_cfg: not used.
            **kwargs: ignored.

        Returns:
            ``bboxes`` (R_i, 4), xyxy relative to the frame, and ``scores`` (R_i, num_classes) of each sample.
        """
        results = []
        for own_rois, own_scores, meta in zip(rois, cls_scores, batch_img_metas):
            scores = own_scores.sigmoid() if self.multilabel else own_scores.softmax(-1)
            results.append(InstanceData(bboxes=relative_boxes(own_rois[:, 1:], meta), scores=scores))
        return results


def relative_boxes(boxes: Tensor, meta: Mapping[str, Any]) -> Tensor:
    """Boxes of a transformed frame, relative to the original one.

    Args:
        boxes: (R, 4), xyxy in pixels of the transformed frame.
        meta: ``img_shape`` (height, width) of that frame; ``flip``, whether it is flipped; ``crop_quadruple`` (x, y,
            width, height), the crop relative to the original frame.
    """
    if 'img_shape' not in meta:
        raise ValueError(
            f'The sample has no img_shape among its meta information ({", ".join(sorted(meta)) or "none"}); add it '
            'to meta_keys of PackActionInputs.'
        )
    height, width = meta['img_shape'][:2]
    if meta.get('flip', False):
        x1, y1, x2, y2 = boxes.unbind(1)
        boxes = torch.stack([width - 1 - x2, y1, width - 1 - x1, y2], 1)
    boxes = boxes / boxes.new_tensor([width, height, width, height])
    crop = meta.get('crop_quadruple')
    if crop is None:
        return boxes
    left, top, crop_width, crop_height = map(float, crop)
    scale = boxes.new_tensor([crop_width, crop_height, crop_width, crop_height])
    return boxes * scale + boxes.new_tensor([left, top, left, top])
