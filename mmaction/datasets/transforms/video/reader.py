"""One reader of frames in front of every decoder."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from ._source import Source, resolve_source
from .errors import VideoDecodeError

__all__ = ['BACKENDS', 'FrameReader', 'as_reader', 'open_reader']


class FrameReader(ABC):
    """Frames of one video by index, upright, as RGB.

    A decoder supplies ``num_frames``, ``avg_fps``, ``_size``, ``_decode`` and ``_close``. Attributes that are not
    ours are looked up on ``native``, the library's own object, so that a user's own decode step still works.

    Args:
        name: the file, for messages.
    """

    backend: str = ''
    accurate: bool = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    @property
    @abstractmethod
    def num_frames(self) -> int:
        """Number of frames that decode."""

    @property
    @abstractmethod
    def avg_fps(self) -> float:
        """Frames a second, on average; 0 where unknown."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels, upright. May decode a frame."""
        return self.get_frames([0]).shape[1:3]

    @property
    def native(self) -> Any:
        """The object of the library behind this reader, or None."""
        return None

    @property
    def key_frames(self) -> np.ndarray:
        """Indices of the key frames, ascending; empty where unknown."""
        return np.empty(0, np.int64)

    @abstractmethod
    def _decode(self, indices: np.ndarray) -> np.ndarray:
        """Frames (N, H, W, C) of ascending, distinct, valid indices (N,), N >= 1."""

    def _close(self) -> None:  # noqa: B027  (there may be nothing to release)
        """Release what is held."""

    def get_frames(self, indices: Sequence[int] | np.ndarray, accurate: bool | None = None) -> np.ndarray:
        """Decode frames, each once and in the order of the file.

        Args:
            indices: frame numbers from 0, any shape, in any order, repeats allowed; read as one flat list.
            accurate: False gives for each index the key frame nearest to it, where the decoder knows key frames.
                Default: ``accurate`` of the reader.

        Returns:
            uint8 (T, H, W, 3), RGB.

        Raises:
            IndexError: an index is negative or beyond the last frame.
            VideoDecodeError: a frame does not decode.
        """
        if self.closed:
            raise ValueError(f'The reader of {self.name} is closed.')
        wanted = self._checked(indices)
        if not (self.accurate if accurate is None else accurate) and len(self.key_frames):
            wanted = _nearest(self.key_frames, wanted)
        if not len(wanted):
            return np.empty((0, *self.size, 3), np.uint8)
        distinct, place = np.unique(wanted, return_inverse=True)
        frames = self._decode(distinct)
        in_order = len(place) == len(distinct) and bool((place == np.arange(len(place))).all())
        return frames if in_order else frames[place]

    def _checked(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        wanted = np.asarray(indices).reshape(-1)
        if not len(wanted):
            return wanted.astype(np.int64)
        if wanted.dtype.kind not in 'iu':
            raise TypeError(f'Frame indices must be integers, not {wanted.dtype}.')
        low, high = int(wanted.min()), int(wanted.max())
        if low < 0 or high >= self.num_frames:
            raise IndexError(
                f'Frame {low if low < 0 else high} of {self.name} does not exist. '
                f'Its frames are 0 to {self.num_frames - 1}.'
            )
        return wanted.astype(np.int64)

    def get_batch(self, indices: Sequence[int]) -> np.ndarray:
        """``get_frames`` under decord's name: the array also has ``asnumpy()``."""
        return self.get_frames(indices).view(_Batch)

    def get_avg_fps(self) -> float:
        """``avg_fps`` under decord's name."""
        return self.avg_fps

    def __getitem__(self, index: int | slice) -> np.ndarray:
        if isinstance(index, slice):
            return self.get_batch(range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):  # also ends a plain loop over the reader
            raise IndexError(f'Frame {index} of {self.name} does not exist. Its frames are 0 to {len(self) - 1}.')
        return self.get_batch([index % len(self)])[0]

    def __len__(self) -> int:
        return self.num_frames

    def __getattr__(self, name: str) -> Any:
        native = None if name.startswith('_') or name == 'native' else self.native
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

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.name!r})'


class _Batch(np.ndarray):
    """An array that can be asked for itself, as decord's."""

    def asnumpy(self) -> np.ndarray:
        return self.view(np.ndarray)


def _nearest(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Of ascending ``keys`` the one nearest to each index, the earlier one on a tie."""
    after = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    before = (after - 1).clip(min=0)
    return np.where(np.abs(wanted - keys[before]) <= np.abs(keys[after] - wanted), keys[before], keys[after])


def open_reader(
    source: str | os.PathLike | bytes | BinaryIO | Source,
    backend: str = 'auto',
    *,
    num_threads: int = 1,
    multi_thread: bool = False,
) -> FrameReader:
    """Open a video.

    Headers lie about the number of frames and some decoders crash on damaged files, so the packets are counted first
    (nothing is decoded for that unless they look damaged). A file that a foreign decoder cannot be trusted with is
    read by PyAV in its place.

    Args:
        source: path, http(s) address, bytes or binary file object.
        backend: ``'auto'`` tries PyAV, decord and OpenCV; ``'decord'``, ``'opencv'``, ``'torchcodec'`` and ``'pims'``
            fall back to PyAV; ``'pyav'`` stands alone.
        num_threads: decoding threads of decord and torchcodec; 0 lets them choose.
        multi_thread: let PyAV use a thread a core.

    Raises:
        FileNotFoundError: no such file.
        VideoDecodeError: nothing in it decodes; names the file, the decoder and the reason.
        ValueError: unknown ``backend``.
        ImportError: the package of an optional backend is absent.
    """
    from ._choose import choose

    if backend not in BACKENDS:
        raise ValueError(f'backend {backend!r} is not known. Choose from {", ".join(BACKENDS)}.')
    return choose(resolve_source(source), backend, num_threads=num_threads, multi_thread=multi_thread)


BACKENDS = ('auto', 'decord', 'pyav', 'opencv', 'torchcodec', 'pims')


def as_reader(video: Any, name: str | None = None) -> FrameReader:
    """Our reader around what a user's own step left in ``results['video_reader']``.

    Args:
        video: a ``FrameReader``, a ``decord.VideoReader``, a container of PyAV, a ``cv2.VideoCapture``, or any
            sequence of RGB frames (H, W, 3).
        name: the file, for messages.
    """
    if isinstance(video, FrameReader):
        return video
    name = name or '<video_reader>'
    module = type(video).__module__.split('.')[0]
    if module == 'decord':
        from ._decord import DecordReader

        return DecordReader.wrap(video, name)
    if module == 'av':
        from ._pyav import PyAVReader

        return PyAVReader.wrap(video, name)
    if module == 'cv2':
        from ._opencv import OpenCVReader

        return OpenCVReader.wrap(video, name)
    if hasattr(video, '__getitem__') and hasattr(video, '__len__'):
        from ._array import SequenceReader

        return SequenceReader(video, name)
    raise TypeError(
        f"results['video_reader'] holds a {type(video).__name__}, which gives no frames. Put an *Init step before."
    )


def no_frames(name: str, decoder: str, reason: str) -> VideoDecodeError:
    """The error for a video of which no frame decodes."""
    return VideoDecodeError(name, decoder, f'no frame of it decodes ({reason})' if reason else 'no frame of it decodes')
