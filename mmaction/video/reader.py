"""The interface of every decoder: frames by index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ['FrameReader', 'Indices']

Indices = Sequence[int] | npt.NDArray[np.integer[Any]]


class FrameReader(ABC):
    """Frames of one video by index, upright, as RGB.

    A decoder supplies ``num_frames``, ``avg_fps``, ``_decode`` and ``_close``.

    Decode steps that users wrote for MMAction2 1.x must work with any reader: it offers the methods of
    ``decord.VideoReader`` (``get_batch``, ``get_avg_fps``, ``get_key_indices``, ``get_frame_timestamp``, ``seek``,
    ``seek_accurate``, ``skip_frames``, ``next``, ``[]``, ``len``), whichever decoder reads the file. Other attributes
    are looked up on ``native``.

    Args:
        name: the file, for messages.
    """

    backend: str = ''
    accurate: bool = True
    path: Any = None  # local file that is read, where the reader knows it

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False
        self._position = 0  # of `next`

    @property
    @abstractmethod
    def num_frames(self) -> int:
        """Number of frames that decode."""

    @property
    @abstractmethod
    def avg_fps(self) -> float:
        """Average frames per second; 0 where unknown."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels, upright. May decode a frame."""
        height, width = self.get_frames([0]).shape[1:3]
        return height, width

    @property
    def native(self) -> Any:
        """The library's own object, or None."""
        return None

    @property
    def key_frames(self) -> npt.NDArray[np.int64]:
        """Indices of the keyframes, ascending; empty where unknown."""
        return np.empty(0, np.int64)

    @abstractmethod
    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Frames (N, H, W, C) of ascending, distinct, valid indices (N,), N >= 1. Called by ``get_frames``."""

    def _close(self) -> None:  # noqa: B027  (not abstract: there may be nothing to release)
        """Release file and decoder."""

    def get_frames(self, indices: Indices, accurate: bool | None = None) -> npt.NDArray[np.uint8]:
        """Decode frames, each once and in the order of the file.

        Args:
            indices: frame numbers from 0, any shape, in any order, repeats allowed; read as one flat list.
            accurate: False returns for each index the nearest keyframe, where the decoder knows the keyframes.
                Default: the attribute ``accurate`` of the reader.

        Returns:
            uint8 (T, H, W, 3), RGB.

        Raises:
            IndexError: an index is negative or beyond the last frame.
            VideoDecodeError: a frame does not decode.
            ValueError: the reader is closed.
        """
        if self.closed:
            raise ValueError(f'The reader of {self.name} is closed.')
        requested = self.check_indices(indices)
        if accurate is None:
            accurate = self.accurate
        if not accurate and len(self.key_frames):
            requested = _nearest(self.key_frames, requested)
        if not len(requested):
            return np.empty((0, *self.size, 3), np.uint8)
        distinct, inverse = np.unique(requested, return_inverse=True)
        frames = self._decode(distinct)
        if is_range(inverse):  # the usual case: ascending and distinct, nothing to copy
            return frames
        return frames[inverse]

    def iter_frames(self, chunk: int = 32) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield all frames (H, W, C) in order, ``chunk`` of them in memory at a time."""
        for start in range(0, self.num_frames, chunk):
            yield from self.get_frames(range(start, min(start + chunk, self.num_frames)))

    def check_indices(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Indices as a flat array; raises for those that do not exist, see ``get_frames``."""
        flat = np.asarray(indices).reshape(-1)
        if not len(flat):
            return flat.astype(np.int64)
        if flat.dtype.kind not in 'iu':
            raise TypeError(f'Frame indices must be integers, not {flat.dtype}.')
        for index in (int(flat.min()), int(flat.max())):
            if not 0 <= index < self.num_frames:
                raise self._no_such_frame(index)
        return flat.astype(np.int64)

    def source_indices(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Numbers that frames have in the file; others than ``indices`` for a reader of a part of it."""
        return self.check_indices(indices)

    def _no_such_frame(self, index: int) -> IndexError:
        return IndexError(f'Frame {index} of {self.name} does not exist. Its frames are 0 to {self.num_frames - 1}.')

    # --- the interface of decord.VideoReader -------------------------------------------------------------------------
    def get_batch(self, indices: Indices) -> Batch:
        """``get_frames``; the array has ``asnumpy()``."""
        return self.get_frames(indices).view(Batch)

    def get_avg_fps(self) -> float:
        """``avg_fps``."""
        return self.avg_fps

    def get_key_indices(self) -> list[int]:
        """``key_frames`` as a list."""
        return [int(index) for index in self.key_frames]

    def get_frame_timestamp(self, indices: Indices | int) -> npt.NDArray[np.float64]:
        """Start and end of the display of frames, in seconds: (N, 2)."""
        flat = self.check_indices(np.atleast_1d(np.asarray(indices)))
        edges = self.start_times()
        return np.stack([edges[flat], edges[flat + 1]], axis=-1)

    def start_times(self) -> npt.NDArray[np.float64]:
        """When each frame starts, and when the last one ends: (num_frames + 1,), seconds."""
        return np.arange(self.num_frames + 1) / (self.avg_fps or 1.0)

    def seek(self, position: int, **options: Any) -> None:
        """Let ``next`` go on at a keyframe: on the way forward the one at or after ``position``, else the one before.

        So seeks decord, and so are the frames that its users have trained with. ``seek_accurate`` is exact.
        """
        is_forward = position >= self._position
        self.seek_accurate(position)
        keys = self.key_frames
        if not len(keys):
            return
        if is_forward:
            place = min(int(np.searchsorted(keys, position)), len(keys) - 1)
        else:
            place = int(np.searchsorted(keys, position, 'right')) - 1
        self._position = int(keys[place])

    def seek_accurate(self, position: int) -> None:
        """Let ``next`` go on at ``position``."""
        self.check_indices([position])
        self._position = position

    def skip_frames(self, num: int = 1) -> None:
        """Let ``next`` leave out ``num`` frames."""
        self._position += num

    def next(self) -> Batch:
        """The frame (H, W, C) at the current position, which moves on by one.

        Raises:
            StopIteration: there are no more frames.
        """
        if self._position >= self.num_frames:
            raise StopIteration
        frame: Batch = self.get_batch([self._position])[0]
        self._position += 1
        return frame

    __next__ = next  # decord has none

    # A plain loop starts from the first frame whatever the position, as decord's does: __getitem__ makes it.
    def __getitem__(self, index: int | slice) -> Batch:
        if isinstance(index, slice):
            return self.get_batch(range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):  # also ends a plain loop over the reader
            raise self._no_such_frame(index)
        frame: Batch = self.get_batch([index % len(self)])[0]
        return frame

    def __len__(self) -> int:
        return self.num_frames

    def __getattr__(self, name: str) -> Any:
        native = None
        if not name.startswith('_') and name != 'native':
            native = self.native
        if native is None:
            raise AttributeError(f'{type(self).__name__!r} object has no attribute {name!r}')
        return getattr(native, name)

    def close(self) -> None:
        """Release the file and the decoder at once. May be called again."""
        if not self.closed:
            self.closed = True
            self._close()

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.name!r})'


class Batch(np.ndarray[Any, np.dtype[np.uint8]]):
    """Frames with the method ``asnumpy`` of decord's arrays."""

    def asnumpy(self) -> npt.NDArray[np.uint8]:
        """The same memory as a plain array."""
        return self.view(np.ndarray)


def is_range(inverse: npt.NDArray[np.intp]) -> bool:
    """True if an index array is 0, 1, 2, ..., so that indexing with it would only copy."""
    return bool((inverse == np.arange(len(inverse))).all())


def _nearest(keys: npt.NDArray[np.int64], requested: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The nearest of ascending ``keys`` to each index, the earlier one on a tie."""
    after = np.searchsorted(keys, requested).clip(max=len(keys) - 1)
    before = (after - 1).clip(min=0)
    nearest = np.where(np.abs(requested - keys[before]) <= np.abs(keys[after] - requested), before, after)
    return keys[nearest]
