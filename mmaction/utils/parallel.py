"""Functions over many items in several processes."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context, parent_process
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
    with _pool(num_workers) as pool:
        yield from pool.map(work, items, chunksize=chunk)


def map_surviving(
    work: Callable[[T], R], items: Sequence[T], num_workers: int, died: Callable[[T], R]
) -> Iterator[tuple[T, R]]:
    """Yield each item with ``work(item)``, as they are finished, even if some of them kill their process.

    Args:
        work: a function that can be pickled.
        items: its arguments.
        num_workers: processes; 0 works in this one, which an item may then kill.
        died: makes the result of an item whose process died.
    """
    if num_workers < 1:
        yield from ((item, work(item)) for item in items)
        return
    waiting = deque(items)
    while waiting:
        # A dying process breaks the whole pool, and all items in flight are lost with it.
        suspects = yield from _until_broken(work, waiting, min(num_workers, len(waiting)))
        for item in suspects:  # alone in a process, to see which of them it was
            if (yield from _until_broken(work, deque([item]), 1)):
                yield item, died(item)


def _until_broken(work: Callable[[T], R], waiting: deque[T], num_workers: int) -> Generator[tuple[T, R], None, list[T]]:
    """Work off a queue; returns the items in flight when a process died, which ends the work."""
    running: dict[Future[R], T] = {}
    try:
        with _pool(num_workers) as pool:
            while waiting or running:
                while waiting and len(running) < num_workers:
                    future = pool.submit(work, waiting[0])
                    running[future] = waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield running.pop(future), result
    except BrokenProcessPool:
        return [*running.values()]
    return []


def _pool(num_workers: int) -> ProcessPoolExecutor:
    # A forked child inherits the locks that threads of this process hold (torch, OpenCV and FFmpeg have threads), and
    # waits for them forever. The fork server has no threads; systems without it spawn.
    method = 'forkserver' if 'forkserver' in get_all_start_methods() else 'spawn'
    return ProcessPoolExecutor(num_workers, mp_context=get_context(method), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Let this worker end when the process that started it is killed, instead of waiting for work forever."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
