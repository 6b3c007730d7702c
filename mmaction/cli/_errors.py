"""Errors that the user of a command can mend: one line and an exit code, no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SHOW = 'MMACTION_TRACEBACK'


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn what a wrong path, name or file raises into ``error: ...`` on stderr and exit code 1.

    With the environment variable ``MMACTION_TRACEBACK`` set, the traceback is shown.
    """
    try:
        yield
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        if os.environ.get(_SHOW) or not _can_mend(error):
            raise
        print(f'error: {" ".join(str(error).split()) or type(error).__name__}', file=sys.stderr)
        raise SystemExit(1) from None


def _can_mend(error: Exception) -> bool:
    """Whether the message is for the user: torch and Python raise RuntimeError and KeyError for faults of ours too."""
    from mmaction.datasets.transforms.video import VideoDecodeError
    from mmaction.engine import WeightsNotAvailable

    if isinstance(error, RuntimeError):
        return isinstance(error, VideoDecodeError | WeightsNotAvailable)
    return True
