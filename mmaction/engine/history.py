"""Values of a training that are logged later, without waiting for the device that computes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from torch import Tensor

__all__ = ['DeferredHistory', 'record']


class DeferredHistory(HistoryBuffer):
    """A history whose latest values are tensors until somebody reads any of them; then all are fetched at once.

    A copy of it, and what a checkpoint holds, is a plain history of mmengine.
    """

    _logs: np.ndarray
    _counts: np.ndarray

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._pending: list[Tensor] = []
        super().__init__(*args, **kwargs)

    def defer(self, value: Tensor) -> None:
        """Add the value of a tensor with one element, as it is now."""
        self._pending.append(value.detach().reshape(()).clone())

    def update(self, log_val: float, count: int = 1) -> None:
        """Add a number, see mmengine."""
        self._fetch()
        super().update(log_val, count)

    def _fetch(self) -> None:
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        values = torch.stack([value.double() for value in pending]).tolist()
        self._logs = np.append(self._logs, values)[-self.max_length :]
        self._counts = np.append(self._counts, np.ones(len(values)))[-self.max_length :]

    @property
    def _log_history(self) -> np.ndarray:
        self._fetch()
        return self._logs

    @_log_history.setter
    def _log_history(self, values: np.ndarray) -> None:
        self._logs = values

    @property
    def _count_history(self) -> np.ndarray:
        self._fetch()
        return self._counts

    @_count_history.setter
    def _count_history(self, values: np.ndarray) -> None:
        self._counts = values

    def __reduce__(self) -> tuple[Any, ...]:
        return HistoryBuffer, (self._log_history, self._count_history, self.max_length)


def record(hub: MessageHub, key: str, value: Any) -> None:
    """Add a value to a history of the hub, as its ``update_scalar``; but the first, tensors are fetched when read."""
    history = hub.log_scalars.get(key)
    if isinstance(value, Tensor) and value.numel() == 1 and isinstance(history, DeferredHistory):
        history.defer(value)
        return
    hub.update_scalar(key, value)
    if isinstance(value, Tensor):
        hub.log_scalars[key] = DeferredHistory(*hub.log_scalars[key].data)
