"""Schedules: a resumed run says which settings of the config have no effect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from mmengine.logging import print_log
from mmengine.optim import _ParamScheduler

# what a scheduler counts; the rest of its state are settings
_PROGRESS = {'base_values', 'last_step', '_global_step', '_last_value', 'verbose', 'optimizer', 'param_name'}


def fix_schedule() -> None:
    """Warn of a changed schedule: mmengine 0.10.7 silently replaces its settings by those of the checkpoint.

    They stay those of the checkpoint. Taking the new ones would be wrong as often: the values so far follow the old
    schedule, and most schedules compute a value from the one before it.
    """
    _ParamScheduler.load_state_dict = _with_warning(_ParamScheduler.load_state_dict)


def _with_warning(original: Callable[[Any, dict], None]) -> Callable[[Any, dict], None]:
    def load_state_dict(self: _ParamScheduler, state_dict: dict) -> None:
        changed = changed_settings(vars(self), state_dict)
        original(self, state_dict)
        if changed:
            print_log(
                f'The scheduler {type(self).__name__} goes on with the settings of the checkpoint, not with those of '
                f'the config: {"; ".join(changed)}. To use a new schedule, start from the weights with load_from.',
                logger='current',
                level=logging.WARNING,
            )

    return load_state_dict


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
