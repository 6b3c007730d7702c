"""Work on independent items in several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context
from typing import TypeVar

T = TypeVar('T')
R = TypeVar('R')


def map_parallel(work: Callable[[T], R], items: Sequence[T], num_workers: int, chunk: int = 1) -> Iterator[R]:
    """Yield ``work(item)`` of each item, in order.

    Args:
        work: a function that can be pickled.
        items: its arguments.
        num_workers: processes; 1 or less works in this one, where a debugger can follow.
        chunk: items that a process receives at once. More than 1 pays off for many short ones.
    """
    num_workers = min(num_workers, len(items))
    if num_workers <= 1:
        yield from map(work, items)
        return
    # A forked child inherits the locks that threads of this process hold (torch, OpenCV and FFmpeg have threads), and
    # waits for them forever. The fork server has no threads; systems without it spawn.
    method = 'forkserver' if 'forkserver' in get_all_start_methods() else 'spawn'
    with ProcessPoolExecutor(num_workers, mp_context=get_context(method)) as pool:
        yield from pool.map(work, items, chunksize=chunk)
