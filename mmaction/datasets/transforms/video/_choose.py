"""Which decoder reads a file, and which comes next when it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ._scan import Scan, recall
from ._source import Source
from .errors import NotAVideoError, VideoDecodeError
from .reader import FrameReader

__all__ = ['FallbackReader', 'choose']

_logger = logging.getLogger(__name__)

Opener = Callable[[], FrameReader]


class FallbackReader(FrameReader):
    """The first of several decoders that works; the next one takes over when it fails.

    Args:
        source: the video.
        openers: name of a decoder -> how to open it, in the order to try.
    """

    def __init__(self, source: Source, openers: dict[str, Opener]) -> None:
        super().__init__(source.name)
        self._openers = dict(openers)
        self._failures: list[str] = []
        self._first: VideoDecodeError | None = None
        self._reader = self._next()

    @property
    def backend(self) -> str:
        return self._reader.backend

    @property
    def num_frames(self) -> int:
        return self._reader.num_frames

    @property
    def avg_fps(self) -> float:
        return self._reader.avg_fps

    @property
    def key_frames(self) -> np.ndarray:
        return self._reader.key_frames

    @property
    def native(self) -> object:
        return self._reader.native

    @property
    def reader(self) -> FrameReader:
        """The decoder at work."""
        return self._reader

    def _next(self) -> FrameReader:
        while self._openers:
            name = next(iter(self._openers))
            try:
                return self._openers.pop(name)()
            except NotAVideoError:
                raise
            except VideoDecodeError as error:
                self._note(name, error)
        if len(self._failures) == 1:
            raise self._first
        raise VideoDecodeError(self.name, None, '; '.join(self._failures)) from self._first

    def _note(self, decoder: str, error: VideoDecodeError) -> None:
        self._first = self._first or error
        self._failures.append(f'{decoder}: {error.reason or error}')
        _say(self.name, decoder, error.reason or str(error))

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        while True:
            try:
                return self._reader._decode(indices)
            except VideoDecodeError as error:
                self._note(self._reader.backend, error)
                self._reader.close()
                self._reader = self._next()

    def _close(self) -> None:
        self._reader.close()


def choose(source: Source, backend: str, *, num_threads: int, multi_thread: bool) -> FrameReader:
    """Open a source with a backend of ``reader.BACKENDS``, see ``open_reader``."""
    from ._opencv import OpenCVReader
    from ._pyav import PyAVReader, probe

    def pyav() -> FrameReader:
        return PyAVReader(source, multi_thread)

    if backend == 'pyav':
        return pyav()
    if backend == 'opencv':
        return FallbackReader(source, {'opencv': lambda: OpenCVReader(source), 'pyav': pyav})
    if backend == 'auto':
        return FallbackReader(
            source,
            {
                'pyav': pyav,
                'decord': lambda: _foreign('decord', source, probe(source), num_threads),
                'opencv': lambda: OpenCVReader(source),
            },
        )
    scan = recall(source)
    if scan is None:
        first = pyav()
        why = _mistrust(backend, first.scan)
        if why:
            _say(source.name, backend, why)
            return first
        scan = first.scan
        first.close()
    return FallbackReader(source, {backend: lambda: _foreign(backend, source, scan, num_threads), 'pyav': pyav})


def _mistrust(backend: str, scan: Scan) -> str:
    """Why a file must not be given to a foreign decoder; empty where it may."""
    if scan.doubt:
        return scan.doubt
    if backend == 'decord' and scan.open_gop:
        return 'it returns other frames than asked for in open groups of pictures'
    if backend == 'decord' and not scan.indexed:
        return 'it returns other frames than asked for in this container'
    return ''


def _foreign(backend: str, source: Source, scan: Scan, num_threads: int) -> FrameReader:
    """A decoder that is only safe, or only exact, on some files."""
    why = _mistrust(backend, scan)
    if why:
        raise VideoDecodeError(source.name, backend, why)
    if backend == 'decord':
        from ._decord import DecordReader

        return DecordReader(source, scan, num_threads)
    from ._pyav import PyAVReader

    with PyAVReader(source) as pyav:
        if pyav.is_turned():
            raise VideoDecodeError(source.name, backend, 'the file is to be shown turned')
    if backend == 'pims':
        from ._pims import PIMSReader

        return PIMSReader(source, scan)
    from ._torchcodec import TorchCodecReader

    return TorchCodecReader(source, scan, num_threads)


@lru_cache(maxsize=4096)
def _say(name: str, decoder: str, reason: str) -> None:
    """Once a file and reason."""
    _logger.debug('%s is left to another decoder than %s: %s', name, decoder, reason)
