"""Confusion matrix: the metric and its plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmaction.evaluation.metrics._samples import find_field, get_field, leave_out_unlabelled, to_mapping, to_numpy
from mmaction.registry import METRICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@METRICS.register_module()
class ConfusionMatrix(BaseMetric):
    """Count how often each class was predicted for each true class: ``confusion_matrix/result``.

    Args:
        num_classes: number of classes; default: the number of scores. Required if the model predicts labels without
            scores.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: replaces ``confusion_matrix``.
    """

    default_prefix = 'confusion_matrix'

    def __init__(self, num_classes: int | None = None, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.num_classes = num_classes

    def result_names(self) -> list[str]:
        """Names of the results, without prefix."""
        return ['result']

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the predicted and the true label of each sample; ``data_batch`` is unused."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            score = find_field(sample, 'pred_score')
            label = get_field(sample, 'gt_label', type(self).__name__)
            if isinstance(score, dict):
                raise ValueError(
                    f'ConfusionMatrix needs one vector of scores per sample, found the components {sorted(score)}.'
                )
            if score is not None:
                score = torch.as_tensor(to_numpy(score))
                pred = score.argmax(dim=0, keepdim=True)
                self.num_classes = self.num_classes or score.numel()
            else:
                pred = get_field(sample, 'pred_label', type(self).__name__)
            self.results.append(
                dict(pred_label=torch.as_tensor(to_numpy(pred)), gt_label=torch.as_tensor(to_numpy(label)))
            )

    def compute_metrics(self, results: list[dict]) -> dict[str, Tensor]:
        """``{'result': matrix}``, see :meth:`calculate`. Samples with label -1 are unlabelled and left out."""
        results = leave_out_unlabelled(results, 'gt_label', type(self).__name__)
        if not results:
            return {}
        pred = torch.cat([result['pred_label'].reshape(-1) for result in results])
        target = torch.cat([result['gt_label'].reshape(-1) for result in results])
        return {'result': self.calculate(pred, target, num_classes=self.num_classes)}

    @staticmethod
    def calculate(
        pred: Tensor | np.ndarray | Sequence, target: Tensor | np.ndarray | Sequence, num_classes: int | None = None
    ) -> Tensor:
        """Count how often each class was predicted for each true class.

        Args:
            pred: predicted labels (N,), or scores (N, C).
            target: true labels (N,).
            num_classes: number of classes; optional with scores.

        Returns:
            int64 (C, C); rows are true classes, columns predicted ones.
        """
        pred = torch.as_tensor(pred)
        target = torch.as_tensor(target)
        if target.ndim != 1 or pred.ndim not in (1, 2) or len(pred) != len(target):
            raise ValueError(
                f'pred must be labels (N,) or scores (N, C) and target labels (N,), found {tuple(pred.shape)} and '
                f'{tuple(target.shape)}. A confusion matrix is not defined for samples with several labels.'
            )
        if pred.ndim == 1:
            if num_classes is None:
                raise ValueError('num_classes is required if pred holds labels and not scores.')
        else:
            num_classes = num_classes or pred.shape[1]
            pred = pred.argmax(dim=1)
        for name, labels in (('pred', pred), ('target', target)):
            if labels.is_floating_point():
                raise TypeError(f'{name} must hold integers as labels, got {labels.dtype}.')
            wrong = labels[(labels < 0) | (labels >= num_classes)]
            if wrong.numel():
                raise ValueError(f'label {wrong[0].item()} in {name} is out of [0, {num_classes}).')
        index = target.long() * num_classes + pred.long().to(target.device)
        return torch.bincount(index, minlength=num_classes**2).reshape(num_classes, num_classes)

    @staticmethod
    def plot(
        confusion_matrix: Tensor | np.ndarray,
        include_values: bool = False,
        cmap: str = 'viridis',
        classes: Sequence[str] | None = None,
        colorbar: bool = True,
        show: bool = True,
    ) -> Figure:
        """Draw a confusion matrix.

        The figure grows with the number of classes so that the names stay legible; from about 150 classes on, only
        every second, third, ... class is named.

        Args:
            confusion_matrix: (C, C), counts or fractions; rows are true classes.
            include_values: write the numbers into the cells.
            cmap: colormap of matplotlib.
            classes: class names; default: class indices.
            colorbar: draw the color scale beside the matrix.
            show: open a window.

        Returns:
            A matplotlib figure; its ``savefig`` writes a file.
        """
        matrix = to_numpy(confusion_matrix)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f'confusion_matrix must be square, found shape {matrix.shape}.')
        size = len(matrix)
        names = [str(name) for name in (range(size) if classes is None else classes)]
        if len(names) != size:
            raise ValueError(f'There are {len(names)} names of classes for a matrix of {size} classes.')
        figure = _new_figure(_figure_size(matrix, names, include_values), window=show)
        _draw(figure, matrix, names, include_values, cmap, colorbar)
        if show:
            import matplotlib.pyplot as plt

            plt.show()
        return figure


_LINE = 0.16  # height of a line of 8-point text, inches
_MAX_SIDE = 24.0  # inches


def _format(value: float, integral: bool) -> str:
    if integral:
        return f'{int(value)}'
    return f'{value:.2f}'


def _figure_size(matrix: np.ndarray, names: list[str], include_values: bool) -> float:
    """Side of the matrix in inches: one line of text per class, and room for the numbers in the cells."""
    cell = _LINE
    if include_values:
        integral = np.issubdtype(matrix.dtype, np.integer)
        extremes = (matrix.max(initial=0), matrix.min(initial=0))
        longest = max(len(_format(value, integral)) for value in extremes)
        cell = max(cell, 0.085 * longest + 0.08)  # one digit of 8 points, and the margin
    return float(np.clip(cell * len(names), 4.0, _MAX_SIDE))


def _new_figure(side: float, window: bool) -> Figure:
    size = (side + 2.5, side + 1.5)  # room for class names, axis titles and color scale
    if window:
        import matplotlib.pyplot as plt

        return plt.figure(figsize=size, layout='constrained')
    # pyplot would keep every figure alive until it is closed.
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout='constrained')


def _draw(
    figure: Figure, matrix: np.ndarray, names: list[str], include_values: bool, cmap: str, colorbar: bool
) -> None:
    axes = figure.subplots()
    image = axes.imshow(matrix, interpolation='nearest', cmap=cmap)
    if colorbar:
        figure.colorbar(image, ax=axes, fraction=0.046, pad=0.02)
    size = len(names)
    ticks = np.arange(0, size, max(int(np.ceil(size * _LINE / _MAX_SIDE)), 1))
    font = 8 if size > 10 else 10
    axes.set_xticks(ticks, [names[i] for i in ticks], fontsize=font)
    axes.set_yticks(ticks, [names[i] for i in ticks], fontsize=font)
    if max(map(len, names)) > 3 or size > 30:
        axes.tick_params(axis='x', labelrotation=90)
    axes.set_xlabel('Predicted class')
    axes.set_ylabel('True class')
    if include_values:
        integral = np.issubdtype(matrix.dtype, np.integer)
        for (row, column), value in np.ndenumerate(matrix):
            red, green, blue, _ = image.cmap(image.norm(value))
            luma = 0.299 * red + 0.587 * green + 0.114 * blue  # BT.601
            color = 'white' if luma < 0.5 else 'black'
            text = _format(value, integral)
            axes.text(column, row, text, ha='center', va='center', fontsize=font - 1, color=color)
