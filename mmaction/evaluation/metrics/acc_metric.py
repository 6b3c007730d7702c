"""Accuracy of recognition."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

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

__all__ = ['AccMetric', 'ConfusionMatrix']

Results = dict[str, float]

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
    values = (topk,) if isinstance(topk, int) else topk
    if not isinstance(values, (tuple, list)) or not all(isinstance(k, int) for k in values):
        raise TypeError(f'topk must be a whole number or a tuple of such, got {topk!r}.')
    if not values or min(values) < 1:
        raise ValueError(f'topk ({topk!r}) must have values of at least 1.')
    return tuple(values)


@METRICS.register_module()
class AccMetric(BaseMetric):
    """Accuracy of recognition: ``acc/top1``, ``acc/top5``, ``acc/mean1``, ...

    =============================== ===============================================
    in ``metric_list``              gives
    =============================== ===============================================
    ``top_k_accuracy``              ``top1``, ``top5`` (as ``topk`` says)
    ``mean_class_accuracy``         ``mean1``
    ``mean_average_precision``      ``mean_average_precision``, over the classes
    ``mmit_mean_average_precision`` ``mmit_mean_average_precision``, over the samples
    =============================== ===============================================

    The last two are for samples with several labels. Where a model scores with several components, ``pred_score`` is a
    dict, and each component has its own figures: ``rgb_top1``, ``pose_top1``, ...; for RGB and pose together also their
    weighted sums ``RGBPose_1:1_top1``, ``RGBPose_2:1_top1``, ``RGBPose_1:2_top1`` (RGB : pose). Samples of label -1
    have none and are left out, which is told.

    Args:
        metric_list: measures, or the name of one.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are put together.
        metric_options: ``dict(top_k_accuracy=dict(topk=(1, 5)))``.
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
        self.metrics = [metric_list] if isinstance(metric_list, str) else list(metric_list)
        unknown = [name for name in self.metrics if name not in _METRICS]
        if unknown or not self.metrics:
            raise ValueError(f'metric_list ({unknown or self.metrics}) must be of {", ".join(_METRICS)}.')
        self.metric_options = self._check_options(metric_options)

    @staticmethod
    def _check_options(metric_options: dict[str, dict] | None) -> dict[str, dict]:
        merged: dict[str, dict[str, Any]] = {name: dict(options) for name, options in _OPTIONS.items()}
        for name, options in (metric_options or {}).items():
            if name not in _METRICS:
                raise ValueError(f'metric_options has {name!r}, which is none of {", ".join(_METRICS)}.')
            unknown = sorted(set(options) - set(merged.get(name, ())))
            if unknown:
                known = ', '.join(merged.get(name, ())) or 'none'
                raise ValueError(f'{name} has no option {", ".join(unknown)} in metric_options; known: {known}.')
            merged.setdefault(name, {}).update(options)
        merged['top_k_accuracy']['topk'] = _check_topk(merged['top_k_accuracy']['topk'])
        return merged

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep scores (C,) and label(s) of each sample; ``data_batch`` is not looked at."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            score = get_field(sample, 'pred_score', type(self).__name__)
            label = to_numpy(get_field(sample, 'gt_label', type(self).__name__))
            self.results.append(
                dict(
                    pred={k: to_numpy(v) for k, v in score.items()} if isinstance(score, dict) else to_numpy(score),
                    label=label.item() if label.size == 1 else label,
                )
            )

    def compute_metrics(self, results: list[dict]) -> Results:
        """The figures of all samples, of each component where there are several."""
        labelled = leave_out_unlabelled(results, 'label', type(self).__name__)
        if not labelled:
            return OrderedDict()
        labels = [result['label'] for result in labelled]
        if not isinstance(labelled[0]['pred'], dict):
            return self.calculate([result['pred'] for result in labelled], labels)

        scores = {name: [result['pred'][name] for result in labelled] for name in labelled[0]['pred']}
        if set(scores) == {'rgb', 'pose'}:
            pair = [scores['rgb'], scores['pose']]
            scores |= {f'RGBPose_{ratio}': get_weighted_score(pair, weights) for ratio, weights in _FUSIONS.items()}
        return OrderedDict(
            (f'{name}_{key}', value)
            for name, preds in scores.items()
            for key, value in self.calculate(preds, labels).items()
        )

    def calculate(self, preds: Sequence[np.ndarray] | np.ndarray, labels: list[int | np.ndarray]) -> Results:
        """The figures of scores (N, C) and N labels, in the order of ``metric_list``."""
        figures: Results = OrderedDict()
        array = np.asarray(preds)
        for name in self.metrics:
            figures.update(_METRICS[name](array, labels, **self.metric_options.get(name, {})))
        return figures
