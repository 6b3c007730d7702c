"""Policies for unreadable samples and for unusual annotations."""

from __future__ import annotations

import errno
import logging
from collections import Counter
from typing import Literal, get_args

from mmengine.logging import print_log

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


AnnotationChecks = Literal['warn', 'raise', 'off']


def check_annotation_checks(value: str) -> AnnotationChecks:
    """Check and return ``annotation_checks`` of a dataset."""
    return pick(get_args(AnnotationChecks), value, 'annotation_checks')


class OddRecords:
    """Unusual records, which a pipeline may well process: counted by kind, and reported in one warning.

    Args:
        policy: ``'warn'``; ``'raise'``: the first one is an error; ``'off'``: they are ignored.
        source: the annotation file, for messages.
    """

    def __init__(self, policy: AnnotationChecks, source: str) -> None:
        self.policy = policy
        self.source = source
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, kind: str, example: str, count: int = 1) -> None:
        """Count records of a kind, such as ``'without a label'``; ``example`` describes the first of them.

        Raises:
            ValueError: the policy is ``'raise'``.
        """
        if self.policy == 'raise':
            raise ValueError(
                f"{self.source}, {example}: a sample {kind}. Correct it, leave it out, or set annotation_checks='warn'."
            )
        self._counts[kind] += count
        self._examples.setdefault(kind, example)

    def report(self) -> None:
        """Log all kinds in one warning."""
        if self.policy == 'off' or not self._counts:
            return
        kinds = [f'{count} samples {kind} ({self._examples[kind]})' for kind, count in self._counts.items()]
        print_log(
            f'{self.source}: {"; ".join(kinds)}. They are used all the same; annotation_checks="raise" of the dataset '
            'makes this an error, "off" leaves the checks out.',
            logger='current',
            level=logging.WARNING,
        )
