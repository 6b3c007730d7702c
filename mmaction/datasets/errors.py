"""Policy for unreadable samples."""

from __future__ import annotations

import errno
from typing import Literal, get_args

OnError = Literal['raise', 'skip']

# The machine is at fault and not the file: going on to the next file would hide it.
_OF_THE_SYSTEM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC)


def check_on_error(value: str) -> OnError:
    """Return the policy, or raise ValueError if there is no such policy."""
    if value not in get_args(OnError):
        raise ValueError(f'on_error ({value!r}) must be one of {", ".join(map(repr, get_args(OnError)))}.')
    return value  # type: ignore[return-value]


def is_unreadable(error: BaseException) -> bool:
    """True if an error reports a missing or corrupt media file, rather than a fault in the pipeline."""
    from mmaction.video import VideoDecodeError

    if isinstance(error, VideoDecodeError):
        return True
    return isinstance(error, OSError) and error.errno not in _OF_THE_SYSTEM


def append_to_message(error: BaseException, text: str) -> None:
    """Add text to what an error says; its type, attributes and traceback stay.

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
