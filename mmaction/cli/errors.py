"""Errors that the user of a command can fix: one line and an exit code instead of a traceback."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pickle import UnpicklingError

_SHOW_TRACEBACK = 'MMACTION_TRACEBACK'


class UsageError(Exception):
    """Arguments that do not fit together; reported as argparse reports a wrong argument."""


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn the errors of a wrong path, name or file into ``error: ...`` on stderr and exit code 1.

    An interrupt from the keyboard ends with exit code 130, as shells have it. The environment variable
    ``MMACTION_TRACEBACK`` shows the traceback instead.
    """
    try:
        yield
    except (OSError, ValueError, ImportError, RuntimeError, KeyError, TypeError, UnpicklingError) as error:
        if os.environ.get(_SHOW_TRACEBACK) or not _is_for_user(error):
            raise
        print(f'error: {one_line(error)} ({_SHOW_TRACEBACK}=1 shows the traceback)', file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        if os.environ.get(_SHOW_TRACEBACK):
            raise
        print('interrupted', file=sys.stderr)
        raise SystemExit(130) from None


def one_line(error: Exception) -> str:
    """The message of an error, without line breaks."""
    text = str(error)
    if isinstance(error, KeyError) and error.args:
        # The text of a KeyError is the repr of its message, with quotes.
        text = str(error.args[0])
    elif isinstance(error, OSError) and error.filename is not None:
        # Python's own, without "[Errno 2]", which means nothing to most users.
        text = f'{error.strerror}: {error.filename}'
    if text.startswith('Caught '):
        # A DataLoader's worker sends its traceback as text, whose last part is the message.
        text = re.split(r'\n[\w.]+: ', text)[-1]
    return ' '.join(text.split()) or type(error).__name__


def _is_for_user(error: Exception) -> bool:
    """Tell errors in the user's input from faults of the code, whose traceback is needed.

    Python and torch raise RuntimeError, KeyError and TypeError for both.
    """
    # Imported here: by now the command has loaded torch anyway, while --help must not.
    from mmaction.engine import BrokenCheckpointError, UnsafeCheckpointError, WeightsNotAvailable
    from mmaction.video import VideoDecodeError

    if isinstance(error, RuntimeError):
        return isinstance(error, VideoDecodeError | WeightsNotAvailable | BrokenCheckpointError)
    if isinstance(error, UnpicklingError):
        return isinstance(error, UnsafeCheckpointError)
    if isinstance(error, KeyError | TypeError):
        # Registries report unknown names as KeyError, and unknown keywords of a class as TypeError.
        pattern = r'is not in the .*registry|^class `|__init__\(\) (got an unexpected|missing) '
        return re.search(pattern, str(error)) is not None
    return True
