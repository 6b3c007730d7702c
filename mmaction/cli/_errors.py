"""Errors that the user of a command can mend: one line and an exit code, no traceback."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pickle import UnpicklingError

_SHOW = 'MMACTION_TRACEBACK'


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn what a wrong path, name or file raises into ``error: ...`` on stderr and exit code 1.

    With the environment variable ``MMACTION_TRACEBACK`` set, the traceback is shown.
    """
    try:
        yield
    except (OSError, ValueError, ImportError, RuntimeError, KeyError, TypeError, UnpicklingError) as error:
        if os.environ.get(_SHOW) or not _can_mend(error):
            raise
        print(f'error: {_one_line(error)} ({_SHOW}=1 shows where)', file=sys.stderr)
        raise SystemExit(1) from None


def _one_line(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if text.startswith('Caught '):  # by a worker of a DataLoader, which sends its traceback as text
        text = re.split(r'\n[\w.]+: ', text)[-1]
    return ' '.join(text.split()) or type(error).__name__


def _can_mend(error: Exception) -> bool:
    """Whether the message is for the user: torch and Python raise RuntimeError and KeyError for faults of ours too."""
    from mmaction.datasets.transforms.video import VideoDecodeError
    from mmaction.engine import BrokenCheckpointError, UnsafeCheckpointError, WeightsNotAvailable

    if isinstance(error, RuntimeError):
        return isinstance(error, VideoDecodeError | WeightsNotAvailable | BrokenCheckpointError)
    if isinstance(error, UnpicklingError):
        return isinstance(error, UnsafeCheckpointError)
    if isinstance(error, KeyError | TypeError):
        # a registry says which name of the config it does not know, or which class does not know a keyword
        return (
            re.search(r'is not in the .*registry|^class `|__init__\(\) (got an unexpected|missing) ', str(error))
            is not None
        )
    return True
