"""Rules of the schedules of learning rate and momentum."""

from __future__ import annotations

from collections.abc import Iterator

from mmengine.optim import (
    CosineAnnealingParamScheduler,
    LinearParamScheduler,
    MultiStepParamScheduler,
    OneCycleParamScheduler,
    PolyParamScheduler,
    _ParamScheduler,
)

from mmaction.engine.checks.finding import Finding, error, warning
from mmaction.engine.checks.run import Run


def check_schedules(run: Run) -> Iterator[Finding]:
    """Schedules fit the length of the training, in the unit that they count."""
    loop = run.train_loop
    if loop is None or run.length < 1:
        return
    for number, scheduler in enumerate(run.schedulers()):
        name = f'param_scheduler[{number}] ({type(scheduler).__name__})'
        if scheduler.by_epoch and run.unit == 'iteration':
            yield warning(
                f'{name} has by_epoch=True, but the training counts iterations: it takes a step at the end only. Set '
                'by_epoch=False.'
            )
            continue
        unit = 'epoch' if scheduler.by_epoch else 'iteration'
        total = loop.max_epochs if scheduler.by_epoch else loop.max_iters
        if scheduler.begin >= total:
            yield warning(f'{name} begins at {unit} {scheduler.begin}, after the end of the training ({total}).')
            continue
        yield from _check_length(scheduler, name, unit, total)
        if not scheduler.by_epoch and run.unit == 'epoch':
            yield from _check_unit(scheduler, name, total, loop.max_epochs)


def _check_length(scheduler: _ParamScheduler, name: str, unit: str, total: int) -> Iterator[Finding]:
    remaining = total - scheduler.begin
    if isinstance(scheduler, MultiStepParamScheduler):
        late = sorted(step for step in scheduler.milestones if step + scheduler.begin >= total)
        if late:
            yield warning(
                f'{name}: the milestones {late} are never reached, the training has {total} {unit}s. Set milestones '
                'that fit it.'
            )
    elif isinstance(scheduler, CosineAnnealingParamScheduler):
        if scheduler.T_max > total:  # published schedules count T_max from the start, though they begin later
            yield warning(
                f'{name}: T_max ({scheduler.T_max}) is longer than the {total} {unit}s of the training: the minimum is '
                'never reached. Set T_max and end to match.'
            )
        duration = min(scheduler.end - scheduler.begin, remaining)
        if scheduler.T_max < duration - 1:
            yield warning(
                f'{name}: T_max ({scheduler.T_max}) is shorter than the {duration} {unit}s that it runs: the value '
                'rises again after the minimum. Set end to begin + T_max.'
            )
    elif isinstance(scheduler, OneCycleParamScheduler):
        if scheduler.total_steps < remaining:
            yield error(
                f'{name}: total_steps ({scheduler.total_steps}) must be at least the number of {unit}s, {remaining}.'
            )
    elif isinstance(scheduler, PolyParamScheduler) and scheduler.total_iters > remaining:
        yield warning(
            f'{name} ends at {unit} {scheduler.end}, after the training ({total}): the final value is never reached.'
        )


def _check_unit(scheduler: _ParamScheduler, name: str, iterations: int, epochs: int) -> Iterator[Finding]:
    """Warn of numbers of epochs that a schedule by iterations takes for iterations."""
    last = None
    if isinstance(scheduler, MultiStepParamScheduler):
        last = max(scheduler.milestones, default=None)
    elif isinstance(scheduler, CosineAnnealingParamScheduler):
        last = scheduler.T_max
    elif isinstance(scheduler, PolyParamScheduler) and not isinstance(scheduler, LinearParamScheduler):
        last = scheduler.total_iters
    if last is not None and last <= epochs < iterations:
        yield warning(
            f'{name} counts iterations (by_epoch=False) and is over after {last} of {iterations}. Are these epochs? '
            'Then set by_epoch=True, or convert_to_iter_based=True beside it.'
        )
