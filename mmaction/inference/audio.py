"""The forms in which a caller can give audio, and the record that a pipeline starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from mmaction.video import VideoDecodeError, is_url, open_reader


def describe_audio(audio: Any) -> dict[str, Any]:
    """The record of an audio input.

    Args:
        audio: path of features (``.npy``, (T, F)) or of an audio or video file, http(s) URL of the latter, or a record,
            which is copied.

    Returns:
        ``audio_path`` and the other keys that a pipeline reads. ``total_frames`` is set for a video only, to its number
        of frames, so that clips are as long as in training; for other files the step that loads the features sets it to
        their length.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: the path is a folder.
        TypeError: the input is of another type.
    """
    common = dict(label=-1, start_index=0, modality='Audio')
    if isinstance(audio, Mapping):
        return {**common, **audio}
    if isinstance(audio, np.ndarray) or not isinstance(audio, str | os.PathLike):
        raise TypeError(
            'The model is for audio. Give the path of features (.npy) or of an audio or video file, or a dict (a '
            f'record of a pipeline), got {type(audio).__name__}.'
        )
    path = os.fspath(audio)
    if os.path.isdir(path):
        raise ValueError(
            f'{path} is a folder; the model is for audio. Give an audio or video file, or features (.npy).'
        )
    if not is_url(path) and not os.path.isfile(path):
        raise FileNotFoundError(f'There is no audio, video or feature file at {path}.')
    record = dict(common, audio_path=path)
    if not path.lower().endswith('.npy'):
        frames = _num_frames(path)
        if frames is not None:
            record['total_frames'] = frames
    return record


def _num_frames(path: str) -> int | None:
    """Number of frames; None without a video stream. Unreadable files are reported when the audio is loaded."""
    try:
        with open_reader(path, 'pyav') as reader:
            frames = len(reader)
    except VideoDecodeError:
        return None
    # A single frame is the cover image of a song.
    return frames if frames > 1 else None
