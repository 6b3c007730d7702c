"""Simulation of the parameter schedulers of a config, without a model and without data."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from mmengine.optim import _ParamScheduler
from torch.optim import Optimizer

from mmaction.registry import OPTIMIZERS, PARAM_SCHEDULERS

Parameter = Literal['lr', 'momentum']


@dataclass(frozen=True)
class Schedule:
    """Values of one parameter over a training run.

    Args:
        values: float64 (steps, groups); row i is in force during step i.
        groups: names of the parameter groups.
        by_epoch: true if training is counted in epochs.
        epoch_length: steps per epoch; 1 if a step of ``values`` is a whole epoch, 0 without epochs.
    """

    values: np.ndarray
    groups: tuple[str, ...]
    by_epoch: bool
    epoch_length: int


def epoch_length(num_samples: int, batch_size: int, num_gpus: int = 1, drop_last: bool = False) -> int:
    """Iterations per epoch of one process; the sampler gives every process equally many samples, rounded up."""
    for name, value in (('dataset size', num_samples), ('batch_size', batch_size), ('ngpus', num_gpus)):
        if value < 1:
            raise ValueError(f'The {name} ({value}) must be at least 1.')
    per_process = math.ceil(num_samples / num_gpus)
    if not drop_last:
        return math.ceil(per_process / batch_size)
    if per_process < batch_size:
        raise ValueError(f'drop_last leaves no batch: {per_process} samples per process for a batch of {batch_size}.')
    return per_process // batch_size


def _scheduler_cfgs(cfg: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    schedulers = cfg.get('param_scheduler') or []
    if isinstance(schedulers, Mapping):
        if 'type' not in schedulers:
            raise ValueError(
                f'param_scheduler has one entry per optimizer ({", ".join(schedulers)}); only one is supported.'
            )
        schedulers = [schedulers]
    return list(schedulers)


def needs_epoch_length(cfg: Mapping[str, Any]) -> bool:
    """Check whether an epoch-based run has a scheduler that steps by iteration, so that the epoch length matters."""
    counts_epochs = 'max_epochs' in (cfg.get('train_cfg') or {})
    by_iter = (not c.get('by_epoch', True) or c.get('convert_to_iter_based', False) for c in _scheduler_cfgs(cfg))
    return counts_epochs and any(by_iter)


def build_optimizer(cfg: Mapping[str, Any]) -> tuple[Optimizer, tuple[str, ...]]:
    """Build the optimizer over dummy parameters: one, and one per learning-rate factor in ``custom_keys``."""
    wrapper = cfg.get('optim_wrapper') or {}
    if 'optimizer' not in wrapper:
        raise ValueError('The config has no optim_wrapper.optimizer to simulate.')
    settings = copy.deepcopy(dict(wrapper['optimizer']))
    by_factor: dict[float, list[str]] = {1.0: []}
    for key, multiples in ((wrapper.get('paramwise_cfg') or {}).get('custom_keys') or {}).items():
        by_factor.setdefault(float(multiples.get('lr_mult', 1.0)), []).append(key)
    groups: list[dict[str, Any]] = []
    names = []
    for factor, keys in by_factor.items():
        group: dict[str, Any] = {'params': [torch.nn.Parameter(torch.zeros(1))]}
        if factor != 1.0:
            group['lr'] = factor * settings['lr']
        groups.append(group)
        names.append('base' if factor == 1.0 else f'{", ".join(keys)} (x {factor:g})')
    optimizer = OPTIMIZERS.build(settings, default_args=dict(params=groups))
    return optimizer, tuple(names)


def _build_schedulers(
    cfg: Mapping[str, Any], optimizer: Optimizer, length: int, max_epochs: int | None, max_iters: int
) -> list[_ParamScheduler]:
    schedulers = []
    for scheduler_cfg in _scheduler_cfgs(cfg):
        settings = copy.deepcopy(dict(scheduler_cfg))
        end = max_epochs if settings.get('by_epoch', True) else max_iters
        if end is not None:
            settings.setdefault('end', end)
        scheduler = PARAM_SCHEDULERS.build(settings, default_args=dict(optimizer=optimizer, epoch_length=length))
        if getattr(scheduler, 'need_val_args', False):
            raise ValueError(f'{settings["type"]} depends on validation results, which cannot be simulated.')
        schedulers.append(scheduler)
    return schedulers


def _read(optimizer: Optimizer, parameter: Parameter) -> list[float]:
    if parameter == 'lr':
        return [float(group['lr']) for group in optimizer.param_groups]
    if 'momentum' in optimizer.defaults:
        return [float(group['momentum']) for group in optimizer.param_groups]
    if 'betas' in optimizer.defaults:
        return [float(group['betas'][0]) for group in optimizer.param_groups]
    raise ValueError(f'{type(optimizer).__name__} has no momentum.')


def simulate(cfg: Mapping[str, Any], parameter: Parameter = 'lr', length: int | None = None) -> Schedule:
    """Run the schedulers of a config for its whole training.

    Args:
        cfg: a config with ``optim_wrapper``, ``param_scheduler`` and ``train_cfg``.
        parameter: ``'lr'`` or ``'momentum'`` (the first beta of Adam).
        length: iterations per epoch; may be None if everything is counted in epochs, or everything in iterations.

    Returns:
        One value per iteration, or per epoch if ``length`` is None.
    """
    if parameter not in ('lr', 'momentum'):
        raise ValueError(f'parameter ({parameter!r}) must be lr or momentum.')
    train_cfg = cfg.get('train_cfg') or {}
    max_epochs = train_cfg.get('max_epochs')
    if max_epochs is None and train_cfg.get('max_iters') is None:
        raise ValueError('train_cfg of the config has neither max_epochs nor max_iters.')
    if length is None and needs_epoch_length(cfg):
        raise ValueError('A scheduler of the config steps by iteration: give the number of samples (--dataset-size).')
    counts_epochs = max_epochs is not None
    # A run by iterations is simulated as a single epoch of that length.
    steps = (length or 1) if counts_epochs else int(train_cfg['max_iters'])
    optimizer, names = build_optimizer(cfg)
    total = steps * (max_epochs or 1)
    schedulers = _build_schedulers(cfg, optimizer, length or 1, max_epochs, total)
    by_iter = [s for s in schedulers if not s.by_epoch]
    by_epoch = [s for s in schedulers if s.by_epoch]
    optimizer.step()  # schedulers warn if they step before the optimizer

    values = np.empty((total, len(names)))
    for epoch in range(max_epochs or 1):
        first = epoch * steps
        stop = first + steps
        by_iter = [s for s in by_iter if s.end > first + 1]  # the others have ended
        for i in range(first, stop):
            values[i] = _read(optimizer, parameter)
            if not by_iter:
                values[i:stop] = values[i]
                break
            for scheduler in by_iter:
                scheduler.step()
        if counts_epochs:
            for scheduler in by_epoch:
                scheduler.step()
    return Schedule(values, names, counts_epochs, steps if counts_epochs else 0)


def thin(steps: np.ndarray, values: np.ndarray, limit: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    """Drop points where a curve is constant, then evenly, so that it can be drawn quickly.

    Args:
        steps: (N,).
        values: (N,) or (N, C).
        limit: largest number of points to keep.
    """
    flat = values.reshape(len(values), -1)
    changes = np.any(flat[1:] != flat[:-1], axis=1)
    keep = np.ones(len(flat), bool)
    keep[1:-1] = changes[:-1] | changes[1:]  # both ends of each constant segment
    index = np.flatnonzero(keep)
    if len(index) > limit:
        index = index[np.unique(np.linspace(0, len(index) - 1, limit).round().astype(int))]
    return steps[index], values[index]


def training_length(cfg: Mapping[str, Any], num_samples: int, num_gpus: int = 1) -> int:
    """Iterations per epoch of a config's ``train_dataloader`` on ``num_gpus`` processes."""
    loader = cfg.get('train_dataloader') or {}
    if loader.get('batch_size') is None:
        raise ValueError('train_dataloader of the config has no batch_size.')
    return epoch_length(num_samples, loader['batch_size'], num_gpus, loader.get('drop_last', False))


def count_samples(dataset_cfg: Mapping[str, Any]) -> int:
    """Length of a dataset: reads its annotations without building its pipelines."""
    from mmaction.registry import DATASETS

    return len(DATASETS.build(_without_pipelines(dataset_cfg)))


def _without_pipelines(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: [] if k == 'pipeline' else _without_pipelines(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_pipelines(v) for v in value]
    return value
