"""Write frames to a video file or an animated GIF."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

__all__ = ['VIDEO_SUFFIXES', 'VideoWriter', 'write_frames']

# extension -> encoders in order of preference, with their options
_H264 = ('libx264', {'crf': '18', 'preset': 'veryfast'})
_MPEG4 = ('mpeg4', {'qscale': '3'})
_ENCODERS: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    '.mp4': (_H264, _MPEG4),
    '.m4v': (_H264, _MPEG4),
    '.mov': (_H264, _MPEG4),
    '.mkv': (_H264, _MPEG4),
    '.avi': (_MPEG4,),
    '.webm': (
        ('libvpx-vp9', {'crf': '24', 'b': '0', 'deadline': 'realtime', 'cpu-used': '8'}),
        ('libvpx', {'crf': '10', 'b': '4M', 'deadline': 'realtime', 'cpu-used': '8'}),
    ),
}
VIDEO_SUFFIXES = tuple(_ENCODERS)


class VideoWriter:
    """Writes BGR frames one by one; the extension of the file chooses the format.

    Frames of odd height or width get a repeated last row or column, which 4:2:0 video needs. The file is complete
    after ``release()``, or at the end of a ``with`` block.

    Args:
        video_file: ``.mp4``, ``.m4v``, ``.mov``, ``.mkv`` (H.264), ``.avi`` (MPEG-4), ``.webm`` (VP9) or ``.gif``.
            Missing folders are made.
        fps: frames a second.

    Raises:
        ValueError: another extension, or ``fps`` that is not positive.
    """

    def __init__(self, video_file: str | os.PathLike, fps: float) -> None:
        self.video_file = os.fspath(video_file)
        self.fps = float(fps)
        extension = Path(self.video_file).suffix.lower()
        if extension not in (*_ENCODERS, '.gif'):
            raise ValueError(f'{self.video_file} must end in one of {", ".join((*VIDEO_SUFFIXES, ".gif"))}.')
        if not self.fps > 0:
            raise ValueError(f'fps ({fps}) must be positive.')
        Path(self.video_file).parent.mkdir(parents=True, exist_ok=True)
        kind = _GifSink if extension == '.gif' else _VideoSink
        self._sink: Any = kind(self.video_file, self.fps)
        self._shape: tuple[int, ...] | None = None

    def write_frame(self, frame: np.ndarray) -> None:
        """Append a frame.

        Args:
            frame: uint8 (H, W, 3), BGR.

        Raises:
            ValueError: another type or shape, or another size than the first frame.
        """
        self._write(np.asarray(frame)[..., ::-1])

    def _write(self, rgb: np.ndarray) -> None:
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
    path: str | os.PathLike,
    frames: np.ndarray | Iterable[np.ndarray],
    fps: float = 25,
    channel_order: Literal['rgb', 'bgr'] = 'rgb',
) -> None:
    """Write frames to a file, see ``VideoWriter`` for the formats.

    Args:
        path: the file.
        frames: uint8 (T, H, W, 3), or frames (H, W, 3) of one size.
        fps: frames a second.
        channel_order: of the frames.

    Raises:
        ValueError: no frames, frames of another type or of several sizes, or an unknown extension.
    """
    if channel_order not in ('rgb', 'bgr'):
        raise ValueError(f"channel_order {channel_order!r} is not known. Choose 'rgb' or 'bgr'.")
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f'There are no frames to write to {os.fspath(path)}.')
    with VideoWriter(path, fps) as writer:
        put = writer._write if channel_order == 'rgb' else writer.write_frame
        put(np.asarray(first))
        for frame in frames:
            put(np.asarray(frame))


class _VideoSink:
    """Encodes RGB frames with PyAV; the stream is made for the first frame."""

    def __init__(self, path: str, fps: float) -> None:
        self.path = path
        self.rate = Fraction(fps).limit_denominator(1001)
        self.container: Any = None
        self.stream: Any = None

    def write(self, rgb: np.ndarray) -> None:
        import av

        rgb = np.pad(rgb, ((0, rgb.shape[0] % 2), (0, rgb.shape[1] % 2), (0, 0)), mode='edge')
        if self.container is None:
            self.container = av.open(self.path, 'w')
            name, options = _encoder(Path(self.path).suffix.lower())
            self.stream = self.container.add_stream(name, rate=self.rate, options=options)
            self.stream.height, self.stream.width = rgb.shape[:2]
            self.stream.pix_fmt = 'yuv420p'
        self.container.mux(self.stream.encode(av.VideoFrame.from_ndarray(rgb, format='rgb24')))

    def close(self) -> None:
        if self.container is None:
            return
        try:
            self.container.mux(self.stream.encode())
        finally:
            self.container.close()


class _GifSink:
    """Collects frames and writes them at once: a GIF's colours depend on all of them."""

    def __init__(self, path: str, fps: float) -> None:
        self.path = path
        self.duration_ms = 1000 / fps
        self.images: list[Any] = []

    def write(self, rgb: np.ndarray) -> None:
        from PIL import Image

        self.images.append(Image.fromarray(rgb))

    def close(self) -> None:
        if self.images:
            first, *rest = self.images
            first.save(self.path, save_all=True, append_images=rest, duration=self.duration_ms, loop=0)


def _encoder(extension: str) -> tuple[str, dict[str, str]]:
    """The first encoder for an extension that FFmpeg was built with."""
    import av

    for name, options in _ENCODERS[extension]:
        if name in av.codecs_available:
            return name, options
    wanted = ' or '.join(name for name, _ in _ENCODERS[extension])
    raise ValueError(f'This FFmpeg has no encoder for {extension} files ({wanted}).')
