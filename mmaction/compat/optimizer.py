"""Optimizers: ``optimizer``, ``optimizer_config`` and ``fp16`` to ``optim_wrapper``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.report import Report

_CONSTRUCTORS = MappingProxyType(
    {
        'TSMOptimizerConstructor': 'TSMOptimWrapperConstructor',
        'DefaultOptimizerConstructor': 'DefaultOptimWrapperConstructor',
    }
)
_TYPES = MappingProxyType({'CopyOfSGD': 'SGD'})
_HOOKS = frozenset({'OptimizerHook', 'Fp16OptimizerHook', 'GradientCumulativeOptimizerHook', 'DistOptimizerHook'})
_KNOWN = frozenset(
    {'type', 'grad_clip', 'cumulative_iters', 'loss_scale', 'coalesce', 'bucket_size_mb', 'use_fp16', 'update_interval'}
)


def convert_optimizer(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Convert the optimizer, gradient clipping, accumulation and mixed precision."""
    wrapper: dict[str, Any] = {}
    if 'optimizer' in old:
        optimizer = dict(old['optimizer'])
        constructor = optimizer.pop('constructor', None)
        paramwise = optimizer.pop('paramwise_cfg', None)
        if 'type' in optimizer:  # else it changes that of a base in today's form
            optimizer['type'] = _TYPES.get(optimizer['type'], optimizer['type'])
        wrapper['optimizer'] = optimizer
        if constructor is not None:
            wrapper['constructor'] = _CONSTRUCTORS.get(constructor, constructor)
        if paramwise is not None:
            wrapper['paramwise_cfg'] = paramwise
    settings = old.get('optimizer_config') or {}
    if settings.get('grad_clip'):
        wrapper['clip_grad'] = dict(settings['grad_clip'])
    elif 'optimizer_config' in old and 'optim_wrapper' in old:
        wrapper['clip_grad'] = None  # overrides that of a base in today's form
    steps = settings.get('cumulative_iters', settings.get('update_interval', 1))
    if steps != 1:
        wrapper['accumulative_counts'] = steps
    if settings.get('type', 'OptimizerHook') not in _HOOKS:
        report.lose('optimizer_config.type', f'{settings["type"]} has no successor among the optimizer wrappers')
    for key in settings.keys() - _KNOWN:
        report.lose(f'optimizer_config.{key}', 'optimizer wrappers have no such setting')
    if 'fp16' in old or settings.get('type') == 'Fp16OptimizerHook' or settings.get('use_fp16'):
        half = old.get('fp16') or {}
        wrapper['type'] = 'AmpOptimWrapper'
        wrapper['loss_scale'] = half.get('loss_scale', settings.get('loss_scale', 'dynamic'))
    return dict(optim_wrapper=wrapper) if wrapper else {}
