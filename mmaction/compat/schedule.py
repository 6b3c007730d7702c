"""Schedules: ``lr_config`` to ``param_scheduler``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.report import Report

Scheduler = dict[str, Any]


def convert_schedule(old: Mapping[str, Any], end: int, report: Report) -> list[Scheduler]:
    """Convert the learning rate policy and its warm-up.

    In 0.x the warm-up scales the policy, which starts in epoch 0; so do these schedulers. A cosine that 0.x moved with
    each iteration (``by_epoch=False``) starts at the end of the warm-up, as the 1.x line converted its own.

    Args:
        old: ``lr_config``.
        end: number of epochs (iterations of an iteration-based runner).
        report: receives what cannot be converted.
    """
    policy = str(old.get('policy', 'fixed'))
    warmup = _warmup(old, report)
    begin = 0
    if warmup and warmup[0]['by_epoch']:
        begin = min(warmup[0]['end'], end - 1)
    convert = _POLICIES.get(policy.removesuffix('LrUpdaterHook').lower())
    if convert is None:
        report.lose(
            f'lr_config.policy {policy}',
            'no such scheduler; the learning rate stays constant. State param_scheduler yourself '
            f'({", ".join(sorted(_POLICIES))} are converted)',
        )
        return warmup
    for key in old.keys() - _KNOWN:
        report.lose(f'lr_config.{key}', f'not a setting of the policy {policy}')
    return warmup + convert(old, begin, end, report)


_KNOWN = frozenset(
    {'type', 'policy', 'by_epoch', 'warmup', 'warmup_iters', 'warmup_ratio', 'warmup_by_epoch', 'step', 'gamma'}
    | {'min_lr', 'min_lr_ratio', 'power', 'periods', 'restart_weights'}
)


def _warmup(old: Mapping[str, Any], report: Report) -> list[Scheduler]:
    kind = old.get('warmup')
    if kind is None:
        return []
    by_epoch = old.get('warmup_by_epoch', False)
    common: Scheduler = dict(by_epoch=by_epoch, begin=0, end=old.get('warmup_iters', 0))
    ratio = old.get('warmup_ratio', 0.1)
    if kind == 'constant':
        return [dict(type='ConstantLR', factor=ratio, **common)]
    if kind != 'linear':
        report.change('lr_config.warmup', f'{kind!r} has no successor; the warm-up is linear')
    if by_epoch:
        common['convert_to_iter_based'] = True  # 0.x counts a warm-up in epochs but moves it with each iteration
    return [dict(type='LinearLR', start_factor=ratio, **common)]


def _step(old: Mapping[str, Any], begin: int, end: int, report: Report) -> list[Scheduler]:
    steps = old.get('step', ())
    # One number is a period: the rate falls at each multiple of it.
    milestones = list(range(steps, end, steps)) if isinstance(steps, int) else list(steps)
    if old.get('min_lr'):
        report.lose('lr_config.min_lr', 'MultiStepLR has no smallest rate')
    if not milestones:
        return []
    return [
        dict(
            type='MultiStepLR',
            begin=0,
            end=end,
            by_epoch=old.get('by_epoch', True),
            milestones=milestones,
            gamma=old.get('gamma', 0.1),
        )
    ]


def _minimum(old: Mapping[str, Any]) -> dict[str, float]:
    if old.get('min_lr_ratio') is not None:
        return dict(eta_min_ratio=old['min_lr_ratio'])
    return dict(eta_min=old.get('min_lr') or 0)


def _cosine(old: Mapping[str, Any], begin: int, end: int, report: Report) -> list[Scheduler]:
    if old.get('by_epoch', True):
        begin = 0
    scheduler: Scheduler = dict(
        type='CosineAnnealingLR', T_max=end - begin, by_epoch=True, begin=begin, end=end, **_minimum(old)
    )
    if not old.get('by_epoch', True):
        scheduler['convert_to_iter_based'] = True
    return [scheduler]


def _poly(old: Mapping[str, Any], begin: int, end: int, report: Report) -> list[Scheduler]:
    power = old.get('power', 1.0)
    scheduler: Scheduler = dict(type='PolyLR', power=power, eta_min=old.get('min_lr') or 0, begin=begin, end=end)
    scheduler['by_epoch'] = True
    if not old.get('by_epoch', True):
        scheduler['convert_to_iter_based'] = True
    return [scheduler]


def _exp(old: Mapping[str, Any], begin: int, end: int, report: Report) -> list[Scheduler]:
    return [
        dict(type='ExponentialLR', gamma=old.get('gamma', 0.1), begin=0, end=end, by_epoch=old.get('by_epoch', True))
    ]


def _restart(old: Mapping[str, Any], begin: int, end: int, report: Report) -> list[Scheduler]:
    periods = list(old['periods'])
    weights = list(old.get('restart_weights', [1] * len(periods)))
    return [
        dict(
            type='CosineRestartLR',
            periods=periods,
            restart_weights=weights,
            begin=0,
            end=end,
            by_epoch=old.get('by_epoch', True),
            **_minimum(old),
        )
    ]


def _fixed(old: Mapping[str, Any], begin: int, end: int, report: Report) -> list[Scheduler]:
    return []


_POLICIES: Mapping[str, Callable[[Mapping[str, Any], int, int, Report], list[Scheduler]]] = MappingProxyType(
    {
        'step': _step,
        'cosineannealing': _cosine,
        'tin': _cosine,
        'poly': _poly,
        'exp': _exp,
        'cosinerestart': _restart,
        'fixed': _fixed,
    }
)
