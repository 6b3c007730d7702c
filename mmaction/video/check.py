"""Check one video: decode it from end to end, and report what is wrong with the file."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import av
import av.logging
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

from mmaction.video.errors import VideoDecodeError
from mmaction.video.readers.pyav import quarter_turns
from mmaction.video.source import resolve_source

__all__ = ['VideoFault', 'VideoReport', 'check_video']

FaultKind = Literal['missing', 'empty', 'corrupt', 'truncated', 'frame count', 'variable frame rate', 'rotated']

NUM_THUMBNAILS = 8
THUMBNAIL_SIZE = 16  # pixels
_SCALED_SIZE = 32  # the scaler needs a few pixels more than a thumbnail has to be exact

# Reported at the level of errors for files that decode completely, such as clips cut from a longer H.264 stream.
_HARMLESS = re.compile(r'mmco:|co located POCs|reference count|number of reference frames|Application provided')
_RIFF_SLACK = 16  # bytes; some writers count the header itself


@dataclass(frozen=True)
class VideoFault:
    """A fault of a file: its kind, and a clause that describes it."""

    kind: FaultKind
    detail: str


@dataclass(frozen=True, eq=False)
class VideoReport:
    """The outcome of :func:`check_video`.

    Attributes:
        name: the file.
        faults: what is wrong with it; empty for a sound file.
        num_frames: frames that decode.
        avg_fps: average frames per second, 0 where unknown.
        height: of the upright frames in pixels.
        width: of the upright frames in pixels.
        codec: name of the decoder in FFmpeg.
        thumbnails: (NUM_THUMBNAILS, THUMBNAIL_SIZE, THUMBNAIL_SIZE) upright gray frames at equal distances; None where
            no frame decodes.
    """

    name: str
    faults: tuple[VideoFault, ...] = ()
    num_frames: int = 0
    avg_fps: float = 0.0
    height: int = 0
    width: int = 0
    codec: str = ''
    thumbnails: npt.NDArray[np.uint8] | None = None

    @property
    def is_usable(self) -> bool:
        """False if frames are missing or wrong; videos that are only stored in an unusual way are usable."""
        return all(fault.kind in ('rotated', 'variable frame rate') for fault in self.faults)


def check_video(path: str | os.PathLike[str]) -> VideoReport:
    """Decode a video file from end to end and report its faults.

    Decoders conceal damage: they repeat or blur what they cannot decode and go on. FFmpeg logs it, and its log counts
    here as much as its errors.

    Args:
        path: a video file, or an http(s) URL.
    """
    name = os.fspath(path)
    try:
        source = resolve_source(name)
    except FileNotFoundError as error:
        return VideoReport(name, (VideoFault('missing', str(error)),))
    except VideoDecodeError as error:
        is_empty = os.path.isfile(name)  # else it is a folder, a device, or a URL that does not answer
        return VideoReport(name, (VideoFault('empty' if is_empty else 'missing', error.reason or str(error)),))
    walk = _Walk()
    with _errors_of_ffmpeg(walk.errors):
        try:
            with av.open(source.open()) as container:
                walk.run(container)
        except (av.FFmpegError, OSError, ValueError) as error:
            walk.errors.append(getattr(error, 'strerror', None) or str(error))
    faults = tuple(walk.faults(source.path))
    if not walk.frames:
        return VideoReport(name, faults, codec=walk.codec)
    height, width = walk.size
    turns = walk.turns
    if turns % 2:
        height, width = width, height
    places = ((np.arange(NUM_THUMBNAILS) + 0.5) * len(walk.frames) / NUM_THUMBNAILS).astype(int)
    thumbnails = np.rot90(np.stack([walk.frames[place] for place in places]), turns, axes=(1, 2))
    return VideoReport(name, faults, len(walk.frames), walk.fps, height, width, walk.codec, thumbnails)


@dataclass
class _Walk:
    """Facts collected on the way through a file."""

    errors: list[str] = field(default_factory=list)
    frames: list[npt.NDArray[np.uint8]] = field(default_factory=list)  # small and gray
    times: list[float] = field(default_factory=list)  # seconds
    size: tuple[int, int] = (0, 0)
    turns: int = 0
    fps: float = 0.0
    codec: str = ''
    packets: int = 0
    announced_frames: int = 0
    announced_sec: float = 0.0
    has_video: bool = False

    def run(self, container: Any) -> None:
        """Decode the video stream of a container."""
        if not container.streams.video:
            return
        stream = container.streams.best('video') or container.streams.video[0]
        self.has_video = stream.codec_context is not None
        if not self.has_video:
            return
        self.codec = stream.codec_context.name
        stream.codec_context.thread_type = 'NONE'  # the log is captured in this thread
        self.announced_frames = stream.frames
        if 'matroska' in container.format.name and container.duration:
            self.announced_sec = container.duration / 1e6
        self.fps = float(stream.average_rate or stream.guessed_rate or 0)
        shrink = VideoReformatter().reformat
        for packet in self._packets(container, stream):
            self.packets += bool(packet.size)
            try:
                decoded = packet.decode()
            except (av.FFmpegError, ValueError) as error:
                self.errors.append(getattr(error, 'strerror', None) or str(error))
                continue
            for frame in decoded:
                self._add(frame, shrink)

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:
        packets = container.demux(stream)
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError) as error:
                self.errors.append(getattr(error, 'strerror', None) or str(error))
                return

    def _add(self, frame: Any, shrink: Any) -> None:
        if not self.frames:
            self.size = (frame.height, frame.width)
            self.turns = quarter_turns(frame)
        if frame.is_corrupt:
            self.errors.append(f'frame {len(self.frames)} is damaged')
        if frame.time is not None:
            self.times.append(frame.time)
        small = shrink(frame, _SCALED_SIZE, _SCALED_SIZE, 'gray', interpolation='AREA').to_ndarray()
        blocks = small.reshape(THUMBNAIL_SIZE, _SCALED_SIZE // THUMBNAIL_SIZE, THUMBNAIL_SIZE, -1)
        self.frames.append(blocks.mean(axis=(1, 3)).astype(np.uint8))

    def faults(self, path: str | None) -> Iterator[VideoFault]:
        """Judge the facts. Damage has one cause, so it is reported once."""
        damage = self._truncation(path) or self._damage()
        if damage is not None:
            yield damage
        if self.turns:
            angle = self.turns * 90
            yield VideoFault('rotated', f'frames are stored turned by {angle} degrees, as its display matrix says')
        intervals = np.diff(self.times)
        if damage is None and _varies(intervals):  # damage leaves gaps
            low, high = np.quantile(1 / intervals, (0.02, 0.98))
            yield VideoFault('variable frame rate', f'frames follow each other at {low:.3g} to {high:.3g} per second')

    def _truncation(self, path: str | None) -> VideoFault | None:
        if path is not None:
            missing = _expected_bytes(path) - os.path.getsize(path)
            if missing > 0:
                return VideoFault('truncated', f'{missing} bytes are missing at its end{self._counts()}')
        end_sec = max(self.times, default=0.0)
        tolerance_sec = max(0.5, 0.05 * self.announced_sec)
        if self.frames and self.announced_sec - end_sec > tolerance_sec:
            return VideoFault(
                'truncated', f'its header announces {self.announced_sec:.2f} s, its frames end at {end_sec:.2f} s'
            )
        return None

    def _damage(self) -> VideoFault | None:
        if not self.frames:
            reason = 'no frame decodes' if self.has_video else 'it has no video stream'
            return VideoFault('corrupt', f'{reason}{self._first_error()}')
        if self.errors:
            return VideoFault('corrupt', f'decoding reports {len(self.errors)} errors{self._first_error()}')
        if self.announced_frames > self.packets:
            return VideoFault('corrupt', f'frames are missing{self._counts()}')
        return None

    def _counts(self) -> str:
        if self.announced_frames <= self.packets:
            return ''
        return f'; its header announces {self.announced_frames} frames, there are {self.packets}'

    def _first_error(self) -> str:
        return f' ({self.errors[0]})' if self.errors else ''


def _varies(intervals: npt.NDArray[np.float64]) -> bool:
    """True if a twentieth of the intervals differs by a quarter from the usual one: single gaps are no variation."""
    if len(intervals) < 2 or not (intervals > 0).all():
        return False
    usual = np.median(intervals)
    return bool((np.abs(intervals - usual) > usual / 4).mean() > 0.05)


@contextmanager
def _errors_of_ffmpeg(errors: list[str]) -> Iterator[None]:
    """Collect the errors that FFmpeg logs in this thread."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as logs:
            yield
        # Logged before the exceptions that they lead to, which name the cause less well.
        found = [text.strip() for severity, _, text in logs if severity <= av.logging.ERROR]
        errors[:0] = [text for text in found if text and not _HARMLESS.search(text)]
    finally:
        av.logging.set_level(level)


