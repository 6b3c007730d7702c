"""Frames through PyAV: exact on every file that FFmpeg can decode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

from mmaction.video.errors import NotAVideoError, VideoDecodeError, no_frames
from mmaction.video.reader import FrameReader
from mmaction.video.scan import Scan, recall, remember, scan_packets
from mmaction.video.source import Source, resolve_source

__all__ = ['PyAVReader', 'probe', 'quarter_turns']

_KEEP_BYTES = 64 << 20  # decoded frames kept from counting, so that they need not be decoded again
_WORTH_A_SEEK = 4  # frames; decoding fewer is quicker than a seek
_TEXT_FORMATS = ('tty', 'bintext', 'xbin', 'idf', 'adf')  # FFmpeg would draw a text file as a video


class _Skipped(Exception):
    """A frame did not come where the packets announced it."""


class PyAVReader(FrameReader):
    """Reads with PyAV, seeking by presentation time where the packets are sound, else decoding from the start.

    Args:
        source: the video.
        multi_thread: decode with a thread a core. One thread otherwise.
        codec_options: options of FFmpeg's decoder.
    """

    backend = 'pyav'

    def __init__(self, source: Source, multi_thread: bool = False, codec_options: dict[str, str] | None = None) -> None:
        super().__init__(source.name)
        self.source = source
        self.multi_thread = multi_thread
        self.codec_options = codec_options or {}
        self._container: Any = None
        self._frames: Iterator[Any] | None = None
        self._at = ''  # where the container stands: 'start', 'used', or 'time': `_frames` goes on after frame `_last`
        self._kept: list[Any] = []
        self._stopped = ''  # why the decoder ended before the end of the file
        try:
            self._open()
            known = recall(source)
            if known is None:
                known, self._at = scan_packets(self._container, self._stream), 'used'
            self.scan = known
            if known.num_frames is None:
                self._count()
            remember(source, self.scan)
        except BaseException:
            self.close()
            raise

    @classmethod
    def wrap(cls, container: Any, name: str) -> PyAVReader:
        """Around a container that a user opened; it is closed and its file is read anew."""
        path = container.name
        container.close()
        return cls(resolve_source(path, name))

    @property
    def num_frames(self) -> int:
        return self.scan.num_frames

    @property
    def avg_fps(self) -> float:
        return self.scan.avg_fps

    @property
    def key_frames(self) -> np.ndarray:
        return self.scan.keys

    @property
    def native(self) -> Any:
        if self._container is not None and self._at != 'start':
            self._open()  # whoever takes the container expects it at its start
        return self._container

    def seek(self, offset: int, **options: Any) -> None:
        """Seek in the container, by time: steps written for ``PyAVInit`` of MMAction2 1.x call PyAV's own method."""
        self.native.seek(offset, **options)

    def start_times(self) -> npt.NDArray[np.float64]:
        pts = self.scan.pts
        if pts is None:
            return super().start_times()
        starts = (pts - pts[0]) * self.scan.time_base
        return np.append(starts, starts[-1] + 1 / (self.avg_fps or 1.0))

    def is_turned(self) -> bool:
        """Whether stored frames are not upright. Decodes one."""
        return any(quarter_turns(frame) for _, frame in islice(self.by_order(), 1))

    def _open(self) -> None:
        self._release()
        try:
            self._container = av.open(self.source.open())
        except (av.FFmpegError, OSError, ValueError) as error:
            raise VideoDecodeError(self.name, 'PyAV', f'FFmpeg knows no such format ({_text(error)})') from error
        self._at, self._last = 'start', -1
        if self._container.format.name in _TEXT_FORMATS:
            raise NotAVideoError(self.name, 'PyAV', 'it is a text file')
        streams = self._container.streams
        if not streams.video:
            kinds = ', '.join(sorted({s.type for s in streams})) or 'nothing'
            raise NotAVideoError(self.name, 'PyAV', f'it has no video stream ({kinds} only)')
        self._stream = streams.best('video') or streams.video[0]
        if self._stream.codec_context is None:
            raise VideoDecodeError(self.name, 'PyAV', 'FFmpeg has no decoder for its video stream')

    def _release(self) -> None:
        self._frames = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def _close(self) -> None:
        self._kept = []
        self._release()

    def _raw_frames(self) -> Iterator[Any]:
        """Frames as they leave the decoder, from where the container stands to its end or the first error."""
        codec = self._stream.codec_context
        if not codec.is_open:
            codec.thread_type = 'AUTO' if self.multi_thread else 'NONE'
            codec.thread_count = 0 if self.multi_thread else 1
            codec.options = self.codec_options
        self._stopped = ''
        try:
            for packet in self._container.demux(self._stream):
                yield from packet.decode()
        except (av.FFmpegError, ValueError) as error:
            self._stopped = _text(error)

    def by_order(self) -> Iterator[tuple[int, Any]]:
        """(index, frame) of all frames, from the first on."""
        if self._at != 'start':
            self._open()
        self._at = 'used'
        return enumerate(self._raw_frames())

    def _count(self) -> None:
        """Decode all frames to know their number, keeping those that fit into a small memory."""
        self._kept, size, number = [], 0, 0
        for index, frame in self.by_order():
            number = index + 1
            if size <= _KEEP_BYTES:
                size += sum(plane.buffer_size for plane in frame.planes)
                self._kept.append(frame)
        if not number:
            raise no_frames(self.name, 'PyAV', self._stopped or self.scan.doubt)
        if len(self._kept) < number:
            self._kept = []
        self.scan = replace(self.scan, num_frames=number, pts=None, keys=np.empty(0, np.int64))

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        if not self._kept and self.scan.pts is not None:
            try:
                return self._collect(indices, self._by_time(indices))
            except _Skipped as reason:
                self.scan = replace(self.scan, doubt=f'{reason}')
                self._count()
                remember(self.source, self.scan)
        if indices[-1] >= self.num_frames:
            raise self._short(int(indices[-1]), self.num_frames)
        if self._kept:
            return self._collect(indices, ((int(i), self._kept[i]) for i in indices))
        return self._collect(indices, self.by_order())

    def _short(self, index: int, number: int) -> VideoDecodeError:
        why = self._stopped or self.scan.doubt or 'the stream ends'
        return VideoDecodeError(self.name, 'PyAV', f'frame {index} is not there, {number} decode ({why})')

    def _collect(self, indices: np.ndarray, frames: Iterator[tuple[int, Any]]) -> np.ndarray:
        """Convert the wanted ones of numbered frames to RGB, upright; (N, H, W, 3)."""
        convert = VideoReformatter().reformat  # one for all frames: it keeps its tables
        out: np.ndarray | None = None
        done = turns = index = 0
        for index, frame in frames:
            if index != indices[done]:
                continue
            if out is None:
                turns = quarter_turns(frame)
                out = np.empty((len(indices), frame.height, frame.width, 3), np.uint8)
            height, width = out.shape[1:3]  # of the first frame, should the size change on the way
            out[done] = convert(frame, width=width, height=height, format='rgb24').to_ndarray()
            done += 1
            if done == len(indices):
                break
        if out is None or done < len(indices):
            raise self._short(int(indices[done]), index + 1)
        return np.ascontiguousarray(np.rot90(out, turns, axes=(1, 2))) if turns else out

    def _by_time(self, indices: np.ndarray) -> Iterator[tuple[int, Any]]:
        """(index, frame) that include the wanted ones, seeking over key frames in between."""
        for wanted in indices:
            yield self._frame_at(int(wanted))

    def _frame_at(self, wanted: int) -> tuple[int, Any]:
        """The frame of an index, tried from ever earlier starts: a seek may land late in some containers."""
        keys = self.scan.keys
        near = int(np.searchsorted(keys, wanted, 'right')) - 1
        goes_on = self._at == 'time' and self._last < wanted and keys[near] <= self._last + _WORTH_A_SEEK
        for start in (None, keys[near], keys[max(near - 1, 0)], 0):
            if start is None:
                if not goes_on:
                    continue
            elif start or self._at != 'start':
                self._seek(int(start))
            self._frames = self._frames or self._raw_frames()
            self._at = 'time'
            frame = self._advance(wanted)
            if frame is not None:
                return wanted, frame
        raise _Skipped(self._stopped or f'frame {wanted} does not decode')

    def _seek(self, key: int) -> None:
        self._frames, self._last = None, -1
        try:
            self._container.seek(int(self.scan.pts[key]), stream=self._stream, backward=True)
        except av.FFmpegError:
            self._open()

    def _advance(self, wanted: int) -> Any | None:
        """Decode up to a frame; None where the decoder is past it or at the end."""
        pts = self.scan.pts
        for frame in self._frames:
            index = -1 if frame.pts is None else int(np.searchsorted(pts, frame.pts))
            if not 0 <= index < len(pts) or pts[index] != frame.pts:
                raise _Skipped('a decoded frame has a presentation time that no packet has')
            if index < self._last:
                raise _Skipped('frames are decoded out of order')
            self._last = index
            if index == wanted:
                return frame
            if index > wanted:
                return None
        return None


def probe(source: Source) -> Scan:
    """What a file's packets tell, with its frames counted; known files are not opened again."""
    known = recall(source)
    if known is None:
        with PyAVReader(source) as reader:
            known = reader.scan
    return known


def quarter_turns(frame: Any) -> int:
    """Turns by 90 degrees, counter-clockwise, that make a stored frame upright, by its display matrix."""
    return round((getattr(frame, 'rotation', 0) or 0) / 90) % 4


def _text(error: BaseException) -> str:
    return getattr(error, 'strerror', None) or str(error)
