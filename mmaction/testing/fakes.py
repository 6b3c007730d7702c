"""Tiny synthetic videos with known content."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from mmaction.video import write_video
from mmaction.video.synthetic import moving_texture

__all__ = ['moving_texture', 'write_sound', 'write_video']


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
