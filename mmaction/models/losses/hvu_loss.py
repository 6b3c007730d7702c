"""Loss of Holistic Video Understanding: tags of several categories at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from mmaction.models.losses.base import BaseWeightedLoss
from mmaction.registry import MODELS
from mmaction.utils.check import pick

LossType = Literal['all', 'individual']
Reduction = Literal['mean', 'sum']


@MODELS.register_module()
class HVULoss(BaseWeightedLoss):
    """Binary cross entropy over the tags of HVU (https://arxiv.org/abs/1904.11451).

    Args:
        categories: names of the tag categories.
        category_nums: number of tags per category.
        category_loss_weights: weight per category, normalized to sum to 1; only for ``'individual'``.
        loss_type: ``'all'`` treats the tags as one set; ``'individual'`` takes the weighted mean of one loss per
            category, and reports each as ``<category>_LOSS`` (upper case: monitored, not added to the loss).
        with_mask: whether to ignore what is not annotated according to ``mask`` (N, tags) for ``'all'``, or
            ``category_mask`` (N, categories) for ``'individual'``.
        reduction: reduction over the tags of a sample; samples are averaged.
        loss_weight: factor of the loss.
    """

    activation = 'sigmoid'

    def __init__(
        self,
        categories: Sequence[str] = ('action', 'attribute', 'concept', 'event', 'object', 'scene'),
        category_nums: Sequence[int] = (739, 117, 291, 69, 1678, 248),
        category_loss_weights: Sequence[float] = (1, 1, 1, 1, 1, 1),
        loss_type: LossType = 'all',
        with_mask: bool = False,
        reduction: Reduction = 'mean',
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        pick(get_args(LossType), loss_type, 'loss_type')
        pick(get_args(Reduction), reduction, 'reduction')
        if not len(categories) == len(category_nums) == len(category_loss_weights):
            raise ValueError(
                f'categories ({len(categories)}), category_nums ({len(category_nums)}) and category_loss_weights '
                f'({len(category_loss_weights)}) must be of one length.'
            )
        if any(w < 0 for w in category_loss_weights) or sum(category_loss_weights) <= 0:
            raise ValueError(f'category_loss_weights ({category_loss_weights}) must be at least 0, and not all 0.')
        self.categories = tuple(categories)
        self.category_nums = tuple(category_nums)
        self.category_loss_weights = tuple(category_loss_weights)
        self.loss_type = loss_type
        self.with_mask = with_mask
        self.reduction = reduction

    def _forward(
        self, cls_score: Tensor, label: Tensor, mask: Tensor | None = None, category_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        name, annotated = ('mask', mask) if self.loss_type == 'all' else ('category_mask', category_mask)
        if not self.with_mask:
            annotated = None  # the data samples may have a mask all the same
        elif annotated is None:
            raise ValueError(f'with_mask=True needs {name}; add it to aux_info of train_cfg and to the data samples.')
        loss = F.binary_cross_entropy_with_logits(cls_score, label.to(cls_score), reduction='none')  # (N, tags)
        if self.loss_type == 'all':
            return {'loss_cls': self._all(loss, annotated)}
        return self._individual(loss, annotated)

    def _all(self, loss: Tensor, mask: Tensor | None) -> Tensor:
        if mask is None:
            return loss.sum(1).mean() if self.reduction == 'sum' else loss.mean()
        per_sample = (loss * mask).sum(1)
        if self.reduction == 'mean':
            per_sample = per_sample / mask.sum(1)
        return per_sample.mean()

    def _individual(self, loss: Tensor, category_mask: Tensor | None) -> dict[str, Tensor]:
        parts = loss.split(self.category_nums, dim=1)
        per_sample = torch.stack([getattr(part, self.reduction)(1) for part in parts], dim=1)  # (N, categories)
        weights = per_sample.new_tensor(self.category_loss_weights)
        if category_mask is not None:
            present = category_mask.to(per_sample)
            count = present.sum(0)
            per_category = (per_sample * present).sum(0) / count.clamp(min=1)
            weights = weights * (count > 0)  # a category without any annotated sample does not count
        else:
            per_category = per_sample.mean(0)
        weights = weights / weights.sum().clamp(min=torch.finfo(weights.dtype).tiny)
        losses = {f'{name}_LOSS': value for name, value in zip(self.categories, per_category)}
        losses['loss_cls'] = (weights * per_category).sum()
        losses.update({f'{name}_LOSS_weight': value for name, value in zip(self.categories, weights)})
        return losses
