"""Errors of files whose frames cannot be decoded."""

from __future__ import annotations

import os
from typing import Any

__all__ = ['NotAVideoError', 'VideoDecodeError', 'no_frames']


class VideoDecodeError(RuntimeError, ValueError):
    """A video, frame folder or image cannot be decoded.

    A RuntimeError, as decord raises, and a ValueError, as PyAV and OpenCV do: code that expects either of them works
    with any decoder.

    The message names the file, the decoder and the reason. The error can be pickled, and rebuilt from its message
    alone: DataLoader workers do both when they pass it to the main process.

    Args:
        filename: the file; the complete message where it is the only argument.
        decoder: the decoder that failed, e.g. ``'decord'``.
        reason: the fault, as a clause.
    """

    def __init__(self, filename: str | os.PathLike[str], decoder: str | None = None, reason: str | None = None) -> None:
        self.filename = os.fspath(filename)
        self.decoder = decoder
        self.reason = reason
        message = self.filename
        if reason is not None:
            by = f' with {decoder}' if decoder else ''
            message = f'Cannot decode {self.filename}{by}: {reason}'
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self),), vars(self)  # the message as it is, with attributes that were added later


class NotAVideoError(VideoDecodeError):
    """The file holds something other than video, so that no other decoder needs to be tried."""


def no_frames(name: str, decoder: str, reason: str) -> VideoDecodeError:
    """The error for a video without a single frame that decodes."""
    detail = f' ({reason})' if reason else ''
    return VideoDecodeError(name, decoder, f'no frame of it decodes{detail}')
