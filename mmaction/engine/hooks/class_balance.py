"""Weights of the classes from how often they occur."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmaction.registry import HOOKS
from mmaction.utils.check import within


@runtime_checkable
class CountsClasses(Protocol):
    """A dataset that knows how often each class occurs."""

    def class_counts(self) -> Sequence[int]:
        """Number of labels of each class."""


@runtime_checkable
class WeightsClasses(Protocol):
    """A model whose loss weights the classes."""

    def set_class_weight(self, weights: Sequence[float]) -> None:
        """Set the weight of each class."""


def balanced_weights(counts: Sequence[int], power: float = 0.5) -> np.ndarray:
    """Weights in proportion to ``count ** -power``, with a mean of 1 over the classes that occur; 1 for the others.

    Args:
        counts: labels of each class.
        power: 0 weights all classes equally, 1 inversely to how often they occur.

    Raises:
        ValueError: no class occurs.
    """
    numbers = np.asarray(counts, np.float64)
    occurs = numbers > 0
    if not occurs.any():
        raise ValueError('No class occurs in the training data: its labels are missing, or all ignored.')
    weights = np.ones_like(numbers)
    weights[occurs] = numbers[occurs] ** -power
    weights[occurs] /= weights[occurs].mean()
    return weights


@HOOKS.register_module()
class ClassBalanceHook(Hook):
    """Weight rare classes more: set the class weights of the model from the training data, before training.

    Args:
        power: see :func:`balanced_weights`; the default is the inverse square root of the number of labels.

    Raises:
        TypeError: the dataset does not count its classes, or the model does not weight them.
    """

    def __init__(self, power: float = 0.5) -> None:
        self.power = within(0, 1, power, 'power')

    def before_train(self, runner: Runner) -> None:
        dataset = runner.train_dataloader.dataset
        while not isinstance(dataset, CountsClasses) and hasattr(dataset, 'dataset'):  # e.g. RepeatDataset
            dataset = dataset.dataset
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if not isinstance(dataset, CountsClasses):
            raise TypeError(
                f'ClassBalanceHook needs a dataset with class_counts(), which {type(dataset).__name__} has not. Use '
                'FrameLabelDataset, or set class_weight of the model.'
            )
        if not isinstance(model, WeightsClasses):
            raise TypeError(
                f'ClassBalanceHook needs a model with set_class_weight(), which {type(model).__name__} has not.'
            )
        weights = balanced_weights(dataset.class_counts(), self.power)
        model.set_class_weight(weights.tolist())
        runner.logger.info(f'Weights of the classes: {", ".join(f"{weight:.3g}" for weight in weights)}')
