"""Write frames to a video file, an animated GIF or a folder of images."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.utils.check import pick
from mmaction.utils.overrides import ReportsUnusedHooks

__all__ = ['WRITABLE_SUFFIXES', 'Encoding', 'VideoWriter', 'write_frames', 'write_image', 'write_video']


@dataclass(frozen=True)
class Encoding:
    """Settings of an encoder of FFmpeg.

    Args:
        codec: its name, e.g. ``libx264``, ``libx264rgb`` (lossless with ``{'qp': '0'}`` and ``rgb24``), ``mpeg4``.
        options: its options.
        pix_fmt: pixel format of the stream.
        gop: frames between keyframes; default: the encoder's own.
    """

    codec: str
    options: dict[str, str] = field(default_factory=dict)
    pix_fmt: str = 'yuv420p'
    gop: int | None = None


_H264 = Encoding('libx264', {'crf': '18', 'preset': 'veryfast'})
_MPEG4 = Encoding('mpeg4', {'qscale': '3'})
_VP9 = Encoding('libvpx-vp9', {'crf': '24', 'b': '0', 'deadline': 'realtime', 'cpu-used': '8'})
_VP8 = Encoding('libvpx', {'crf': '10', 'b': '4M', 'deadline': 'realtime', 'cpu-used': '8'})

# In order of preference: builds of FFmpeg differ in their encoders.
_ENCODINGS: dict[str, tuple[Encoding, ...]] = {
    '.mp4': (_H264, _MPEG4),
    '.m4v': (_H264, _MPEG4),
    '.mov': (_H264, _MPEG4),
    '.mkv': (_H264, _MPEG4),
    '.avi': (_MPEG4,),
    '.webm': (_VP9, _VP8),
}
WRITABLE_SUFFIXES = tuple(_ENCODINGS)  # without '.gif', which is not encoded by FFmpeg


class VideoWriter(ReportsUnusedHooks):
    """Writes BGR frames one by one; the suffix of the file chooses the format.

    Frames of odd height or width get a repeated last row or column, which 4:2:0 video needs. The file is complete
    after ``release()``, or at the end of a ``with`` block.

    Args:
        video_file: ``.mp4``, ``.m4v``, ``.mov``, ``.mkv`` (H.264), ``.avi`` (MPEG-4), ``.webm`` (VP9) or ``.gif``.
            Missing folders are created.
        fps: frames per second.
        encoding: encoder to use; the file may then have any suffix of a container that FFmpeg writes.

    Raises:
        ValueError: another suffix, or ``fps`` is not positive.
    """

    unused_hooks = {'_init_cv2_writer': 'Override write_frame.'}
    calls_hooks = 'write_frame'

    def __init__(self, video_file: str | os.PathLike[str], fps: float, encoding: Encoding | None = None) -> None:
        self.video_file = os.fspath(video_file)
        self.fps = float(fps)
        suffix = Path(self.video_file).suffix.lower()
        if encoding is None and suffix not in (*WRITABLE_SUFFIXES, '.gif'):
            raise ValueError(f'{self.video_file} must end in one of {", ".join((*WRITABLE_SUFFIXES, ".gif"))}.')
        if not self.fps > 0:
            raise ValueError(f'fps ({fps}) must be positive.')
        Path(self.video_file).parent.mkdir(parents=True, exist_ok=True)
        self._sink: _Sink | None
        if suffix == '.gif' and encoding is None:
            self._sink = _GifSink(self.video_file, self.fps)
        else:
            self._sink = _VideoSink(self.video_file, self.fps, encoding or available_encoding(suffix))
        self._shape: tuple[int, ...] | None = None

    def write_frame(self, frame: npt.NDArray[np.uint8]) -> None:
        """Append a frame.

        Args:
            frame: uint8 (H, W, 3), BGR.

        Raises:
            ValueError: another type or shape, or another size than the first frame.
        """
        self._write(np.asarray(frame)[..., ::-1])

    def _write(self, rgb: npt.NDArray[np.uint8]) -> None:
        if self._sink is None:
            raise ValueError(f'The writer of {self.video_file} is released.')
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
            raise ValueError(f'A frame is uint8 (H, W, 3), not {rgb.dtype} {rgb.shape}.')
        if self._shape is not None and rgb.shape != self._shape:
            raise ValueError(f'A frame of {rgb.shape[:2]} does not fit a clip of {self._shape[:2]}.')
        self._shape = rgb.shape
        self._sink.write(np.ascontiguousarray(rgb))

    def release(self) -> None:
        """Finish the file. May be called again."""
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def write_frames(
    path: str | os.PathLike[str],
    frames: npt.NDArray[np.uint8] | Iterable[npt.NDArray[np.uint8]],
    fps: float = 25,
    channel_order: Literal['rgb', 'bgr'] = 'rgb',
    encoding: Encoding | None = None,
) -> None:
    """Write frames to a file, see ``VideoWriter`` for the formats.

    Args:
        path: the file.
        frames: uint8 (T, H, W, 3), or frames (H, W, 3) of one size.
        fps: frames per second.
        channel_order: of the frames.
        encoding: see ``VideoWriter``.

    Raises:
        ValueError: no frames, frames of another type or of several sizes, or an unknown suffix.
    """
    pick(('rgb', 'bgr'), channel_order, 'channel_order')
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise ValueError(f'There are no frames to write to {os.fspath(path)}.')
    with VideoWriter(path, fps, encoding) as writer:
        write = writer._write if channel_order == 'rgb' else writer.write_frame
        write(np.asarray(first))
        for frame in remaining:
            write(np.asarray(frame))


def write_video(
    path: str | os.PathLike[str],
    frames: Iterable[npt.NDArray[np.uint8]],
    fps: float = 25,
    codec: str = 'libx264',
    pix_fmt: str = 'yuv420p',
    gop: int | None = None,
    options: dict[str, str] | None = None,
) -> None:
    """Encode RGB frames with a given encoder.

    Args:
        path: the file; its suffix chooses the container.
        frames: uint8 (H, W, 3), RGB, of one size.
        fps: frames per second.
        codec: see ``Encoding``.
        pix_fmt: pixel format of the stream.
        gop: frames between keyframes; default: the encoder's own.
        options: options of the encoder.

    Raises:
        ValueError: no frames, or frames of another type or of several sizes.
    """
    write_frames(path, frames, fps, encoding=Encoding(codec, options or {}, pix_fmt, gop))


def write_image(path: str | os.PathLike[str], rgb: npt.NDArray[np.uint8]) -> None:
    """Write an RGB image (H, W, 3) or a gray one (H, W); JPEG in quality 95.

    Raises:
        OSError: it cannot be written.
    """
    image = rgb if rgb.ndim == 2 else cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(Path(path).suffix, image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    try:
        Path(path).write_bytes(data.tobytes())  # not imwrite, which does not tell a full disk from a missing folder
    except OSError as error:  # that of write() names no file
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


class _Sink(Protocol):
    """Takes RGB frames (H, W, 3) and finishes the file at its close."""

    def write(self, rgb: npt.NDArray[np.uint8]) -> None: ...

    def close(self) -> None: ...


class _VideoSink:
    """Encodes with PyAV; the stream is created with the first frame, whose size it takes."""

    def __init__(self, path: str, fps: float, encoding: Encoding) -> None:
        self.path = path
        self.rate = Fraction(fps).limit_denominator(1001)
        self.encoding = encoding
        self.container: Any = None
        self.stream: Any = None

    def write(self, rgb: npt.NDArray[np.uint8]) -> None:
        import av  # loads FFmpeg: drawing and writing images need none of it

        height, width = rgb.shape[:2]
        if self.encoding.pix_fmt == 'yuv420p' and (height % 2 or width % 2):
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode='edge')
        if self.container is None:
            self.container = av.open(self.path, 'w')
            self.stream = self.container.add_stream(
                self.encoding.codec, rate=self.rate, options=dict(self.encoding.options)
            )
            self.stream.height, self.stream.width = rgb.shape[:2]
            self.stream.pix_fmt = self.encoding.pix_fmt
            if self.encoding.gop is not None:
                self.stream.gop_size = self.encoding.gop
        self.container.mux(self.stream.encode(av.VideoFrame.from_ndarray(rgb, format='rgb24')))

    def close(self) -> None:
        if self.container is None:
            return
        try:
            self.container.mux(self.stream.encode())
        finally:
            self.container.close()


class _GifSink:
    """Collects frames and writes them at once: the palette of a GIF depends on all of them."""

    def __init__(self, path: str, fps: float) -> None:
        self.path = path
        self.duration_ms = 1000 / fps
        self.images: list[Any] = []

    def write(self, rgb: npt.NDArray[np.uint8]) -> None:
        from PIL import Image  # slow to import, and only GIF needs it

        self.images.append(Image.fromarray(rgb))

    def close(self) -> None:
        if self.images:
            first, *rest = self.images
            first.save(self.path, save_all=True, append_images=rest, duration=self.duration_ms, loop=0)


def available_encoding(suffix: str) -> Encoding:
    """The first encoding for a suffix whose encoder this FFmpeg has."""
    import av  # see _VideoSink

    for encoding in _ENCODINGS[suffix]:
        if encoding.codec in av.codecs_available:
            return encoding
    codecs = ' or '.join(encoding.codec for encoding in _ENCODINGS[suffix])
    raise ValueError(f'This FFmpeg has no encoder for {suffix} files ({codecs}).')
