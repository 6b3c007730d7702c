"""Bases of the weighted losses."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn


def check_one_per_class(name: str, values: Tensor, cls_score: Tensor) -> None:
    """Raise ValueError unless there is one value for each class of the scores (..., C)."""
    if values.numel() != cls_score.shape[-1]:
        raise ValueError(f'{name} has {values.numel()} values for {cls_score.shape[-1]} classes; give one per class.')


class BaseWeightedLoss(nn.Module, metaclass=ABCMeta):
    """Base of the losses with a constant weight.

    A subclass computes the unweighted loss in ``_forward``: a tensor, or a dict. Entries of a dict named ``*loss*`` are
    weighted; the others are only monitored and are returned unchanged.

    Args:
        loss_weight: factor of the loss.

    Attributes:
        activation: how the scores that the loss trains become probabilities: ``'softmax'`` for one class per sample,
            ``'sigmoid'`` for classes that are independent of each other.
    """

    activation: ClassVar[Literal['softmax', 'sigmoid']] = 'softmax'

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    @abstractmethod
    def _forward(self, *args: Any, **kwargs: Any) -> Tensor | dict[str, Tensor]:
        """Compute the loss before weighting."""

    def forward(self, *args: Any, **kwargs: Any) -> Tensor | dict[str, Tensor]:
        loss = self._forward(*args, **kwargs)
        if isinstance(loss, dict):
            return {name: value * self.loss_weight if 'loss' in name else value for name, value in loss.items()}
        return loss * self.loss_weight


class ClassWeightedLoss(BaseWeightedLoss):
    """Base of the losses with an optional weight per class, a buffer that is not part of checkpoints.

    Args:
        loss_weight: factor of the loss.
        class_weight: weight of each class.
    """

    class_weight: Tensor | None

    def __init__(self, loss_weight: float = 1.0, class_weight: Sequence[float] | None = None) -> None:
        super().__init__(loss_weight=loss_weight)
        weight = None if class_weight is None else torch.as_tensor(class_weight, dtype=torch.float32)
        self.register_buffer('class_weight', weight, persistent=False)

    def _weight_for(self, cls_score: Tensor) -> Tensor | None:
        if self.class_weight is None:
            return None
        check_one_per_class('class_weight', self.class_weight, cls_score)
        return self.class_weight.to(cls_score)  # scores may be half precision under autocast
