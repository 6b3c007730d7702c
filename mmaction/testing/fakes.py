"""Tiny synthetic videos with known content."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from mmaction.video import write_video
from mmaction.video.synthetic import iter_texture, moving_texture

__all__ = ['iter_texture', 'moving_texture', 'write_sound', 'write_video']


def write_sound(
    path: str | os.PathLike,
    samples: np.ndarray,
    sample_rate: int = 16000,
    codec: str = 'pcm_s16le',
    frames: Iterable[np.ndarray] = (),
    fps: int = 25,
) -> None:
    """Encode audio, and a video track if there are frames, with PyAV.

    Args:
        path: output file; its extension chooses the container.
        samples: float (channels, n), or (n,) for one channel, in [-1, 1].
        sample_rate: Hz.
        codec: audio encoder, e.g. ``pcm_s16le`` (.wav), ``aac`` (.mp4, .m4a), ``libopus`` (.webm).
        frames: RGB uint8 (H, W, 3), H and W even.
        fps: frames per second.
    """
    import av

    samples = np.atleast_2d(samples)
    layout = {1: 'mono', 2: 'stereo'}[len(samples)]
    pcm = (samples.T.clip(-1, 1) * 32767).round().astype(np.int16).reshape(1, -1)  # interleaved
    with av.open(os.fspath(path), 'w') as container:
        audio_track = container.add_stream(codec, rate=sample_rate, layout=layout)
        frames = list(frames)
        if frames:
            video_track = container.add_stream('libx264', rate=fps)
            video_track.height, video_track.width = frames[0].shape[:2]
            video_track.pix_fmt = 'yuv420p'
            for frame in frames:
                container.mux(video_track.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
            container.mux(video_track.encode())
        if samples.shape[1]:
            audio = av.AudioFrame.from_ndarray(pcm, format='s16', layout=layout)
            audio.sample_rate = sample_rate
            audio.pts = 0
            container.mux(audio_track.encode(audio))
        container.mux(audio_track.encode())
