"""Hook of the runner that lets modules finish a test."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from mmengine.hooks import RuntimeInfoHook as _RuntimeInfoHook
from mmengine.runner import Runner

from mmaction.registry import HOOKS


@runtime_checkable
class FinishesTest(Protocol):
    """A module of a model that has something to do after a test, such as to write what it has collected."""

    def finish_test(self) -> None:
        """Called once in each process, after the last batch of a test and its evaluation."""


@HOOKS.register_module()
class RuntimeInfoHook(_RuntimeInfoHook):
    """mmengine's hook, which also tells the modules of the model that a test is over; see :class:`FinishesTest`.

    Every runner has this hook: a model that must write its results need not rely on one in the user's config.
    """

    def after_test(self, runner: Runner) -> None:
        for module in runner.model.modules():
            if isinstance(module, FinishesTest):
                module.finish_test()
