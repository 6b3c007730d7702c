"""Progress on stderr: a bar on a terminal, elsewhere a line after every tenth of the items."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar('T')


def track(sequence: Iterable[T], description: str = '', total: float | None = None) -> Iterator[T]:
    """Iterate and show the progress on stderr.

    Args:
        sequence: the items.
        description: text before the progress. Default: ``Working...``.
        total: number of items. Default: ``len(sequence)`` if it has one.
    """
    description = description or 'Working...'
    if total is None and isinstance(sequence, Sized):
        total = len(sequence)
    if sys.stderr.isatty():
        return _rich(sequence, description, total)
    return _plain(sequence, description, total)


def track_on_main_process(sequence: Iterable[T], description: str = '', total: float | None = None) -> Iterator[T]:
    """Iterate with :func:`track` in the main process of a distributed run, and silently in the others."""
    from mmengine.dist import is_main_process  # imports torch

    if is_main_process():
        return track(sequence, description, total)
    return iter(sequence)


def _rich(sequence: Iterable[T], description: str, total: float | None) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(sequence, description=description, total=total, console=Console(stderr=True))


def _plain(sequence: Iterable[T], description: str, total: float | None) -> Iterator[T]:
    start = time.perf_counter()
    tenth = 0
    done = 0
    for item in sequence:
        yield item
        done += 1
        if total and done * 10 // total > tenth:
            tenth = int(done * 10 // total)
            seconds = time.perf_counter() - start
            print(f'{description} {done}/{total:g} ({seconds:.0f} s)', file=sys.stderr, flush=True)
    if not total:
        print(f'{description} {done} done ({time.perf_counter() - start:.0f} s)', file=sys.stderr, flush=True)
