"""Evaluation: ``evaluation``, ``eval_config`` and ``output_config`` to evaluators and loops."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.report import Report

_DEFAULT_METRICS = frozenset({'top_k_accuracy', 'mean_class_accuracy'})
_BEST = MappingProxyType(
    {
        'auto': 'auto',
        'top1_acc': 'acc/top1',
        'top5_acc': 'acc/top5',
        'mean_class_accuracy': 'acc/mean1',
        'mAP@0.5IOU': 'auto',  # the one number of AVAMetric
        'auc': 'auc',
        'AR@100': 'AR@100',
    }
)
_KNOWN = frozenset(
    {'interval', 'start', 'metrics', 'metric_options', 'topk', 'save_best', 'key_indicator', 'rule', 'by_epoch'}
    | {'gpu_collect', 'type', 'broadcast_bn_buffer', 'dynamic_intervals', 'out_dir'}
)


def evaluator(old: Mapping[str, Any], split: str, report: Report) -> dict[str, Any]:
    """Choose the metric for a split by its data set, as 0.x's data sets evaluated themselves."""
    dataset = (old.get('data') or {}).get(split) or {}
    if isinstance(dataset, list | tuple):
        dataset = dataset[0]
    settings = old.get('evaluation') or {}
    if split == 'test' and old.get('eval_config'):
        settings = old['eval_config']
    metric = _METRICS.get(dataset.get('type', ''), _accuracy)(old, dataset, settings)
    if settings.get('gpu_collect'):
        metric['collect_device'] = 'gpu'
    for key in settings.keys() - _KNOWN:
        report.lose(f'evaluation.{key}', 'the metric has no such setting')
    return metric


def _accuracy(old: Mapping[str, Any], dataset: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    metric: dict[str, Any] = dict(type='AccMetric')
    names = settings.get('metrics', 'top_k_accuracy')
    if isinstance(names, str):
        names = (names,)
    if {*names} != _DEFAULT_METRICS:
        metric['metric_list'] = tuple(names)
    options = dict(settings.get('metric_options') or {})
    if 'topk' in settings:
        options['top_k_accuracy'] = dict(topk=settings['topk'])
    if options and options != {'top_k_accuracy': {'topk': (1, 5)}}:
        metric['metric_options'] = options
    return metric


def _activitynet(old: Mapping[str, Any], dataset: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    # TEM writes its results for the next step of BSN and has no number of its own.
    kind = 'TEM' if (old.get('model') or {}).get('type') == 'TEM' else 'AR@AN'
    metric: dict[str, Any] = dict(type='ANetMetric', metric_type=kind)
    if old.get('output_config'):
        metric['dump_config'] = dict(old['output_config'])
    return metric


def _ava(old: Mapping[str, Any], dataset: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    keys = ('ann_file', 'exclude_file', 'label_file', 'num_classes', 'custom_classes')
    metric = dict(type='AVAMetric', **{key: dataset[key] for key in keys if key in dataset})
    model = old.get('model') or {}
    threshold = ((model.get('test_cfg') or {}).get('rcnn') or {}).get('action_thr', 0.002)
    if threshold != 0.002:
        metric['action_thr'] = threshold
    return metric


_METRICS = MappingProxyType({'ActivityNetDataset': _activitynet, 'AVADataset': _ava})


def validation(old: Mapping[str, Any]) -> dict[str, int]:
    """Read when to validate, for ``train_cfg``."""
    settings = old.get('evaluation') or {}
    return dict(val_begin=max(settings.get('start') or 1, 1), val_interval=settings.get('interval', 1))


def best_checkpoint(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Read which checkpoint to keep as the best, for the hook of checkpoints."""
    settings = old.get('evaluation') or {}
    wanted = settings.get('save_best', settings.get('key_indicator', 'auto'))
    if wanted is True:
        wanted = 'auto'
    out = dict(save_best=_BEST.get(wanted, wanted) or None)
    if wanted and wanted not in _BEST:
        report.change('evaluation.save_best', f'{wanted!r} must be a name that the metric reports, or "auto"')
    if 'rule' in settings:
        out['rule'] = settings['rule']
    return out
