"""Audio of media files through PyAV."""

from __future__ import annotations

import os

import numpy as np

from mmaction.video import VideoDecodeError
from mmaction.video.source import is_remote


class NoSoundError(VideoDecodeError):
    """The file has no audio track, or an empty one."""


def decode_sound(path: str | os.PathLike, sample_rate: int = 16000) -> np.ndarray:
    """Decode the first audio track of a media file.

    Args:
        path: file, or a URL that FFmpeg can open.
        sample_rate: of the result, Hz.

    Returns:
        float32 (n,), the mean of the channels, in [-1, 1].

    Raises:
        FileNotFoundError: there is no such file.
        NoSoundError: it has no audio.
        VideoDecodeError: it is no media file, or its audio cannot be decoded.
    """
    import av

    path = os.fspath(path)
    if not is_remote(path) and not os.path.isfile(path):
        raise FileNotFoundError(f'There is no file {path} to decode audio from.')
    parts = []
    try:
        with av.open(path) as container:
            if not container.streams.audio:
                raise NoSoundError(path, 'pyav', 'it has no audio track.')
            resampler = av.AudioResampler(format='fltp', rate=sample_rate)  # FFmpeg's mix to mono may clip
            for frame in container.decode(container.streams.audio[0]):
                parts += [out.to_ndarray().mean(axis=0) for out in resampler.resample(frame)]
            if parts:
                parts += [out.to_ndarray().mean(axis=0) for out in resampler.resample(None)]  # the rest of its buffer
    except av.FFmpegError as error:
        raise VideoDecodeError(path, 'pyav', f'{error}') from error
    if not sum(map(len, parts)):
        raise NoSoundError(path, 'pyav', 'its audio track is empty.')
    return np.concatenate(parts)
