"""Log lines at the pace of batches, and of the clock."""

from __future__ import annotations

import time
from typing import Any

from mmengine.hooks import LoggerHook as _LoggerHook
from mmengine.runner import Runner

from mmaction.registry import HOOKS

_LONGEST_SILENCE_SEC = 10


@HOOKS.register_module()
class LoggerHook(_LoggerHook):
    """Logger hook of mmengine that also logs progress and remaining time whenever evaluation is slow.

    mmengine's hook logs every ``interval`` batches. A video of 25 clips and ten crops takes seconds: its tests are
    silent for minutes, and those of fewer videos than the interval to the end.
    """

    _last_line = 0.0

    def before_val_epoch(self, runner: Runner) -> None:
        """Start the clock."""
        self._last_line = time.monotonic()

    def before_test_epoch(self, runner: Runner) -> None:
        """Start the clock."""
        self._last_line = time.monotonic()

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        self._log(runner, batch_idx, 'val')

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        self._log(runner, batch_idx, 'test')

    def _log(self, runner: Runner, batch_idx: int, mode: str) -> None:
        now = time.monotonic()
        if self.every_n_inner_iters(batch_idx, self.interval) or now - self._last_line >= _LONGEST_SILENCE_SEC:
            self._last_line = now
            _, line = runner.log_processor.get_log_after_iter(runner, batch_idx, mode)
            runner.logger.info(line)
