"""A reader with the names of ``mmcv.VideoReader``, for steps that users wrote after ``OpenCVInit``."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.video.reader import FrameReader

__all__ = ['BGRReader']

_Frame = npt.NDArray[np.uint8]


class BGRReader(FrameReader):
    """The frames of another reader: BGR by index, ``read``, ``next`` and in a loop, as ``mmcv.VideoReader`` has them.

    ``get_frames`` and ``get_batch``, which that class does not have, give RGB as all readers do.

    Args:
        reader: the other reader, which is closed along with this one.
    """

    def __init__(self, reader: FrameReader) -> None:
        super().__init__(reader.name)
        self._reader = reader

    backend = property(attrgetter('_reader.backend'))
    num_frames = property(attrgetter('_reader.num_frames'))
    avg_fps = property(attrgetter('_reader.avg_fps'))
    key_frames = property(attrgetter('_reader.key_frames'))
    native = property(attrgetter('_reader.native'))
    path = property(attrgetter('_reader.path'))

    def start_times(self) -> npt.NDArray[np.float64]:
        return self._reader.start_times()

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return self._reader.get_frames(indices)

    def _close(self) -> None:
        self._reader.close()

    # --- the interface of mmcv.VideoReader ---------------------------------------------------------------------------
    fps = property(attrgetter('avg_fps'))
    frame_cnt = property(attrgetter('num_frames'))
    vcap = property(attrgetter('native'))

    @property
    def opened(self) -> bool:
        """False after ``close``."""
        return not self.closed

    @property
    def height(self) -> int:
        """Height of the frames in pixels."""
        return self.size[0]

    @property
    def width(self) -> int:
        """Width of the frames in pixels."""
        return self.size[1]

    @property
    def resolution(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    @property
    def fourcc(self) -> float:
        """Code of the codec; 0 where another library than OpenCV reads the file."""
        capture = self.native
        return float(capture.get(cv2.CAP_PROP_FOURCC)) if isinstance(capture, cv2.VideoCapture) else 0.0

    @property
    def position(self) -> int:
        """Number of the frame that ``read`` returns next."""
        return self._position

    def read(self) -> _Frame | None:
        """The frame (H, W, 3) at ``position``, which moves on by one; None after the last."""
        if self._position >= self.num_frames:
            return None
        return self.get_frame(self._position)

    def get_frame(self, frame_id: int) -> _Frame:
        """A frame (H, W, 3); ``read`` goes on after it.

        Raises:
            IndexError: it does not exist.
        """
        frame = self.get_frames([frame_id])[0]
        self._position = frame_id + 1
        return np.ascontiguousarray(frame[..., ::-1])

    def current_frame(self) -> _Frame | None:
        """The frame that was read last; None before the first."""
        return self.get_frame(self._position - 1) if self._position else None

    def next(self) -> Any:
        """``read``, but raises StopIteration after the last frame."""
        frame = self.read()
        if frame is None:
            raise StopIteration
        return frame

    __next__ = next

    def __iter__(self) -> BGRReader:
        self._position = 0
        return self

    def __getitem__(self, index: int | slice) -> Any:
        """A frame, or a list of frames for a slice."""
        if isinstance(index, slice):
            return [self.get_frame(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise self._no_such_frame(index)
        return self.get_frame(index % len(self))
