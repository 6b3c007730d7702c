"""Cameras and network streams, frame by frame; video files in the same way."""

from __future__ import annotations

import os
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.video.errors import VideoDecodeError


class LiveVideo:
    """Frames of a camera, a network stream or a file, of which none is kept.

    Args:
        source: number of a camera, URL of a stream (rtsp, http), or path of a file.

    Attributes:
        is_live: True for a camera or a stream, whose frames are lost while nobody reads them.
        fps: frames per second; 0 where unknown.

    Raises:
        FileNotFoundError: there is no such file.
        VideoDecodeError: the source does not open.
    """

    def __init__(self, source: int | str) -> None:
        self.source = int(source) if str(source).isdigit() else str(source)
        is_file = isinstance(self.source, str) and '://' not in self.source
        if is_file and not os.path.isfile(str(self.source)):
            raise FileNotFoundError(f'There is no video at {self.source}. A camera is given by its number, such as 0.')
        self.is_live = not is_file
        self._capture = cv2.VideoCapture(self.source)
        if not self._capture.isOpened():
            kind = 'camera' if isinstance(self.source, int) else 'video'
            raise VideoDecodeError(str(self.source), 'opencv', f'no {kind} opens there')
        if self.is_live:
            self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not one of a second ago
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = float(rate) if 0 < rate < 1000 else 0.0

    def __iter__(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield uint8 (H, W, 3), RGB, until the source ends."""
        while True:
            read, frame = self._capture.read()
            if not read:
                return
            yield np.ascontiguousarray(frame[..., ::-1])

    def close(self) -> None:
        """Release the source."""
        self._capture.release()

    def __enter__(self) -> LiveVideo:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
