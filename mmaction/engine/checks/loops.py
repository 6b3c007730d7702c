"""Rules of the length of the training, and of the intervals in it."""

from __future__ import annotations

from collections.abc import Iterator

from mmengine.hooks import CheckpointHook, EarlyStoppingHook, EMAHook

from mmaction.engine.checks.finding import Finding, error, warning
from mmaction.engine.checks.run import Run

_WITHOUT = 'To train without evaluation, set val_cfg, val_dataloader and val_evaluator to None (--no-validate).'


def check_length(run: Run) -> Iterator[Finding]:
    """``max_epochs`` and ``max_iters``: at least one."""
    if run.train_loop is not None and run.length < 1:
        name = 'max_iters' if run.unit == 'iteration' else 'max_epochs'
        yield warning(f'train_cfg.{name} ({run.length}) leaves nothing to train; it should be at least 1.')


def check_evaluation(run: Run) -> Iterator[Finding]:
    """``val_interval`` and ``val_begin``: the model is evaluated, and as often as that."""
    loop = run.train_loop
    if loop is None or not run.evaluates:
        return
    begin = loop.val_begin
    interval = loop.val_interval
    if begin > run.length:
        yield warning(
            f'train_cfg.val_begin ({begin}) is after the last {run.unit} ({run.length}): the model is never evaluated, '
            f'and no best checkpoint is saved. {_WITHOUT}'
        )
    elif not isinstance(interval, int | float) or interval == 0:
        yield error(f'train_cfg.val_interval ({interval!r}) must be at least 1. {_WITHOUT}')
    elif interval < 0:
        yield warning(f'train_cfg.val_interval ({interval}) is negative and counts as {-interval}. {_WITHOUT}')
    elif interval > run.length > 0:
        yield warning(
            f'train_cfg.val_interval ({interval}) is larger than the {run.length} {run.unit}s of the training: the '
            f'model is evaluated once, after the last {run.unit}.'
        )


def check_checkpoints(run: Run) -> Iterator[Finding]:
    """``interval`` and ``by_epoch`` of the checkpoints."""
    if run.train_loop is None:
        return
    for hook in run.hooks(CheckpointHook):
        if hook.interval == 0:
            yield warning(
                'default_hooks.checkpoint.interval (0) saves no checkpoint but the last one; it should be at least 1, '
                'or -1 if that is meant.'
            )
        if hook.by_epoch and run.unit == 'iteration':
            yield warning(
                'default_hooks.checkpoint.by_epoch (True) counts epochs, but the training counts iterations: a '
                'checkpoint is saved at the end only. Set by_epoch=False.'
            )
        if hook.save_begin > run.length and hook.by_epoch == (run.unit == 'epoch'):
            yield warning(
                f'default_hooks.checkpoint.save_begin ({hook.save_begin}) is after the last {run.unit} ({run.length}).'
            )


def check_needed_evaluation(run: Run) -> Iterator[Finding]:
    """Hooks and schedulers that wait for figures: something evaluates."""
    if run.train_loop is None or run.evaluates:
        return
    waiting = [f'default_hooks.checkpoint.save_best ({hook.save_best})' for hook in _saving_best(run)]
    waiting += [f'EarlyStoppingHook.monitor ({hook.monitor!r})' for hook in run.hooks(EarlyStoppingHook)]
    waiting += [
        f'{type(scheduler).__name__}.monitor ({scheduler.monitor!r})'
        for scheduler in run.schedulers()
        if getattr(scheduler, 'need_val_args', False)
    ]
    for name in waiting:
        yield warning(
            f'{name} has no effect, since nothing is evaluated while training: set val_cfg, val_dataloader and '
            'val_evaluator.'
        )


def check_average(run: Run) -> Iterator[Finding]:
    """``begin_epoch`` and ``begin_iter`` of an average of the weights."""
    loop = run.train_loop
    if loop is None:
        return
    for hook in run.hooks(EMAHook):
        for begin, end, name in (
            (hook.begin_epoch, loop.max_epochs, 'begin_epoch'),
            (hook.begin_iter, loop.max_iters, 'begin_iter'),
        ):
            if begin >= end > 0 and begin > 0 and (name == 'begin_iter' or run.unit == 'epoch'):
                yield error(f'EMAHook.{name} ({begin}) is after the end of the training ({end}): nothing is averaged.')


def _saving_best(run: Run) -> list[CheckpointHook]:
    return [hook for hook in run.hooks(CheckpointHook) if hook.save_best]
