"""Bases of the readers that know the packets of their file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmaction.video.errors import VideoDecodeError
from mmaction.video.reader import FrameReader
from mmaction.video.scan import Scan

__all__ = ['IndexedReader', 'ScannedReader']


class ScannedReader(FrameReader):
    """A reader whose facts (frames, rate, keyframes, times) come from the packets of the file.

    Attributes:
        scan: the packets.
    """

    scan: Scan

    @property
    def num_frames(self) -> int:
        return self.scan.num_frames

    @property
    def avg_fps(self) -> float:
        return self.scan.avg_fps

    @property
    def key_frames(self) -> npt.NDArray[np.int64]:
        return self.scan.keys

    def start_times(self) -> npt.NDArray[np.float64]:
        return self.scan.start_times()


class IndexedReader(ScannedReader):
    """A reader around a library's object whose length is its number of frames.

    Args:
        name: the file, for messages.
        scan: the packets of the file. Where the library counts otherwise, its indices mean other frames than ours.
        video: the object.

    Raises:
        VideoDecodeError: the object has another length.
    """

    library: ClassVar[str]  # its name in messages

    def __init__(self, name: str, scan: Scan, video: Any) -> None:
        super().__init__(name)
        self.scan = scan
        self._video = video
        if len(video) != scan.num_frames:
            raise VideoDecodeError(name, self.library, f'it counts {len(video)} frames, there are {scan.num_frames}')

    @classmethod
    @contextmanager
    def _errors_of(cls, name: str) -> Iterator[None]:
        """Turn any error of the library into ours: the libraries raise plain exceptions, of types that change."""
        try:
            yield
        except Exception as error:
            raise VideoDecodeError(name, cls.library, cls._brief(error)) from error

    @staticmethod
    def _brief(error: Exception) -> str:
        return str(error)

    @property
    def native(self) -> Any:
        return vars(self).get('_video')  # absent while __init__ fails

    def _close(self) -> None:
        self._video = None
