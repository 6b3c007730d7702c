"""Policy for unreadable samples."""

from __future__ import annotations

import errno
from typing import Literal, get_args

from mmaction.utils.check import pick
from mmaction.video import VideoDecodeError

OnError = Literal['raise', 'skip']

# The machine is at fault and not the file: going on to the next file would hide it.
_OF_THE_SYSTEM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC)


def check_on_error(value: str) -> OnError:
    """Check and return ``on_error`` of a dataset."""
    return pick(get_args(OnError), value, 'on_error')


def is_unreadable(error: BaseException) -> bool:
    """True if an error reports a missing or corrupt media file, rather than a fault in the pipeline."""
    if isinstance(error, VideoDecodeError):
        return True
    return isinstance(error, OSError) and error.errno not in _OF_THE_SYSTEM


def append_to_message(error: BaseException, text: str) -> None:
    """Add text to the message of an error; its type, attributes and traceback stay.

    (``add_note`` would do from Python 3.11 on, but ``str(error)`` leaves notes out.)
    """
    if isinstance(error, OSError) and error.strerror:
        error.strerror = f'{error.strerror} ({text})'
    elif not error.args:
        error.args = (text,)
    elif isinstance(error.args[0], str):
        error.args = (f'{error.args[0]} ({text})', *error.args[1:])
    elif hasattr(error, 'add_note'):
        error.add_note(text)
