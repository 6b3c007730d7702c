"""Tiny synthetic videos with known content."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction

import numpy as np


def moving_texture(
    num_frames: int,
    height: int,
    width: int,
    velocity: tuple[float, float] = (2.0, 0.0),
    seed: int = 0,
    cell: int = 8,
) -> np.ndarray:
    """A random smooth texture that wraps around and moves by ``velocity`` (x, y) pixels a frame.

    Each frame on its own tells nothing of the direction.

    Args:
        num_frames: T.
        height: H in pixels.
        width: W in pixels.
        velocity: pixels a frame along x and y.
        seed: of texture and start.
        cell: size of the texture's blobs in pixels.

    Returns:
        uint8 (T, H, W, 3), RGB.
    """
    import cv2

    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (max(height // cell, 2), max(width // cell, 2), 3), dtype=np.uint8)
    tile = np.concatenate([cells, cells[:1]])  # closes the seam before smoothing
    tile = np.concatenate([tile, tile[:, :1]], axis=1)
    texture = cv2.resize(tile, (width, height), interpolation=cv2.INTER_LINEAR)
    start = rng.integers(0, (height, width))
    shifts = (np.arange(num_frames)[:, None] * velocity + start[::-1]).round().astype(int)
    return np.stack([np.roll(texture, (dy, dx), axis=(0, 1)) for dx, dy in shifts])


def write_video(
    path: str | os.PathLike,
    frames: Iterable[np.ndarray],
    fps: float = 25,
    codec: str = 'libx264',
    pix_fmt: str = 'yuv420p',
    gop: int | None = None,
    options: dict[str, str] | None = None,
) -> None:
    """Encode RGB uint8 frames (H, W, 3), H and W even, with PyAV.

    Args:
        path: output file; its extension chooses the container.
        frames: RGB frames of one size.
        fps: frames a second.
        codec: encoder, e.g. ``libx264``, ``libx264rgb`` (lossless with ``{'qp': '0'}`` and ``rgb24``), ``mpeg4``.
        pix_fmt: pixel format of the stream.
        gop: frames between key frames; default: the encoder's own.
        options: further options of the encoder.
    """
    import av

    with av.open(os.fspath(path), 'w') as container:
        stream = None
        for frame in frames:
            if stream is None:
                stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options or {})
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt = pix_fmt
                if gop is not None:
                    stream.gop_size = gop
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format='rgb24')))
        if stream is None:
            raise ValueError(f'There are no frames to write to {os.fspath(path)}.')
        container.mux(stream.encode())


def write_sound(
    path: str | os.PathLike,
    samples: np.ndarray,
    sample_rate: int = 16000,
    codec: str = 'pcm_s16le',
    frames: Iterable[np.ndarray] = (),
    fps: int = 25,
) -> None:
    """Encode a sound, and a video with it where there are frames, with PyAV.

    Args:
        path: output file; its extension chooses the container.
        samples: float (channels, n), or (n,) for one channel, in [-1, 1].
        sample_rate: Hz.
        codec: encoder of the sound, e.g. ``pcm_s16le`` (.wav), ``aac`` (.mp4, .m4a), ``libopus`` (.webm).
        frames: RGB uint8 (H, W, 3), H and W even.
        fps: frames a second.
    """
    import av

    samples = np.atleast_2d(samples)
    layout = {1: 'mono', 2: 'stereo'}[len(samples)]
    pcm = (samples.T.clip(-1, 1) * 32767).round().astype(np.int16).reshape(1, -1)  # interleaved
    with av.open(os.fspath(path), 'w') as container:
        sound = container.add_stream(codec, rate=sample_rate, layout=layout)
        frames = list(frames)
        if frames:
            picture = container.add_stream('libx264', rate=fps)
            picture.height, picture.width = frames[0].shape[:2]
            picture.pix_fmt = 'yuv420p'
            for frame in frames:
                container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
            container.mux(picture.encode())
        if samples.shape[1]:
            frame = av.AudioFrame.from_ndarray(pcm, format='s16', layout=layout)
            frame.sample_rate = sample_rate
            frame.pts = 0
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
