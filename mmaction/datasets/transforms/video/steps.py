"""What the opening and the decoding steps of all decoders share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from ..base import BaseTransform
from ._results import put_frames, wanted_frames
from ._source import FileLoader
from .reader import FrameReader, as_reader, open_reader

__all__ = ['Mode', 'ThreadedInitStep', 'VideoDecodeStep', 'VideoInitStep', 'check_mode', 'reader_of']

Mode = Literal['accurate', 'efficient']


def check_mode(mode: str) -> Mode:
    """Return ``mode``.

    Raises:
        ValueError: it is neither ``'accurate'`` nor ``'efficient'``.
    """
    if mode not in ('accurate', 'efficient'):
        raise ValueError(f"mode {mode!r} is not known. Choose 'accurate' or 'efficient'.")
    return mode


class VideoInitStep(BaseTransform):
    """Opens ``results['filename']`` and sets ``video_reader``, ``total_frames`` and ``avg_fps``.

    Args:
        io_backend: where files come from: ``'disk'``, or a file backend of mmengine. Addresses http(s)://... are
            fetched either way.
        kwargs: arguments of that file backend.
    """

    backend: ClassVar[str] = 'auto'

    def __init__(self, io_backend: str = 'disk', **kwargs: Any) -> None:
        self.io_backend = io_backend
        self.kwargs = kwargs
        self._loader = FileLoader(io_backend, **kwargs)

    def _options(self) -> dict[str, Any]:
        """Keywords for ``open_reader``."""
        return {}

    def _get_video_reader(self, filename: str) -> FrameReader:
        return open_reader(self._loader.source(filename), self.backend, **self._options())

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        reader = self._get_video_reader(results['filename'])
        results['video_reader'] = reader
        results['total_frames'] = len(reader)
        results['avg_fps'] = reader.avg_fps
        return results


class ThreadedInitStep(VideoInitStep):
    """A :class:`VideoInitStep` for a decoder with threads.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads.
    """

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        super().__init__(io_backend, **kwargs)
        self.num_threads = num_threads

    def _options(self) -> dict[str, Any]:
        return {'num_threads': self.num_threads}


class VideoDecodeStep(BaseTransform):
    """Decodes ``results['frame_inds']`` with ``results['video_reader']``, each frame once, and closes the reader.

    Sets ``imgs`` (uint8 (T, H, W, 3), RGB, upright), ``original_shape`` and ``img_shape`` ((H, W)), and brings
    ``gt_bboxes`` and ``proposals`` given in 0..1 to pixels.
    """

    mode: Mode = 'accurate'

    def _prepare(self, reader: FrameReader) -> None:
        """Set the decoder up before it decodes."""

    def _load_frames(self, reader: Any, frame_inds: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, 3) of a reader of any kind."""
        reader = as_reader(reader)
        self._prepare(reader)
        return reader.get_frames(frame_inds, accurate=False if self.mode == 'efficient' else None)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        with as_reader(reader_of(results), results.get('filename')) as reader:
            frames = self._load_frames(reader, wanted_frames(results))
        results['video_reader'] = None
        return put_frames(results, frames)


def reader_of(results: dict[str, Any]) -> Any:
    if results.get('video_reader') is None:
        raise KeyError("results has no 'video_reader'. Put the step that opens the video, as DecordInit, before.")
    return results['video_reader']
