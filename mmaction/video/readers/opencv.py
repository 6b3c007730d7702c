"""Frames through OpenCV."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.utils.buffers import empty
from mmaction.video.errors import NotAVideoError, VideoDecodeError, no_frames
from mmaction.video.reader import FrameReader
from mmaction.video.readers.pyav import probe
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['OpenCVReader']

_MIN_SEEK = 64  # frames; a seek of OpenCV decodes some frames itself


class OpenCVReader(FrameReader):
    """Reads with ``cv2.VideoCapture``, which rotates frames upright itself.

    OpenCV trusts the number of frames in the header and seeks by assumed time. Here the number comes from the
    packets, and a seek is checked against the time of the frame that it reaches.

    Args:
        source: the video. Bytes are written to a temporary file.

    Raises:
        VideoDecodeError: OpenCV does not know the format, no frame decodes, or OpenCV decodes it wrongly.
    """

    backend = 'opencv'

    def __init__(self, source: Source) -> None:
        super().__init__(source.name)
        self._temporary: str | None = None
        self._capture: Any = None
        self._next = 0  # the frame that the next grab() decodes
        self._scan: Scan | None = None
        self._path: str | None = None
        try:
            self._path = source.path or self._spill(source.data or b'')
            self._open(self._path)
            self._scan = self._probe(source)
            self._num_frames = self._scan.num_frames if self._scan else self._count()
        except BaseException:
            self.close()
            raise

    @classmethod
    def wrap(cls, capture: Any, name: str) -> OpenCVReader:
        """Wrap a ``cv2.VideoCapture`` that a user opened; it is read from its first frame."""
        reader = cls.__new__(cls)
        FrameReader.__init__(reader, name)
        reader._temporary = None
        reader._scan = None
        # A capture can also be a camera or a pipeline, which cannot be opened again by its name.
        reader._path = name if os.path.exists(name) else None
        reader._capture = capture
        reader._restart()
        reader._num_frames = reader._count()
        return reader

    @property
    def num_frames(self) -> int:
        return self._num_frames

    @property
    def avg_fps(self) -> float:
        if self._scan is None:
            return float(self._capture.get(cv2.CAP_PROP_FPS))
        return self._scan.avg_fps

    @property
    def key_frames(self) -> npt.NDArray[np.int64]:
        if self._scan is None:
            return super().key_frames
        return self._scan.keys

    def start_times(self) -> npt.NDArray[np.float64]:
        if self._scan is None:
            return super().start_times()
        return self._scan.start_times()

    @property
    def path(self) -> str | None:
        """The file that OpenCV reads: the video, or a temporary copy of it."""
        return self._path

    @property
    def native(self) -> Any:
        return vars(self).get('_capture')  # absent while wrap() fails

    @staticmethod
    def _probe(source: Source) -> Scan | None:
        """The packets of the file; None where PyAV cannot read it, but OpenCV may."""
        try:
            scan = probe(source)
        except NotAVideoError:  # OpenCV's FFmpeg would render a text
            raise
        except VideoDecodeError:
            return None
        if scan.interlaced and int(cv2.__version__.split('.')[0]) >= 5:
            raise VideoDecodeError(source.name, 'OpenCV', 'OpenCV 5 turns interlaced frames into noise')
        return scan

    def _spill(self, data: bytes) -> str:
        handle, self._temporary = tempfile.mkstemp(suffix='.video')
        with os.fdopen(handle, 'wb') as file:
            file.write(data)
        return self._temporary

    def _open(self, path: str) -> None:
        os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')  # faults are raised, not printed
        if self._capture is not None:
            self._capture.release()
        try:
            self._capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        except cv2.error as error:
            raise VideoDecodeError(self.name, 'OpenCV', str(error).strip()) from error
        if not self._capture.isOpened():
            raise VideoDecodeError(self.name, 'OpenCV', 'it has no video stream that FFmpeg knows')
        self._next = 0

    def _restart(self) -> None:
        """Go back to the first frame. Opening the file again is exact; rewinding is not, in all containers."""
        if self._path is not None:
            self._open(self._path)
            return
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
        self._next = 0

    def _count(self) -> int:
        number = 0
        while self._capture.grab():
            number += 1
        if not number:
            raise no_frames(self.name, 'OpenCV', '')
        self._restart()
        return number

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        if indices[0] < self._next:
            self._restart()
        first = self._frame_at(int(indices[0]))
        height, width = first.shape[:2]
        out = empty((len(indices), height, width, 3))
        cv2.cvtColor(first, cv2.COLOR_BGR2RGB, dst=out[0])
        for row, index in enumerate(indices[1:], start=1):
            frame = self._frame_at(int(index))
            if frame.shape != first.shape:  # the size can change within a file; an array has only one
                frame = cv2.resize(frame, (width, height))
            cv2.cvtColor(frame, cv2.COLOR_BGR2RGB, dst=out[row])
        return out

    def _frame_at(self, index: int) -> Any:
        self._skip_to(index)
        while self._next <= index:
            if not self._capture.grab():
                raise VideoDecodeError(self.name, 'OpenCV', f'frame {index} is missing, {self._next} decode')
            self._next += 1
        ok, frame = self._capture.retrieve()
        if not ok:
            raise VideoDecodeError(self.name, 'OpenCV', f'frame {index} cannot be retrieved')
        return frame

    def _skip_to(self, index: int) -> None:
        """Seek to the keyframe before ``index`` where that saves much, and verify where the seek has landed."""
        scan = self._scan
        if scan is None or scan.pts is None or not scan.indexed or self._path is None:
            return
        key = int(scan.keys[np.searchsorted(scan.keys, index, 'right') - 1])
        if key - self._next < _MIN_SEEK:
            return
        before = self._next
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, key)
        landed = self._capture.grab()
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        expected = float(scan.pts[key] - scan.pts[0]) * scan.time_base
        gap = float(np.diff(scan.pts[key - 1 : key + 2]).min()) * scan.time_base
        if landed and abs(seconds - expected) < gap / 2:
            self._next = key + 1
            return
        self._open(self._path)
        for _ in range(before):
            self._capture.grab()
        self._next = before

    def _close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None
        if self._temporary is not None:
            os.unlink(self._temporary)
            self._temporary = None
