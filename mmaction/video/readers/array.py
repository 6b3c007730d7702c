"""Frames that are in memory already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmaction.video.reader import FrameReader

__all__ = ['ArrayReader', 'SequenceReader']


class ArrayReader(FrameReader):
    """Frames of an array (T, H, W, C), without a copy where they are consecutive.

    Args:
        array: the frames.
        avg_fps: frames per second, 0 where unknown.
        name: for messages.

    Raises:
        ValueError: the array does not have four axes.
    """

    backend = 'array'

    def __init__(self, array: npt.NDArray[np.uint8], avg_fps: float = 0.0, name: str = '<array>') -> None:
        super().__init__(name)
        self.array = np.asarray(array)
        if self.array.ndim != 4:
            raise ValueError(f'An array of frames has the axes (T, H, W, C), this one has shape {self.array.shape}.')
        self._fps = avg_fps

    @property
    def num_frames(self) -> int:
        return len(self.array)

    @property
    def avg_fps(self) -> float:
        return self._fps

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        first, last = int(indices[0]), int(indices[-1])
        if last - first + 1 == len(indices):
            return self.array[first : last + 1]
        return self.array[indices]


class SequenceReader(FrameReader):
    """Frames of any sequence of RGB arrays (H, W, 3), as a user's own step may leave it.

    Args:
        frames: supports ``len`` and integer indices.
        name: for messages.
    """

    backend = 'sequence'

    def __init__(self, frames: Sequence[Any], name: str = '<frames>') -> None:
        super().__init__(name)
        self._frames = frames

    @property
    def num_frames(self) -> int:
        return len(self._frames)

    @property
    def avg_fps(self) -> float:
        return float(getattr(self._frames, 'frame_rate', 0) or 0)  # PIMS calls it so

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return np.stack([np.asarray(self._frames[int(index)]) for index in indices])
