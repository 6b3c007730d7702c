"""Frames through PyAV: exact on every file that FFmpeg can decode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Literal

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

from mmaction.utils.buffers import empty
from mmaction.video.errors import NotAVideoError, VideoDecodeError, no_frames
from mmaction.video.readers.indexed import ScannedReader
from mmaction.video.scan import Scan, recall, remember, scan_packets
from mmaction.video.source import Source, resolve_source

__all__ = ['PyAVReader', 'probe', 'quarter_turns']

_KEEP_BYTES = 64 << 20  # decoded frames kept from counting, so that they need not be decoded again
_MIN_SEEK = 4  # frames; decoding fewer is faster than a seek
# PyAV starts threads to convert a single frame, which takes longer than the conversion.
_REFORMAT: dict[str, Any] = {'threads': 1} if int(av.__version__.split('.')[0]) >= 17 else {}
_TEXT_FORMATS = ('tty', 'bintext', 'xbin', 'idf', 'adf')  # FFmpeg would render a text file as a video

# Where the container stands: nothing was read yet; something was; or `_frames` continues after frame `_last`.
_State = Literal['start', 'used', 'time']


class _Skipped(Exception):
    """A frame does not come where the packets announce it."""


class PyAVReader(ScannedReader):
    """Reads with PyAV: seeks by presentation time where the packets are sound, else decodes from the start.

    Args:
        source: the video.
        num_threads: decoding threads, 0 for one per core. Default: one, as data loaders have many processes.
        codec_options: options of FFmpeg's decoder.

    Raises:
        VideoDecodeError: FFmpeg does not know the format, or no frame decodes.
    """

    backend = 'pyav'

    def __init__(self, source: Source, num_threads: int = 1, codec_options: dict[str, str] | None = None) -> None:
        super().__init__(source.name)
        self.source = source
        self.num_threads = num_threads
        self.codec_options = codec_options or {}
        self._container: Any = None
        self._stream: Any = None
        self._frames: Iterator[Any] | None = None
        self._state: _State = 'start'
        self._last = -1
        self._kept: list[Any] = []
        self._requested: frozenset[int] = frozenset()  # presentation times
        self._skip_until: int | None = None  # time of the last requested frame, where others may be skipped
        self._stopped = ''  # the error that ended decoding before the end of the file
        try:
            self._open()
            self.scan = self._scan()
        except BaseException:
            self.close()
            raise

    @classmethod
    def wrap(cls, container: Any, name: str) -> PyAVReader:
        """Wrap a container that a user opened: it is closed, and its file is opened again."""
        path = container.name
        container.close()
        return cls(resolve_source(path, name))

    @property
    def native(self) -> Any:
        if self._container is not None and self._state != 'start':
            self._open()  # who takes the container expects it at its start
        return self._container

    def seek(self, position: int, **options: Any) -> None:
        """Seek in the container, by time: steps written for ``PyAVInit`` of MMAction2 1.x call PyAV's own method."""
        self.native.seek(position, **options)

    def is_turned(self) -> bool:
        """True if stored frames are not upright. Decodes one."""
        return any(quarter_turns(frame) for _, frame in islice(self.by_order(), 1))

    def _open(self) -> None:
        self._release()
        try:
            self._container = av.open(self.source.open())
        except (av.FFmpegError, OSError, ValueError) as error:
            raise VideoDecodeError(self.name, 'PyAV', f'FFmpeg knows no such format ({_text(error)})') from error
        self._state = 'start'
        self._last = -1
        if self._container.format.name in _TEXT_FORMATS:
            raise NotAVideoError(self.name, 'PyAV', 'it is a text file')
        streams = self._container.streams
        if not streams.video:
            kinds = ', '.join(sorted({stream.type for stream in streams})) or 'nothing'
            raise NotAVideoError(self.name, 'PyAV', f'it has no video stream ({kinds} only)')
        self._stream = streams.best('video') or streams.video[0]
        if self._stream.codec_context is None:
            raise VideoDecodeError(self.name, 'PyAV', 'FFmpeg has no decoder for its video stream')

    def _scan(self) -> Scan:
        scan = recall(self.source)
        if scan is None:
            scan = scan_packets(self._container, self._stream)
            self._state = 'used'
        if not scan.num_frames:
            scan = self._count(scan)
        remember(self.source, scan)
        return scan

    def _release(self) -> None:
        self._frames = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def _close(self) -> None:
        self._kept = []
        self._release()

    def _decoded_frames(self) -> Iterator[Any]:
        """Frames as they leave the decoder, from where the container stands to its end or the first error."""
        codec = self._stream.codec_context
        if not codec.is_open:
            codec.thread_type = 'NONE' if self.num_threads == 1 else 'AUTO'
            codec.thread_count = self.num_threads
            codec.options = self.codec_options
        self._stopped = ''
        skips = False
        try:
            for packet in self._container.demux(self._stream):
                if self._may_skip(packet) is not skips:
                    skips = not skips
                    codec.skip_frame = 'NONREF' if skips else 'DEFAULT'
                yield from packet.decode()
        except (av.FFmpegError, ValueError) as error:
            self._stopped = _text(error)

    def _may_skip(self, packet: Any) -> bool:
        """True if the frame of a packet is not requested, so that it is decoded only if others are predicted from it.

        Frames after the last requested one are decoded: they are the next ones of whoever reads a video in parts.
        """
        until, time = self._skip_until, packet.pts
        return until is not None and time is not None and time < until and time not in self._requested

    def by_order(self) -> Iterator[tuple[int, Any]]:
        """(index, frame) of all frames, from the first on."""
        if self._state != 'start':
            self._open()
        self._state = 'used'
        return enumerate(self._decoded_frames())

    def _count(self, scan: Scan) -> Scan:
        """Decode all frames to count them, keeping the frames where they fit into a small memory."""
        self._kept = []
        num_bytes = 0
        number = 0
        for index, frame in self.by_order():
            number = index + 1
            if num_bytes <= _KEEP_BYTES:
                num_bytes += sum(plane.buffer_size for plane in frame.planes)
                self._kept.append(frame)
        if not number:
            raise no_frames(self.name, 'PyAV', self._stopped or scan.doubt)
        if len(self._kept) < number:
            self._kept = []
        return replace(scan, num_frames=number, pts=None, keys=np.empty(0, np.int64))

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        if not self._kept and self.scan.pts is not None:
            try:
                return self._read(indices, self.scan.pts)
            except _Skipped as reason:
                # The packets lied after all. From now on this file is read in order, in all epochs.
                self.scan = self._count(replace(self.scan, doubt=str(reason)))
                remember(self.source, self.scan)
        if indices[-1] >= self.num_frames:
            raise self._missing(int(indices[-1]), self.num_frames)
        if self._kept:
            return self._collect(indices, ((int(index), self._kept[index]) for index in indices))
        return self._collect(indices, self.by_order())

    def _read(self, indices: npt.NDArray[np.int64], pts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Decode frames by time, and of the others only those that they are predicted from, where that is known."""
        if self.scan.skippable:
            times = pts[indices].tolist()
            self._requested = frozenset(times)
            self._skip_until = times[-1]
            try:
                return self._collect(indices, self._by_time(indices, pts))
            except _Skipped:  # by frames left out, perhaps: the decoder orders frames by what it has seen
                self.scan = replace(self.scan, skippable=False)
                remember(self.source, self.scan)
                self._open()
            finally:
                self._skip_until = None
        return self._collect(indices, self._by_time(indices, pts))

    def _missing(self, index: int, number: int) -> VideoDecodeError:
        reason = self._stopped or self.scan.doubt or 'the stream ends'
        return VideoDecodeError(self.name, 'PyAV', f'frame {index} is missing, {number} decode ({reason})')

    def _collect(self, indices: npt.NDArray[np.int64], frames: Iterator[tuple[int, Any]]) -> npt.NDArray[np.uint8]:
        """Convert the requested ones of numbered frames to RGB, upright: (N, H, W, 3)."""
        convert = VideoReformatter().reformat  # one for all frames: it keeps its tables
        out: npt.NDArray[np.uint8] | None = None
        done = turns = index = 0
        for index, frame in frames:
            if index != indices[done]:
                continue
            if out is None:
                turns = quarter_turns(frame)
                out = empty((len(indices), frame.height, frame.width, 3))
            # The size can change within a file. All frames get that of the first one: an array has only one.
            height, width = out.shape[1:3]
            out[done] = convert(frame, width=width, height=height, format='rgb24', **_REFORMAT).to_ndarray()
            done += 1
            if done == len(indices):
                break
        if out is None or done < len(indices):
            raise self._missing(int(indices[done]), index + 1)
        if not turns:
            return out
        return np.ascontiguousarray(np.rot90(out, turns, axes=(1, 2)))

    def _by_time(self, indices: npt.NDArray[np.int64], pts: npt.NDArray[np.int64]) -> Iterator[tuple[int, Any]]:
        """(index, frame) of the requested frames, seeking over the keyframes in between."""
        for index in indices:
            yield int(index), self._frame_at(int(index), pts)

    def _frame_at(self, index: int, pts: npt.NDArray[np.int64]) -> Any:
        keys = self.scan.keys
        nearest = int(np.searchsorted(keys, index, 'right')) - 1
        if self._state == 'time' and self._last < index and keys[nearest] <= self._last + _MIN_SEEK:
            frame = self._advance(index, pts)  # no seek: the decoder is close before it
            if frame is not None:
                return frame
        # A seek lands late in some containers, so ever earlier starts are tried.
        for key in (keys[nearest], keys[max(nearest - 1, 0)], 0):
            if key or self._state != 'start':
                self._seek(int(pts[key]))
            frame = self._advance(index, pts)
            if frame is not None:
                return frame
        raise _Skipped(self._stopped or f'frame {index} does not decode')

    def _seek(self, time: int) -> None:
        self._frames = None
        self._last = -1
        try:
            self._container.seek(time, stream=self._stream, backward=True)
        except av.FFmpegError:
            self._open()

    def _advance(self, index: int, pts: npt.NDArray[np.int64]) -> Any | None:
        """Decode up to a frame; None where the decoder is past it or at the end."""
        if self._frames is None:
            self._frames = self._decoded_frames()
        self._state = 'time'
        for frame in self._frames:
            found = -1 if frame.pts is None else int(pts.searchsorted(frame.pts))
            if not 0 <= found < len(pts) or pts[found] != frame.pts:
                raise _Skipped('a decoded frame has a presentation time that no packet has')
            if found < self._last:
                raise _Skipped('frames are decoded out of order')
            self._last = found
            if found == index:
                return frame
            if found > index:
                return None
        return None


def probe(source: Source) -> Scan:
    """The packets of a file, with its frames counted. Known files are not opened again."""
    scan = recall(source)
    if scan is None:
        with PyAVReader(source) as reader:
            scan = reader.scan
    return scan


def quarter_turns(frame: Any) -> int:
    """Turns by 90 degrees, counter-clockwise, that make a stored frame upright, by its display matrix."""
    return round((getattr(frame, 'rotation', 0) or 0) / 90) % 4


def _text(error: BaseException) -> str:
    return getattr(error, 'strerror', None) or str(error)
