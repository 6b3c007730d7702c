"""A progress bar on a terminal, a line every tenth of the way elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar('T')


def track(sequence: Iterable[T], description: str = '', total: float | None = None) -> Iterator[T]:
    """Iterate and show how far it is, on stderr.

    Args:
        sequence: what to iterate over.
        description: shown in front. Default: ``Working...``.
        total: how many items there are. Default: ``len(sequence)`` where it has one.
    """
    description = description or 'Working...'
    if total is None:
        total = len(sequence) if hasattr(sequence, '__len__') else None
    if sys.stderr.isatty():
        return _rich(sequence, description, total)
    return _plain(sequence, description, total)


def track_on_main_process(
    sequence: Sequence[T] | Iterable[T], description: str = '', total: float | None = None
) -> Iterator[T]:
    """:func:`track` in the main process; the others of a distributed run iterate and show nothing."""
    from mmengine.dist import is_main_process

    return track(sequence, description, total) if is_main_process() else iter(sequence)


def _rich(sequence: Iterable[T], description: str, total: float | None) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(sequence, description=description, total=total, console=Console(stderr=True))


def _plain(sequence: Iterable[T], description: str, total: float | None) -> Iterator[T]:
    start, tenth, done = time.perf_counter(), 0, 0
    for item in sequence:
        yield item
        done += 1
        if total and done * 10 // total > tenth:
            tenth = int(done * 10 // total)
            seconds = time.perf_counter() - start
            print(f'{description} {done}/{total:g} ({seconds:.0f} s)', file=sys.stderr, flush=True)
    if not total:
        print(f'{description} {done} done ({time.perf_counter() - start:.0f} s)', file=sys.stderr, flush=True)
