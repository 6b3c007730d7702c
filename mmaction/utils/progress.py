"""Progress on stderr: a bar on a terminal, elsewhere a line after every tenth of the items, and every minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar('T')

_MAX_SILENCE_SEC = 60


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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import TaskProgressColumn as Percentage

    columns: list[ProgressColumn] = [
        TextColumn('{task.description}'),
        BarColumn(),
        Percentage(show_speed=True),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    ]
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield from progress.track(sequence, total=total, description=description)


def _plain(sequence: Iterable[T], description: str, total: float | None) -> Iterator[T]:
    start = last = time.perf_counter()
    tenth = 0
    done = 0
    for item in sequence:
        yield item
        done += 1
        if not total:
            continue
        now = time.perf_counter()
        if done * 10 // total > tenth or now - last > _MAX_SILENCE_SEC:
            tenth = int(done * 10 // total)
            last = now
            left = (now - start) * (total - done) / done
            rate = f'{done / (now - start):.3g}/s, {left:.0f} s left'
            print(f'{description} {done}/{total:g} ({now - start:.0f} s, {rate})', file=sys.stderr, flush=True)
    if not total:
        print(f'{description} {done} done ({time.perf_counter() - start:.0f} s)', file=sys.stderr, flush=True)