def _expected_bytes(path: str) -> int:
    """Size that the container states for the file: of AVI, and of MP4 and its relatives; 0 for others."""
    with open(path, 'rb') as file:
        head = file.read(12)
        if head[:4] == b'RIFF' and len(head) == 12:
            stated = struct.unpack('<I', head[4:8])[0]
            # Writers that cannot seek leave 0 or the largest number.
            return 0 if stated in (0, 0xFFFFFFFF) else stated + 8 - _RIFF_SLACK
        if head[4:8] != b'ftyp':
            return 0
        return _end_of_boxes(file)


def _end_of_boxes(file: Any) -> int:
    """End of the last top-level box of ISO/IEC 14496-12, by the sizes that the boxes state."""
    size = os.fstat(file.fileno()).st_size
    position = 0
    has_index = False
    while position + 8 <= size:
        file.seek(position)
        header = file.read(16)
        length = struct.unpack('>I', header[:4])[0]
        has_index |= header[4:8] in (b'moov', b'moof')
        if length == 1 and len(header) == 16:  # the size follows in 64 bits
            length = struct.unpack('>Q', header[8:16])[0]
        if length < 8:  # 0: up to the end of the file
            return 0
        position += length
    # Between two boxes, too, a file is cut if the index is missing, which often comes last.
    return position if has_index else max(position, size + 1)
