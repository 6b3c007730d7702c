"""A part of a video as a video of its own."""

from __future__ import annotations

from operator import attrgetter

import numpy as np
import numpy.typing as npt

from mmaction.video.bgr import BGRReader
from mmaction.video.reader import FrameReader, Indices

__all__ = ['WindowReader', 'window_of']


class WindowReader(FrameReader):
    """The frames ``[first, end)`` of another reader, counted from 0.

    Args:
        reader: the other reader, which is closed along with this one.
        first: its first frame of the window.
        end: the frame after the last one.

    Raises:
        ValueError: the reader has no such frames.
    """

    def __init__(self, reader: FrameReader, first: int, end: int) -> None:
        super().__init__(reader.name)
        if not 0 <= first < end <= reader.num_frames:
            raise ValueError(f'{reader.name} has {reader.num_frames} frames; there are no frames [{first}, {end}).')
        self._reader = reader
        self.first = first
        self._count = end - first

    backend = property(attrgetter('_reader.backend'))
    avg_fps = property(attrgetter('_reader.avg_fps'))
    native = property(attrgetter('_reader.native'))
    path = property(attrgetter('_reader.path'))

    @property
    def num_frames(self) -> int:
        return self._count

    @property
    def key_frames(self) -> npt.NDArray[np.int64]:
        keys = self._reader.key_frames - self.first
        inside: npt.NDArray[np.int64] = keys[(keys >= 0) & (keys < self._count)]
        return inside

    def start_times(self) -> npt.NDArray[np.float64]:
        times = self._reader.start_times()[self.first : self.first + self._count + 1]
        relative: npt.NDArray[np.float64] = times - times[0]
        return relative

    def source_indices(self, indices: Indices) -> npt.NDArray[np.int64]:
        return self._reader.source_indices(self.check_indices(indices) + self.first)

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return self._reader.get_frames(indices + self.first)

    def _close(self) -> None:
        self._reader.close()


def window_of(reader: FrameReader, start_sec: float, end_sec: float) -> FrameReader:
    """The frames that are shown first in ``[start_sec, end_sec)``, or else the one on screen at ``start_sec``.

    Args:
        reader: of the whole video.
        start_sec, end_sec: seconds from its first frame.

    Raises:
        ValueError: the video ends before ``start_sec``, or the end is not after the start.
    """
    if not 0 <= start_sec < end_sec:
        raise ValueError(f'A segment must start at 0 or later and end after that, not [{start_sec:g}, {end_sec:g}] s.')
    times = reader.start_times()
    if start_sec >= times[-1]:
        raise ValueError(f'{reader.name} ends at {times[-1]:.3f} s, before the segment from {start_sec:g} s.')
    # Times in files are rounded: a frame at 0.333333 s is that of the segment from 0.3333 s.
    tolerance = 1e-3
    first = int(np.searchsorted(times[:-1], start_sec - tolerance))
    end = int(np.searchsorted(times[:-1], end_sec - tolerance))
    if end <= first:
        first = max(int(np.searchsorted(times[:-1], start_sec, 'right')) - 1, 0)
        end = first + 1
    window = WindowReader(reader, first, end)
    return BGRReader(window) if isinstance(reader, BGRReader) else window
