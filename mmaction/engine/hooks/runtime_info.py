"""Hook of every runner: modules finish a test, and a loss that is not finite ends the training."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from mmengine.hooks import RuntimeInfoHook as _RuntimeInfoHook
from mmengine.runner import Runner

from mmaction.engine.history import record
from mmaction.engine.hooks.finite_loss import require_finite_loss
from mmaction.registry import HOOKS
from mmaction.utils.check import at_least


@runtime_checkable
class FinishesTest(Protocol):
    """A module of a model that has something to do after a test, such as to write what it has collected."""

    def finish_test(self) -> None:
        """Called once in each process, after the last batch of a test and its evaluation."""


@HOOKS.register_module()
class RuntimeInfoHook(_RuntimeInfoHook):
    """mmengine's hook, which also tells the modules of the model that a test is over; see :class:`FinishesTest`.

    The losses are kept as tensors until they are read, by the log or any other hook: an iteration does not wait for the
    device. Every runner has this hook: a model that must write its results need not rely on one in the user's config.

    Args:
        check_loss_interval: iterations after which it is checked that the losses are finite, and at the end of each
            epoch, before its checkpoint is saved. 0 never checks.

    Raises:
        NonFiniteLossError: the loss is NaN or infinite, and so are weights.
    """

    def __init__(self, check_loss_interval: int = 50) -> None:
        self.check_loss_interval = at_least(0, check_loss_interval, 'check_loss_interval')

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
    ) -> None:
        for name, value in (outputs or {}).items():
            record(runner.message_hub, f'train/{name}', value)
        if not self.check_loss_interval:
            return
        ends = self.end_of_epoch(runner.train_dataloader, batch_idx) or self.is_last_train_iter(runner)
        if ends or (runner.iter + 1) % self.check_loss_interval == 0:
            require_finite_loss(runner)

    def after_test(self, runner: Runner) -> None:
        for module in runner.model.modules():
            if isinstance(module, FinishesTest):
                module.finish_test()
