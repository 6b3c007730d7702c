"""Open a video of any form: the one place that knows all readers, and their order of fallback."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any, BinaryIO, Literal, get_args

import numpy as np
import numpy.typing as npt

from mmaction.utils.check import pick
from mmaction.video.errors import NotAVideoError, VideoDecodeError
from mmaction.video.inputs import FrameNaming, VideoInput, describe_input
from mmaction.video.reader import FrameReader
from mmaction.video.readers.array import ArrayReader, SequenceReader
from mmaction.video.readers.decord import DecordReader
from mmaction.video.readers.opencv import OpenCVReader
from mmaction.video.readers.pims import PIMSReader
from mmaction.video.readers.pyav import PyAVReader, probe
from mmaction.video.readers.rawframes import RawFrameReader
from mmaction.video.readers.torchcodec import TorchCodecReader
from mmaction.video.scan import Scan, recall
from mmaction.video.source import Source, resolve_source

__all__ = ['BACKENDS', 'Backend', 'FallbackReader', 'as_reader', 'open_reader', 'open_video']

_logger = logging.getLogger(__name__)

Backend = Literal['auto', 'decord', 'pyav', 'opencv', 'torchcodec', 'pims']
BACKENDS: tuple[Backend, ...] = get_args(Backend)

Opener = Callable[[], FrameReader]


def open_video(
    source: VideoInput | bytes | BinaryIO, *, naming: FrameNaming | None = None, backend: Backend = 'auto'
) -> FrameReader:
    """Open whatever holds a video.

    Args:
        source: path of a video file or of a folder of frames, http(s) URL, bytes or binary file object of an encoded
            video, array (T, H, W, C), or a record with ``filename``, ``frame_dir`` or ``array``.
        naming: naming scheme of the frames in a folder. Default: RGB frames with any numbering.
        backend: decoder of video files, see :func:`open_reader`.

    Raises:
        FileNotFoundError, ValueError, TypeError: see :func:`describe_input`.
        VideoDecodeError: no frame of it decodes.
    """
    if isinstance(source, bytes | bytearray | memoryview) or hasattr(source, 'read'):
        return open_reader(source, backend)  # type: ignore[arg-type]  # mypy does not narrow by hasattr
    naming = naming or FrameNaming()
    kind, record = describe_input(source, naming)
    if kind == 'video':
        return open_reader(record['filename'], backend)
    if kind == 'array':
        return ArrayReader(record['array'])
    if kind == 'rawframes':
        return RawFrameReader(
            record['frame_dir'],
            record.get('filename_tmpl') or naming.filename_tmpl or 'img_{:05}.jpg',
            record.get('total_frames'),
            start_index=record.get('start_index', 1),
            modality=record.get('modality', naming.modality),
        )
    raise ValueError(f'The record has none of filename, frame_dir and array, only {sorted(record)}.')


def open_reader(
    source: str | os.PathLike[str] | bytes | BinaryIO | Source,
    backend: Backend = 'auto',
    *,
    num_threads: int = 1,
    multi_thread: bool = False,
) -> FrameReader:
    """Open an encoded video.

    Headers misstate the number of frames and some decoders crash on corrupt files, so the packets are counted first
    (without decoding, unless they look corrupt). PyAV reads a file that is unsafe for the requested decoder.

    Args:
        source: path, http(s) URL, bytes or binary file object.
        backend: ``'auto'`` tries PyAV, decord and OpenCV; ``'decord'``, ``'opencv'``, ``'torchcodec'`` and ``'pims'``
            fall back to PyAV; ``'pyav'`` has no fallback.
        num_threads: decoding threads of PyAV, decord and torchcodec; 0 lets the library choose.
        multi_thread: let PyAV use one thread per core.

    Raises:
        FileNotFoundError: no such file.
        VideoDecodeError: no frame of it decodes; names the file, the decoder and the reason.
        ValueError: unknown ``backend``.
        ImportError: the package of an optional backend is not installed.
    """
    pick(BACKENDS, backend, 'backend')
    file = resolve_source(source)

    def pyav() -> PyAVReader:
        return PyAVReader(file, 0 if multi_thread else num_threads)

    if backend == 'pyav':
        return pyav()
    if backend == 'opencv':
        return FallbackReader(file, {'opencv': lambda: OpenCVReader(file), 'pyav': pyav})
    if backend == 'auto':
        # PyAV first: it is exact on every file, opens faster than decord, and leaves out frames that nothing needs.
        return FallbackReader(
            file,
            {
                'pyav': pyav,
                'decord': lambda: _open_foreign('decord', file, probe(file), num_threads),
                'opencv': lambda: OpenCVReader(file),
            },
        )
    scan = recall(file)
    if scan is None:
        first = pyav()
        scan = first.scan
        reason = _reason_to_avoid(backend, scan)
        if reason:
            _log_once(file.name, backend, reason)
            return FallbackReader(file, {'pyav': lambda: first})  # already open: do not open it again
        first.close()
    known = scan
    return FallbackReader(file, {backend: lambda: _open_foreign(backend, file, known, num_threads), 'pyav': pyav})


def as_reader(video: Any, name: str | None = None) -> FrameReader:
    """Wrap what a user's own step left in ``results['video_reader']``.

    Args:
        video: a ``FrameReader``, a ``decord.VideoReader``, a container of PyAV, a ``cv2.VideoCapture``, a
            ``mmcv.VideoReader``, or any sequence of RGB frames (H, W, 3).
        name: the file, for messages.

    Raises:
        TypeError: anything else.
    """
    if isinstance(video, FrameReader):
        return video
    name = name or '<video_reader>'
    # By the name of the package: isinstance would import libraries that the user may not have.
    package = type(video).__module__.split('.')[0]
    if package in _WRAPPERS:
        return _WRAPPERS[package](video, name)
    if hasattr(video, '__getitem__') and hasattr(video, '__len__'):
        return SequenceReader(video, name)
    raise TypeError(
        f"results['video_reader'] is a {type(video).__name__}, which has no frames. Put an *Init step before."
    )


_WRAPPERS: dict[str, Callable[[Any, str], FrameReader]] = {
    'decord': DecordReader.wrap,
    'av': PyAVReader.wrap,
    'cv2': OpenCVReader.wrap,
    'mmcv': lambda video, name: OpenCVReader.wrap(video.vcap, name),
}


class FallbackReader(FrameReader):
    """The first of several decoders that works; when it fails, the next one takes over.

    Args:
        source: the video.
        openers: decoders in the order to try: name -> function that opens it.

    Attributes:
        reader: the decoder at work.

    Raises:
        VideoDecodeError: none of them can open the video; gives the reason of each.
    """

    def __init__(self, source: Source, openers: dict[str, Opener]) -> None:
        super().__init__(source.name)
        self._openers = dict(openers)
        self._failures: list[str] = []
        self._first_error: VideoDecodeError | None = None
        self.reader = self._open_next()

    # Those of the decoder at work, which may change.
    backend = property(attrgetter('reader.backend'))
    num_frames = property(attrgetter('reader.num_frames'))
    avg_fps = property(attrgetter('reader.avg_fps'))
    key_frames = property(attrgetter('reader.key_frames'))
    native = property(attrgetter('reader.native'))
    path = property(attrgetter('reader.path'))

    def start_times(self) -> npt.NDArray[np.float64]:
        return self.reader.start_times()

    def _open_next(self) -> FrameReader:
        while self._openers:
            name = next(iter(self._openers))
            try:
                return self._openers.pop(name)()
            except NotAVideoError:
                raise
            except VideoDecodeError as error:
                self._note(name, error)
        if self._first_error is not None and len(self._failures) == 1:
            raise self._first_error
        raise VideoDecodeError(self.name, None, '; '.join(self._failures)) from self._first_error

    def _note(self, decoder: str, error: VideoDecodeError) -> None:
        reason = error.reason or str(error)
        self._first_error = self._first_error or error
        self._failures.append(f'{decoder}: {reason}')
        _log_once(self.name, decoder, reason)

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        while True:
            try:
                return self.reader._decode(indices)
            except VideoDecodeError as error:
                self._note(self.reader.backend, error)
                self.reader.close()
                self.reader = self._open_next()

    def _close(self) -> None:
        self.reader.close()


def _reason_to_avoid(backend: str, scan: Scan) -> str:
    """The reason why a decoder other than PyAV must not read a file; empty where it may."""
    if scan.doubt:
        return scan.doubt
    if backend == 'decord' and scan.open_gop:
        return 'it returns wrong frames in open groups of pictures'
    if backend == 'decord' and not scan.indexed:
        return 'it returns wrong frames in this container'
    return ''


def _open_foreign(backend: Backend, source: Source, scan: Scan, num_threads: int) -> FrameReader:
    """Open a decoder that is safe, or exact, on some files only."""
    reason = _reason_to_avoid(backend, scan)
    if reason:
        raise VideoDecodeError(source.name, backend, reason)
    if backend == 'decord':
        return DecordReader(source, scan, num_threads)
    with PyAVReader(source) as pyav:
        if pyav.is_turned():  # these two libraries return frames as they are stored
            raise VideoDecodeError(source.name, backend, 'its frames are stored rotated')
    if backend == 'pims':
        return PIMSReader(source, scan)
    return TorchCodecReader(source, scan, num_threads)


@lru_cache(maxsize=4096)
def _log_once(name: str, decoder: str, reason: str) -> None:
    """Log why a decoder does not read a file: the cache makes it once per file and reason, not once per epoch."""
    _logger.debug('%s is not read with %s: %s', name, decoder, reason)
