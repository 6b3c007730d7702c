"""Accuracy of recognition."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmaction.evaluation.functional import (
    get_weighted_score,
    mean_average_precision,
    mean_class_accuracy,
    mmit_mean_average_precision,
    top_k_accuracy,
)
from mmaction.evaluation.metrics._samples import get_field, leave_out_unlabelled, many_hot, to_mapping, to_numpy
from mmaction.evaluation.metrics.confusion_matrix import ConfusionMatrix
from mmaction.registry import METRICS
from mmaction.utils.check import known_keys, pick

__all__ = ['AccMetric', 'ConfusionMatrix', 'to_tensor']

Results = dict[str, float]


def to_tensor(x: Any) -> Tensor:
    """Tensor of an array, a sequence or a number; a tensor is returned as it is."""
    return torch.as_tensor(x)


_FUSIONS = {'1:1': (1, 1), '2:1': (2, 1), '1:2': (1, 2)}  # weights of RGB and pose


def _top_k(preds: np.ndarray, labels: list, topk: Sequence[int]) -> Results:
    return {f'top{k}': accuracy for k, accuracy in zip(topk, top_k_accuracy(preds, labels, topk))}


def _mean_class(preds: np.ndarray, labels: list) -> Results:
    return {'mean1': mean_class_accuracy(preds, labels)}


def _map(preds: np.ndarray, labels: list) -> Results:
    return {'mean_average_precision': mean_average_precision(preds, many_hot(labels, preds.shape[1]))}


def _mmit_map(preds: np.ndarray, labels: list) -> Results:
    return {'mmit_mean_average_precision': mmit_mean_average_precision(preds, many_hot(labels, preds.shape[1]))}


_METRICS: dict[str, Callable[..., Results]] = {
    'top_k_accuracy': _top_k,
    'mean_class_accuracy': _mean_class,
    'mmit_mean_average_precision': _mmit_map,
    'mean_average_precision': _map,
}
_OPTIONS = {'top_k_accuracy': {'topk': (1, 5)}}


def _check_topk(topk: Any) -> tuple[int, ...]:
    values = topk
    if isinstance(topk, int):
        values = (topk,)
    if not isinstance(values, (tuple, list)) or not all(isinstance(k, int) for k in values):
        raise TypeError(f'topk must be an integer or a tuple of integers, got {topk!r}.')
    if not values or min(values) < 1:
        raise ValueError(f'topk ({topk!r}) must have values of at least 1.')
    return tuple(values)


@METRICS.register_module()
class AccMetric(BaseMetric):
    """Accuracy of recognition: ``acc/top1``, ``acc/top5``, ``acc/mean1``, ...

    =============================== ===============================================
    in ``metric_list``              result
    =============================== ===============================================
    ``top_k_accuracy``              ``top1``, ``top5`` (as ``topk`` says)
    ``mean_class_accuracy``         ``mean1``
    ``mean_average_precision``      ``mean_average_precision``, over the classes
    ``mmit_mean_average_precision`` ``mmit_mean_average_precision``, over the samples
    =============================== ===============================================

    The last two are for samples with several labels. The ``pred_score`` of a model with several components is a dict,
    and each component has its own results: ``rgb_top1``, ``pose_top1``, ...; RGB and pose together also have those of
    weighted sums: ``RGBPose_1:1_top1``, ``RGBPose_2:1_top1``, ``RGBPose_1:2_top1`` (RGB : pose). Samples with label -1
    are unlabelled and left out, with a warning.

    Args:
        metric_list: measures, or the name of one.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        metric_options: ``dict(top_k_accuracy=dict(topk=(1, 5)))``; a subclass may be given further entries.
        prefix: of the names, instead of ``acc``.
    """

    default_prefix = 'acc'

    def __init__(
        self,
        metric_list: str | Sequence[str] = ('top_k_accuracy', 'mean_class_accuracy'),
        collect_device: str = 'cpu',
        metric_options: dict[str, dict] | None = dict(top_k_accuracy=dict(topk=(1, 5))),
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.metrics = (metric_list,) if isinstance(metric_list, str) else tuple(metric_list)
        if not self.metrics:
            raise ValueError(f'metric_list is empty; it accepts {", ".join(_METRICS)}.')
        for name in self.metrics:
            pick(_METRICS, name, 'metric_list')
        self.metric_options = self._check_options(metric_options)

    def _check_options(self, metric_options: dict[str, dict] | None) -> dict[str, dict]:
        merged: dict[str, dict[str, Any]] = {name: dict(options) for name, options in _OPTIONS.items()}
        given = dict(metric_options or {})
        if type(self) is AccMetric:  # a subclass may read options of its own
            given = known_keys('metric_options', metric_options, _METRICS)
        for name, options in given.items():
            own = merged.setdefault(name, {})
            own.update(known_keys(f'{name} of metric_options', options, own) if name in _METRICS else options)
        merged['top_k_accuracy']['topk'] = _check_topk(merged['top_k_accuracy']['topk'])
        return merged

    def result_names(self) -> list[str]:
        """Names of the results, without prefix; ``*`` stands for the component of a model that has several."""
        of_measure = {
            'top_k_accuracy': [f'top{k}' for k in self.metric_options['top_k_accuracy']['topk']],
            'mean_class_accuracy': ['mean1'],
        }
        names = [name for measure in self.metrics for name in of_measure.get(measure, [measure])]
        return [*names, *(f'*_{name}' for name in names)]

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the scores (C,) and label(s) of each sample; ``data_batch`` is unused."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            score = get_field(sample, 'pred_score', type(self).__name__)
            pred: Any
            if isinstance(score, dict):
                pred = {component: to_numpy(part) for component, part in score.items()}
            else:
                pred = to_numpy(score)
            label: Any = to_numpy(get_field(sample, 'gt_label', type(self).__name__))
            if label.size == 1:
                label = label.item()
            self.results.append(dict(pred=pred, label=label))

    def compute_metrics(self, results: list[dict]) -> Results:
        """Results over all samples, per component if there are several."""
        labelled = leave_out_unlabelled(results, 'label', type(self).__name__)
        if not labelled:
            return OrderedDict()
        labels = [result['label'] for result in labelled]
        if not isinstance(labelled[0]['pred'], dict):
            return self.calculate([result['pred'] for result in labelled], labels)

        scores = {}
        for name in labelled[0]['pred']:
            scores[name] = [result['pred'][name] for result in labelled]
        if set(scores) == {'rgb', 'pose'}:
            pair = [scores['rgb'], scores['pose']]
            for ratio, weights in _FUSIONS.items():
                scores[f'RGBPose_{ratio}'] = get_weighted_score(pair, weights)
        combined: Results = OrderedDict()
        for name, preds in scores.items():
            for key, value in self.calculate(preds, labels).items():
                combined[f'{name}_{key}'] = value
        return combined

    def calculate(self, preds: Sequence[np.ndarray] | np.ndarray, labels: list[int | np.ndarray]) -> Results:
        """Results of scores (N, C) and N labels, in the order of ``metric_list``."""
        figures: Results = OrderedDict()
        array = np.asarray(preds)
        for name in self.metrics:
            figures.update(_METRICS[name](array, labels, **self.metric_options.get(name, {})))
        return figures
