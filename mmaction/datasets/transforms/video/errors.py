"""The exception for a file whose frames cannot be had."""

from __future__ import annotations

import os

__all__ = ['NotAVideoError', 'VideoDecodeError']


class VideoDecodeError(RuntimeError):
    """A video, frame folder or image cannot be decoded.

    The text names the file, the decoder and the reason. It survives pickling and being raised anew from its text
    alone, as DataLoader workers do.

    Args:
        filename: the file, or the whole message where it is the only argument.
        decoder: the decoder that gave up, e.g. ``'decord'``.
        reason: what is wrong, as a clause.
    """

    def __init__(self, filename: str | os.PathLike, decoder: str | None = None, reason: str | None = None) -> None:
        self.filename = os.fspath(filename)
        self.decoder = decoder
        self.reason = reason
        by = f' with {decoder}' if decoder else ''
        super().__init__(self.filename if reason is None else f'Cannot decode {self.filename}{by}: {reason}')

    def __reduce__(self) -> tuple:
        return type(self), (str(self),), vars(self)  # the text as it is, with what was added to it


class NotAVideoError(VideoDecodeError):
    """The file holds something else, so that no other decoder needs to be asked."""
