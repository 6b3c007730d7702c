"""Log lines that report memory on the CPU too."""

from __future__ import annotations

import resource
import sys

from mmengine.device import get_device
from mmengine.runner import LogProcessor as _LogProcessor
from mmengine.runner import Runner

from mmaction.registry import LOG_PROCESSORS


def peak_memory_mib() -> int:
    """Peak resident memory of this process in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1024 * 1024 if sys.platform == 'darwin' else 1024  # macOS counts bytes, Linux KiB
    return peak // unit


@LOG_PROCESSORS.register_module()
class LogProcessor(_LogProcessor):
    """Log processor of mmengine that reports the peak memory of the process when there is no accelerator."""

    def get_log_after_iter(self, runner: Runner, batch_idx: int, mode: str) -> tuple[dict, str]:
        tag, line = super().get_log_after_iter(runner, batch_idx, mode)
        if get_device() == 'cpu' and 'memory' not in tag:
            tag['memory'] = peak_memory_mib()
            head, mark, rest = line.partition('data_time: ')
            if mark:
                seconds, space, rest = rest.partition('  ')
                line = f'{head}{mark}{seconds}{space}memory: {tag["memory"]}  {rest}'
        return tag, line
