"""Schedules: a resumed run lasts as long as its config says, and logs which settings of the config have no effect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from mmengine.logging import print_log
from mmengine.optim import _ParamScheduler
from mmengine.runner import Runner

# what a scheduler counts; the rest of its state are settings
_PROGRESS = {'base_values', 'last_step', '_global_step', '_last_value', 'verbose', 'optimizer', 'param_name'}
# schedulers whose config states no end: theirs is that of the training
_WITHOUT_END: WeakSet[_ParamScheduler] = WeakSet()


def fix_schedule() -> None:
    """Warn of a changed schedule: mmengine 0.10.7 silently replaces its settings by those of the checkpoint.

    They stay those of the checkpoint. Taking the new ones would be wrong as often: the values so far follow the old
    schedule, and most schedules compute a value from the one before it. The exception is an ``end`` that the config
    does not state, and that nothing else depends on: a longer training would go on with a frozen value.
    """
    _ParamScheduler.load_state_dict = _with_warning(_ParamScheduler.load_state_dict)
    Runner._build_param_scheduler = _remembering_ends(Runner._build_param_scheduler)


def _remembering_ends(original: Callable[..., list[_ParamScheduler]]) -> Callable[..., list[_ParamScheduler]]:
    def _build_param_scheduler(self: Runner, scheduler: Any, optim_wrapper: Any) -> list[_ParamScheduler]:
        built = original(self, scheduler, optim_wrapper)
        given = scheduler if isinstance(scheduler, Sequence) else [scheduler]
        _WITHOUT_END.update(one for one, cfg in zip(built, given) if isinstance(cfg, dict) and 'end' not in cfg)
        return built

    return _build_param_scheduler


def _with_warning(original: Callable[[Any, dict], None]) -> Callable[[Any, dict], None]:
    def load_state_dict(self: _ParamScheduler, state_dict: dict) -> None:
        changed = changed_settings(vars(self), state_dict)
        end = self.end
        original(self, state_dict)
        if len(changed) == 1 and self in _WITHOUT_END and end > self.end:
            extend(self, end)
        elif changed:
            print_log(
                f'The scheduler {type(self).__name__} goes on with the settings of the checkpoint, not with those of '
                f'the config: {"; ".join(changed)}. To use a new schedule, start from the weights with load_from.',
                logger='current',
                level=logging.WARNING,
            )

    return load_state_dict


def extend(scheduler: _ParamScheduler, end: int) -> None:
    """Move the end of a scheduler, with the steps that it has left out since its former one."""
    unit = 'epochs' if scheduler.by_epoch else 'iterations'
    print_log(
        f'The scheduler {type(scheduler).__name__} goes on to {end} {unit}, the length of the training in the config, '
        f'instead of {scheduler.end}.',
        logger='current',
    )
    missed = max(scheduler._global_step - max(scheduler.end, scheduler.begin) + 1, 0)
    scheduler.end = end
    if type(scheduler).step is not _ParamScheduler.step:  # one that follows a metric counts in its own way
        return
    scheduler._global_step -= missed
    for _ in range(missed):
        scheduler.step()


def changed_settings(ours: Mapping[str, Any], restored: Mapping[str, Any]) -> list[str]:
    """Settings of a scheduler that its restored state changes, with both values."""
    return [
        f'{name} {_plain(restored[name])} instead of {_plain(value)}'
        for name, value in ours.items()
        if name in restored and name not in _PROGRESS and _plain(value) != _plain(restored[name])
    ]


def _plain(value: Any) -> str:
    """Text of a setting; milestones, which mmengine keeps as a Counter, as a list."""
    return str(sorted(value.elements())) if hasattr(value, 'elements') else str(value)
