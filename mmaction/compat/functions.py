"""Functions of the 0.x line that are still called, on top of those of today."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from mmengine.logging import MMLogger

from mmaction.registry import DATASETS


def build_dataset(cfg: Mapping[str, Any], default_args: Mapping[str, Any] | None = None) -> Any:
    """Build a data set from its config.

    Args:
        cfg: the config.
        default_args: arguments that the config does not state.
    """
    import mmaction.datasets  # noqa: F401  (registers; takes seconds)

    return DATASETS.build(dict(default_args or {}) | dict(cfg))


def get_root_logger(log_file: str | None = None, log_level: int | str = logging.INFO) -> logging.Logger:
    """Get the logger of the name ``mmaction``.

    Args:
        log_file: file that the log is written to as well; read when the logger is made.
        log_level: of the process of rank 0; others log errors.
    """
    if MMLogger.check_instance_created('mmaction'):
        return MMLogger.get_instance('mmaction')
    return MMLogger.get_instance('mmaction', logger_name='mmaction', log_file=log_file, log_level=log_level)
