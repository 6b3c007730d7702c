"""Memory for large arrays, used again once nothing refers to it.

Memory that a process gets from the system is cleared page by page when it is first written to, which takes as long as
to write a clip; and freed memory of that size goes back to the system. A pipeline needs arrays of the same few sizes
for each sample.
"""

from __future__ import annotations

import itertools
import math
import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ['BufferPool', 'empty']

_SMALLEST = 1 << 20  # bytes; the allocator keeps the memory of smaller arrays anyway
_KEPT = 384 << 20  # bytes


def _references(buffers: list[np.ndarray], place: int) -> int:
    return sys.getrefcount(buffers[place])


_UNUSED = _references([np.empty(0)], 0)  # of a buffer that only the list refers to


class BufferPool(threading.local):
    """Gives arrays whose memory it hands out again when neither they nor views of them exist any more.

    Each thread has a pool of its own. Arrays may be passed to other threads.

    Args:
        kept: most bytes to keep, in use or not; what was handed out longest ago is given up first.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self.kept = kept
        self._buffers: list[np.ndarray] = []  # the latest first

    def empty(self, shape: Sequence[int], dtype: Any = np.uint8) -> np.ndarray:
        """An array with arbitrary values, as :func:`numpy.empty`."""
        dtype = np.dtype(dtype)
        size = math.prod(shape) * dtype.itemsize
        if size < _SMALLEST or dtype.hasobject:
            return np.empty(shape, dtype)
        array: np.ndarray = self._take(size)[:size].view(dtype).reshape(shape)
        return array  # its `base`, and that of all views of it, is the buffer

    def _take(self, size: int) -> np.ndarray:
        # Not over the buffers themselves: the loop would refer to each.
        for place, kept in enumerate([buffer.nbytes for buffer in self._buffers]):
            if size <= kept <= 2 * size and _references(self._buffers, place) == _UNUSED:
                buffer = self._buffers.pop(place)
                break
        else:
            buffer = np.empty(size, np.uint8)
        self._buffers.insert(0, buffer)
        totals = itertools.accumulate(buffer.nbytes for buffer in self._buffers)
        del self._buffers[sum(total <= self.kept for total in totals) :]
        return buffer


_pool = BufferPool()


def empty(shape: Sequence[int], dtype: Any = np.uint8) -> np.ndarray:
    """An array with arbitrary values, from the pool of this thread: see :meth:`BufferPool.empty`."""
    return _pool.empty(shape, dtype)
