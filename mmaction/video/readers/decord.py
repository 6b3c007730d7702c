"""Frames through decord."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmaction.video.readers.indexed import IndexedReader
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['DecordReader']

# decord repeats a neighbor for a frame that it cannot decode. The smallest fraction makes it raise an error instead.
_FAULT_TOLERANCE = 1e-6


class DecordReader(IndexedReader):
    """Reads with ``decord.VideoReader``.

    decord 3.4 ends the process on files with corrupt packets, so give it scanned files only.

    Args:
        source: the video.
        scan: its packets; the number of frames must agree.
        num_threads: decoding threads, 0 for decord's choice.
    """

    backend = 'decord'
    library = 'decord'

    def __init__(self, source: Source, scan: Scan, num_threads: int = 1) -> None:
        import decord  # loads an FFmpeg of its own, which most files do not need

        decord.logging.set_level(decord.logging.QUIET)
        with self._errors_of(source.name):
            video = decord.VideoReader(source.open(), num_threads=num_threads, fault_tol=_FAULT_TOLERANCE)
        super().__init__(source.name, scan, video)

    @classmethod
    def wrap(cls, video: Any, name: str) -> DecordReader:
        """Wrap a ``decord.VideoReader`` that a user opened: its file is not scanned again, decord is believed."""
        keys = np.asarray(video.get_key_indices(), np.int64)
        scan = Scan(len(video), float(video.get_avg_fps()), 0.0, None, keys)
        reader = cls.__new__(cls)
        IndexedReader.__init__(reader, name, scan, video)
        return reader

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        with self._errors_of(self.name):
            frames = self._video.get_batch(indices.tolist())
        # With decord.bridge set, frames are tensors of the user's framework.
        return np.asarray(frames.asnumpy() if hasattr(frames, 'asnumpy') else frames)

    @staticmethod
    def _brief(error: Exception) -> str:
        """The first line of decord's message, without time and place in its source."""
        lines = [line for line in str(error).splitlines() if line.strip()]
        if not lines:
            return type(error).__name__
        return lines[0].rsplit('] ', 1)[-1].strip()
