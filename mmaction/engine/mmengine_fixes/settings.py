"""Settings: checked before a run starts."""

from __future__ import annotations

from collections.abc import Callable

from mmengine.runner import Runner


def fix_settings() -> None:
    """Check the settings of a run: mmengine 0.10.7 finds wrong ones after the first epoch, or never.

    At the step that loads a checkpoint, which training, validation and testing have in common: all parts of the run are
    built by then, and hooks have had their say, but nothing has been read or computed.
    """
    Runner.load_or_resume = _with_checks(Runner.load_or_resume)


def _with_checks(original: Callable[[Runner], None]) -> Callable[[Runner], None]:
    def load_or_resume(self: Runner) -> None:
        # Imported here, as it takes datasets and models, which a run has loaded by now.
        from mmaction.engine.checks import check_resumed, check_settings

        check_settings(self)
        original(self)
        check_resumed(self)

    return load_or_resume
