"""What the readers share whose library counts the frames itself."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

import numpy as np

from mmaction.video.errors import VideoDecodeError
from mmaction.video.reader import FrameReader
from mmaction.video.scan import Scan


class IndexedReader(FrameReader):
    """A reader in front of an object with a length, which is the number of frames that the packets tell.

    Args:
        name: the file, for messages.
        library: whose object it is, for messages.
        scan: what the packets tell.
        video: the object.

    Raises:
        VideoDecodeError: the object has another length.
    """

    def __init__(self, name: str, library: str, scan: Scan, video: Sized) -> None:
        super().__init__(name)
        self._scan, self._video = scan, video
        if len(video) != scan.num_frames:
            raise VideoDecodeError(name, library, f'it counts {len(video)} frames, there are {scan.num_frames}')

    @property
    def num_frames(self) -> int:
        return self._scan.num_frames

    @property
    def avg_fps(self) -> float:
        return self._scan.avg_fps

    @property
    def key_frames(self) -> np.ndarray:
        return self._scan.keys

    @property
    def native(self) -> Any:
        return vars(self).get('_video')

    def _close(self) -> None:
        self._video = None
