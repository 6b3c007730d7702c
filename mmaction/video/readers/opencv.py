"""Frames through OpenCV."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import cv2
import numpy as np

from mmaction.video.errors import NotAVideoError, VideoDecodeError, no_frames
from mmaction.video.reader import FrameReader
from mmaction.video.readers.pyav import probe
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['OpenCVReader']

_WORTH_A_SEEK = 64  # frames; a seek of OpenCV decodes some itself


class OpenCVReader(FrameReader):
    """Reads with ``cv2.VideoCapture``, which turns frames upright itself.

    OpenCV believes the header's number of frames and seeks by assumed time; here the number comes from the packets,
    and a seek is checked against the time of the frame.

    Args:
        source: the video. Bytes are put into a temporary file.
    """

    backend = 'opencv'

    def __init__(self, source: Source) -> None:
        super().__init__(source.name)
        self._temporary: str | None = None
        self._capture: Any = None
        self._next = 0
        self._scan: Scan | None = None
        self._path = source.path if source.path is not None else self._spill(source.data or b'')
        try:
            self._open()
            try:
                self._scan = probe(source)
            except NotAVideoError:  # OpenCV's FFmpeg would draw a text
                raise
            except VideoDecodeError:
                self._number = self._count()
            else:
                self._number = self._scan.num_frames
                if self._scan.interlaced and int(cv2.__version__.split('.')[0]) >= 5:
                    raise VideoDecodeError(source.name, 'OpenCV', 'OpenCV 5 makes noise of interlaced frames')
        except BaseException:
            self.close()
            raise

    @classmethod
    def wrap(cls, capture: Any, name: str) -> OpenCVReader:
        """Around a ``cv2.VideoCapture`` that a user opened; it is read from its first frame."""
        reader = cls.__new__(cls)
        FrameReader.__init__(reader, name)
        reader._temporary, reader._scan, reader._path = None, None, name
        reader._capture = capture
        reader._rewind()
        reader._number = reader._count()
        return reader

    @property
    def num_frames(self) -> int:
        return self._number

    @property
    def avg_fps(self) -> float:
        return self._scan.avg_fps if self._scan else float(self._capture.get(cv2.CAP_PROP_FPS))

    @property
    def key_frames(self) -> np.ndarray:
        return self._scan.keys if self._scan else super().key_frames

    @property
    def native(self) -> Any:
        return vars(self).get('_capture')

    def _spill(self, data: bytes) -> str:
        handle, self._temporary = tempfile.mkstemp(suffix='.video')
        with os.fdopen(handle, 'wb') as file:
            file.write(data)
        return self._temporary

    def _open(self) -> None:
        os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')  # what goes wrong is raised, not printed
        if self._capture is not None:
            self._capture.release()
        try:
            self._capture = cv2.VideoCapture(self._path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        except cv2.error as error:
            raise VideoDecodeError(self.name, 'OpenCV', str(error).strip()) from error
        if not self._capture.isOpened():
            raise VideoDecodeError(self.name, 'OpenCV', 'it has no video stream that FFmpeg knows')
        self._next = 0

    def _rewind(self) -> None:
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

    def _restart(self) -> None:
        self._rewind() if self._path == self.name and not os.path.exists(self._path) else self._open()

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        if indices[0] < self._next:
            self._restart()
        out: np.ndarray | None = None
        for place, index in enumerate(indices):
            frame = self._frame(int(index))
            if out is None:
                out = np.empty((len(indices), *frame.shape[:2], 3), np.uint8)
            if frame.shape != out.shape[1:]:
                frame = cv2.resize(frame, (out.shape[2], out.shape[1]))
            cv2.cvtColor(frame, cv2.COLOR_BGR2RGB, dst=out[place])
        return out

    def _frame(self, index: int) -> np.ndarray:
        self._skip_to(index)
        while self._next <= index:
            if not self._capture.grab():
                raise VideoDecodeError(self.name, 'OpenCV', f'frame {index} is not there, {self._next} decode')
            self._next += 1
        ok, frame = self._capture.retrieve()
        if not ok:
            raise VideoDecodeError(self.name, 'OpenCV', f'frame {index} cannot be retrieved')
        return frame

    def _skip_to(self, index: int) -> None:
        """Jump to the key frame before ``index`` where that saves much, and make sure to have landed on it."""
        scan = self._scan
        if scan is None or scan.pts is None or not scan.indexed:
            return
        key = int(scan.keys[np.searchsorted(scan.keys, index, 'right') - 1])
        if key - self._next < _WORTH_A_SEEK:
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
        self._open()
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
