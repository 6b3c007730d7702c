"""Files that exist either completely or not at all."""

from __future__ import annotations

import os
import os.path as osp
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def complete_or_absent(path: str) -> Iterator[str]:
    """Yield a temporary name beside ``path`` to write to; it is renamed to ``path`` if no error is raised.

    An interrupted run leaves no half-written file, which the next run would take for a complete one.
    """
    os.makedirs(osp.dirname(path) or '.', exist_ok=True)
    # The suffix stays at the end: writers choose the format by it.
    stem, suffix = osp.splitext(path)
    unfinished = f'{stem}.{os.getpid()}.part{suffix}'
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        if osp.exists(unfinished):
            os.unlink(unfinished)
