"""Losses on class scores: cross entropy, binary cross entropy and the class-balanced focal loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmaction.models.losses.base import BaseWeightedLoss, ClassWeightedLoss, check_one_per_class
from mmaction.registry import MODELS


def soft_cross_entropy(cls_score: Tensor, label: Tensor, class_weight: Tensor | None = None) -> Tensor:
    """Cross entropy with a distribution over the classes as the target.

    With class weights it is the weighted mean: one-hot targets give what ``F.cross_entropy`` gives for class indices.

    Args:
        cls_score: logits (N, C).
        label: target distribution (N, C).
        class_weight: (C,) or None.
    """
    log_probabilities = F.log_softmax(cls_score, dim=1)  # (N, C)
    if class_weight is None:
        return -(label * log_probabilities).sum() / label.shape[0]
    weighted = label * class_weight
    return -(weighted * log_probabilities).sum() / weighted.sum()


def _with_weight(weight: Tensor | None, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Keywords of a loss function with the class weights of the module, which a call may not replace."""
    if weight is None:
        return kwargs
    if 'weight' in kwargs:
        raise ValueError('weight is given twice: in class_weight of the loss, and in the call.')
    return dict(kwargs, weight=weight)


@MODELS.register_module()
class CrossEntropyLoss(ClassWeightedLoss):
    """Cross entropy for class indices (N,) or soft labels (N, C), e.g. from label smoothing, mixup or CutMix.

    The arguments are those of the base; the class weights also weight the mean over the batch.
    """

    def _forward(self, cls_score: Tensor, label: Tensor, **kwargs: Any) -> Tensor:
        """Compute the loss.

        Args:
            cls_score: logits (N, C).
            label: class indices (N,), or a target distribution (N, C).
            **kwargs: further arguments of ``F.cross_entropy``, such as ``ignore_index``; for class indices alone.
        """
        weight = self._weight_for(cls_score)
        # By shape and not by type: F.cross_entropy takes soft labels too, but weights their mean differently.
        if cls_score.shape == label.shape:
            if kwargs:
                raise ValueError(
                    f'{sorted(kwargs)} have no effect on soft labels {tuple(label.shape)}; leave them out.'
                )
            return soft_cross_entropy(cls_score, label, weight)
        return F.cross_entropy(cls_score, label, **_with_weight(weight, kwargs))


@MODELS.register_module()
class BCELossWithLogits(ClassWeightedLoss):
    """Binary cross entropy per class, for several labels per sample. The arguments are those of the base."""

    activation = 'sigmoid'

    def _forward(self, cls_score: Tensor, label: Tensor, **kwargs: Any) -> Tensor:
        """Compute the loss; ``kwargs`` are further arguments of ``F.binary_cross_entropy_with_logits``."""
        options = _with_weight(self._weight_for(cls_score), kwargs)
        return F.binary_cross_entropy_with_logits(cls_score, label.to(cls_score), **options)


@MODELS.register_module()
class CBFocalLoss(BaseWeightedLoss):
    """Class-balanced focal loss (https://arxiv.org/abs/1901.05555, section 3.3), used for skeletons of BABEL.

    Args:
        loss_weight: factor of the loss.
        samples_per_cls: number of training samples per class.
        beta: 0 weights all classes equally, values near 1 by the inverse of their frequency.
        gamma: exponent of the focal modulation.
    """

    weights: Tensor

    def __init__(
        self,
        loss_weight: float = 1.0,
        samples_per_cls: Sequence[int] = (),
        beta: float = 0.9999,
        gamma: float = 2.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if not 0 <= beta < 1:
            raise ValueError(f'beta ({beta}) must be in [0, 1).')
        counts = torch.as_tensor(samples_per_cls, dtype=torch.float64)
        if counts.numel() == 0 or (counts <= 0).any():
            raise ValueError(
                f'samples_per_cls ({samples_per_cls!r}) must be the positive number of samples of each class.'
            )
        weights = (1 - beta) / (1 - beta**counts)
        self.beta = beta
        self.gamma = gamma
        self.num_classes = counts.numel()
        self.register_buffer('weights', (weights / weights.sum() * counts.numel()).float(), persistent=False)

    def _forward(self, cls_score: Tensor, label: Tensor) -> Tensor:
        check_one_per_class('samples_per_cls', self.weights, cls_score)
        target = F.one_hot(label, self.num_classes).to(cls_score)  # (N,) -> (N, C)
        entropy = F.binary_cross_entropy_with_logits(cls_score, target, reduction='none')
        # (1 - p)**gamma for the label, p**gamma for the others, in log space
        modulator = torch.exp(-self.gamma * (target * cls_score + F.softplus(-cls_score)))
        per_sample = (modulator * entropy).sum(1)
        return (self.weights.to(cls_score)[label] * per_sample).sum() / target.sum()
