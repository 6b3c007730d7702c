"""The table of rules, and the report on a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from mmengine.logging import print_log
from mmengine.runner import Runner

from mmaction.engine.checks import classes, loaders, loops, model, monitors, schedules
from mmaction.engine.checks.finding import Finding
from mmaction.engine.checks.run import Run, built_splits

_SWITCH = 'check_settings'
_OFF = f'{_SWITCH}=False in the config leaves these checks out.'

Rule = Callable[[Run], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    loops.check_length,
    loops.check_evaluation,
    loops.check_checkpoints,
    loops.check_needed_evaluation,
    loops.check_average,
    loaders.check_batches,
    loaders.check_test_mode,
    loaders.check_batch_statistics,
    monitors.check_monitors,
    monitors.check_metrics,
    schedules.check_schedules,
    classes.check_blending,
    classes.check_labels,
    classes.check_averaging,
    classes.check_top_k,
    model.check_trainable,
    model.check_packing,
    model.check_segments,
    model.check_device,
    model.check_folder,
)


class SettingsError(ValueError):
    """The settings of a run with which it fails, or does nothing."""


def check_settings(runner: Runner) -> None:
    """Check the loops that a runner is about to run, each once; report all findings at once.

    Raises:
        SettingsError: the run would fail, or do nothing. The message has the warnings, too.
    """
    done: set[str] = runner.__dict__.setdefault('_checked_splits', set())
    splits = [split for split in built_splits(runner) if split not in done]
    done.update(splits)
    if not splits or not runner.cfg.get(_SWITCH, True):
        return
    findings = [finding for rule in RULES for finding in _apply(rule, Run(runner, splits))]
    errors = [finding.text for finding in findings if finding.level == 'error']
    warnings = [finding.text for finding in findings if finding.level == 'warning']
    if errors:
        parts = [_text('Settings that keep the run from working', errors)]
        if warnings:
            parts.append(_text('Settings that may not be meant', warnings))
        raise SettingsError('\n'.join([*parts, _OFF]))
    if warnings:
        runner.logger.warning(f'{_text("Settings that may not be meant", warnings)}\n{_OFF}')


def check_resumed(runner: Runner) -> None:
    """Report on a run that is to be resumed: there is something to resume from, and something left to train."""
    if not runner.cfg.get(_SWITCH, True) or not runner._resume or 'train' not in built_splits(runner):
        return
    if not runner._has_loaded:
        runner.logger.warning(
            f'resume=True, but {runner.work_dir} has no checkpoint: the training starts from the beginning.'
        )
        return
    run = Run(runner, ['train'])
    if run.train_loop is None:
        return
    reached = runner.iter if run.unit == 'iteration' else runner.epoch
    if reached >= run.length:
        name = 'max_iters' if run.unit == 'iteration' else 'max_epochs'
        runner.logger.warning(
            f'There is nothing left to train: the checkpoint has {reached} {run.unit}s, train_cfg.{name} is '
            f'{run.length}. Raise it to train on.'
        )


def _apply(rule: Rule, run: Run) -> list[Finding]:
    try:
        return list(rule(run))
    except Exception as error:  # a rule must not end a run because of a part that it does not know
        print_log(
            f'{rule.__name__} could not be applied: {type(error).__name__}: {error}',
            logger='current',
            level=logging.DEBUG,
        )
        return []


def _text(title: str, lines: list[str]) -> str:
    return '\n- '.join([f'{title}:', *lines])
