"""Write a video again, smaller and with keyframes for fast seeks, with its audio and its timing."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from mmaction.utils.check import at_least
from mmaction.utils.files import DISK_FULL, complete_or_absent
from mmaction.video.errors import NotAVideoError, VideoDecodeError, no_frames
from mmaction.video.readers.pyav import quarter_turns
from mmaction.video.writer import Encoding, available_encoding

__all__ = ['resize_video']

_logger = logging.getLogger(__name__)

# Without mbtree, which reads memory that x264 does not initialize: no two runs write the same file with it.
_H264_OPTIONS = {'crf': '23', 'preset': 'fast', 'mbtree': '0'}
_DENSE_GOP = 16  # frames between keyframes
# A frame repeats the previous one if no block of 8 x 8 pixels differs by more than the first number on average, and no
# more than a third of them by more than the second (limits of FFmpeg's filter mpdecimate).
_MAX_BLOCK = 12
_SMALL_BLOCK = 5
_MAX_SMALL = 0.33


def resize_video(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    short_side: int = 256,
    dense: bool = False,
    remove_duplicates: bool = False,
) -> None:
    """Resize a video to a length of its shorter side; frames are stored upright, audio and timestamps are kept.

    Args:
        source: the video.
        target: file to write; its suffix chooses container and codec. It is complete or absent.
        short_side: in pixels, even. The other side keeps the aspect ratio, rounded to an even number.
        dense: a keyframe every 16 frames: random clips of the video decode faster, in a larger file.
        remove_duplicates: leave out frames that repeat the previous one; the others keep their timestamps.

    Raises:
        FileNotFoundError: there is no such file.
        VideoDecodeError: no frame decodes.
        ValueError: ``short_side`` is odd or smaller than 2, or the suffix of ``target`` is unknown.
    """
    name = os.fspath(source)
    at_least(2, short_side, 'short_side')
    if short_side % 2:
        raise ValueError(f'short_side ({short_side}) must be even, as 4:2:0 video has no odd sizes.')
    encoding = available_encoding(Path(target).suffix.lower())
    if encoding.codec == 'libx264':
        encoding = replace(encoding, options=_H264_OPTIONS)
    try:
        with av.open(name) as container, complete_or_absent(os.fspath(target)) as unfinished:
            _Transcoder(name, container, short_side, encoding, dense, remove_duplicates).write(unfinished)
    except FileNotFoundError:
        raise
    except av.FFmpegError as error:
        if error.errno in DISK_FULL:  # no fault of the video
            raise OSError(error.errno, error.strerror, os.fspath(target)) from error
        raise VideoDecodeError(name, 'PyAV', f'{error.strerror or error}') from error


class _Transcoder:
    """One video on its way from one container to another."""

    def __init__(
        self, name: str, container: Any, short_side: int, encoding: Encoding, dense: bool, remove_duplicates: bool
    ) -> None:
        self.name = name
        self.container = container
        self.short_side = short_side
        self.encoding = encoding
        self.gop = _DENSE_GOP if dense else None
        self.remove_duplicates = remove_duplicates
        if not container.streams.video:
            raise NotAVideoError(name, 'PyAV', 'it has no video stream')
        self.video = container.streams.best('video') or container.streams.video[0]
        self.audio = container.streams.best('audio')
        self.rate = self.video.average_rate or self.video.guessed_rate or Fraction(25)
        self.video_out: Any = None
        self.last_time = -1
        self.kept: npt.NDArray[np.int16] | None = None  # luma of the last frame that was written
        self.lost = 0

    def write(self, path: str) -> None:
        # Without bitexact, Matroska stores random numbers, and no two runs write the same file.
        with av.open(path, 'w', options={'fflags': '+bitexact'}) as out:
            audio: _Audio | None = None
            early: list[Any] = []  # audio before the first frame: both streams must exist when writing begins
            for packet in self._packets():
                if packet.stream is self.audio:
                    early.append(packet)
                else:
                    for frame in self._decode(packet):
                        self._encode(frame, out)
                if early and self.video_out is not None:
                    audio = audio or _Audio(self.audio, out)
                    self.lost += sum(audio.write(packet, out) for packet in early)
                    early.clear()
            if self.video_out is None:
                raise no_frames(self.name, 'PyAV', '')
            out.mux(self.video_out.encode(None))
            if audio is not None:
                audio.finish(out)
        if self.lost:
            _logger.warning('%s: %d packets do not decode; they are left out.', self.name, self.lost)

    def _packets(self) -> Iterator[Any]:
        """Packets of video and audio up to the first reading error."""
        packets = self.container.demux([stream for stream in (self.video, self.audio) if stream is not None])
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.lost += 1
                return

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return [*packet.decode()]
        except av.FFmpegError:  # such as a packet whose keyframe is missing: later ones may decode
            self.lost += 1
            return []

    def _encode(self, frame: Any, out: Any) -> None:
        turns = quarter_turns(frame)
        height, width = (frame.width, frame.height) if turns % 2 else (frame.height, frame.width)
        scale = self.short_side / min(height, width)
        size = (max(2 * round(width * scale / 2), 2), max(2 * round(height * scale / 2), 2))
        if self.video_out is None:
            self._add_stream(out, size, turns)
        # The size can change within a file; the new one keeps that of its first frame.
        size = (self.video_out.width, self.video_out.height)
        if turns:
            upright = np.rot90(frame.to_ndarray(format='rgb24'), turns)
            turned = av.VideoFrame.from_ndarray(np.ascontiguousarray(upright), format='rgb24')
            turned.pts, turned.time_base = frame.pts, frame.time_base
            frame = turned
        resized = frame.reformat(*size, format=self.encoding.pix_fmt, interpolation='BICUBIC')
        if self.remove_duplicates and self._repeats(resized):
            return
        resized.pts, resized.time_base = self._time(frame), self.video_out.codec_context.time_base
        resized.pict_type = av.video.frame.PictureType.NONE  # not that of the source: the encoder chooses
        out.mux(self.video_out.encode(resized))

    def _add_stream(self, out: Any, size: tuple[int, int], turns: int) -> None:
        stream = out.add_stream(self.encoding.codec, rate=self.rate, options=dict(self.encoding.options))
        stream.width, stream.height = size
        stream.pix_fmt = self.encoding.pix_fmt
        context = stream.codec_context
        context.thread_count = 1  # the videos are processed in parallel
        if self.gop:
            context.gop_size = self.gop
        if not turns:  # turned frames were converted to RGB on the way
            for name in ('colorspace', 'color_primaries', 'color_trc', 'color_range'):
                setattr(context, name, getattr(self.video.codec_context, name))
        ratio = self.video.sample_aspect_ratio
        if ratio and ratio != 1:
            context.sample_aspect_ratio = 1 / ratio if turns % 2 else ratio
        if out.format.name == 'avi' or self.encoding.codec == 'mpeg4' or self.video.time_base is None:
            context.time_base = 1 / Fraction(self.rate)  # AVI counts frames; MPEG-4 has no finer units
        else:
            context.time_base = self.video.time_base  # exact, whatever the frame rate does
        self.video_out = stream

    def _time(self, frame: Any) -> int:
        """Presentation time in units of the output; frames without one follow at the average rate."""
        unit = self.video_out.codec_context.time_base
        if frame.pts is None:
            time = self.last_time + max(round(1 / (self.rate * unit)), 1)
        else:
            time = round(frame.pts * frame.time_base / unit)
        # Times that go back or repeat are rejected by containers, and no frame shall be lost.
        self.last_time = max(time, self.last_time + 1) if self.last_time >= 0 else max(time, 0)
        return self.last_time

    def _repeats(self, frame: Any) -> bool:
        luma = frame.to_ndarray(format='gray').astype(np.int16)
        height, width = (side // 8 * 8 for side in luma.shape)
        if self.kept is not None and height and width:
            change = np.abs(luma - self.kept)[:height, :width].reshape(height // 8, 8, width // 8, 8).mean((1, 3))
            if change.max() <= _MAX_BLOCK and (change > _SMALL_BLOCK).mean() <= _MAX_SMALL:
                return True
        self.kept = luma
        return False


class _Audio:
    """The audio track: copied where the new container takes its codec, else encoded again."""

    def __init__(self, track: Any, out: Any) -> None:
        self.copied = track.codec_context.name in out.supported_codecs
        if self.copied:
            self.stream = out.add_stream_from_template(track)
        else:
            self.stream = out.add_stream(out.default_audio_codec, rate=track.rate, layout=track.layout.name)

    def write(self, packet: Any, out: Any) -> int:
        """Write one packet; returns 1 if it does not decode."""
        if self.copied:
            if packet.dts is not None:  # the last packet is empty: it flushes decoders
                packet.stream = self.stream
                out.mux(packet)
            return 0
        try:
            frames = packet.decode()
        except av.FFmpegError:
            return 1
        for frame in frames:
            out.mux(self.stream.encode(frame))
        return 0

    def finish(self, out: Any) -> None:
        if not self.copied:
            out.mux(self.stream.encode(None))
