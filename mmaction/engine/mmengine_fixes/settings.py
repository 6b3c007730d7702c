"""Settings: checked before a run starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmengine.runner import Runner

_NUMBERS = ('lr', 'weight_decay', 'momentum', 'eps')


def fix_settings() -> None:
    """Check the settings of a run: mmengine 0.10.7 finds wrong ones after the first epoch, or never.

    At the step that loads a checkpoint, which training, validation and testing have in common: all parts of the run are
    built by then, and hooks have had their say, but nothing has been read or computed.
    """
    Runner.load_or_resume = _with_checks(Runner.load_or_resume)
    Runner.build_optim_wrapper = _with_numbers(Runner.build_optim_wrapper)


def _with_numbers(original: Callable[..., Any]) -> Callable[..., Any]:
    def build_optim_wrapper(self: Runner, optim_wrapper: Any) -> Any:
        optimizer = optim_wrapper.get('optimizer') if isinstance(optim_wrapper, dict) else None
        for name, value in optimizer.items() if isinstance(optimizer, dict) else ():
            # torch compares them with numbers, whose TypeError names neither
            if name in _NUMBERS and isinstance(value, str):
                raise ValueError(
                    f'optim_wrapper.optimizer.{name} ({value!r}) must be a number, found text. YAML takes 1e-3 for '
                    'text; write 1.0e-3.'
                )
        return original(self, optim_wrapper)

    return build_optim_wrapper


def _with_checks(original: Callable[[Runner], None]) -> Callable[[Runner], None]:
    def load_or_resume(self: Runner) -> None:
        # Imported here, as it takes datasets and models, which a run has loaded by now.
        from mmaction.engine.checks import check_resumed, check_settings

        check_settings(self)
        original(self)
        check_resumed(self)

    return load_or_resume
