"""Base of the readers whose library counts the frames itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmaction.video.errors import VideoDecodeError
from mmaction.video.reader import FrameReader
from mmaction.video.scan import Scan

__all__ = ['IndexedReader']


class IndexedReader(FrameReader):
    """A reader around a library's object whose length is its number of frames.

    Args:
        name: the file, for messages.
        library: name of the library, for messages.
        scan: the packets of the file. Where the library counts otherwise, its indices mean other frames than ours.
        video: the object.

    Raises:
        VideoDecodeError: the object has another length.
    """

    def __init__(self, name: str, library: str, scan: Scan, video: Any) -> None:
        super().__init__(name)
        self._scan = scan
        self._video = video
        if len(video) != scan.num_frames:
            raise VideoDecodeError(name, library, f'it counts {len(video)} frames, there are {scan.num_frames}')

    @property
    def num_frames(self) -> int:
        return self._scan.num_frames

    @property
    def avg_fps(self) -> float:
        return self._scan.avg_fps

    @property
    def key_frames(self) -> npt.NDArray[np.int64]:
        return self._scan.keys

    def start_times(self) -> npt.NDArray[np.float64]:
        return self._scan.start_times()

    @property
    def native(self) -> Any:
        return vars(self).get('_video')  # absent while __init__ fails

    def _close(self) -> None:
        self._video = None
