"""What a caller gives for a sound, as the record that a pipeline starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np


def describe_sound(sound: str | os.PathLike | Mapping[str, Any]) -> dict[str, Any]:
    """The record of a sound.

    Args:
        sound: path of features (``.npy``, (T, F)) or of a sound or video file, http(s) address of the latter, or a
            record, which is copied.

    Returns:
        ``audio_path`` and what else a pipeline reads. ``total_frames`` is the number of frames of a video that is
        given, so that clips are as long as in training; of features and files without pictures, the number of frames
        of the features (the step that loads them says).

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: it is a folder.
        TypeError: it is of another type.
    """
    common = dict(label=-1, start_index=0, modality='Audio')
    if isinstance(sound, Mapping):
        return {**common, **sound}
    if isinstance(sound, np.ndarray) or not isinstance(sound, str | os.PathLike):
        raise TypeError(
            'The model is for sounds. Give the path of features (.npy) or of a sound or video file, or a dict (a '
            f'record of a pipeline), got {type(sound).__name__}.'
        )
    path = os.fspath(sound)
    remote = path.startswith(('http://', 'https://'))
    if os.path.isdir(path):
        raise ValueError(
            f'{path} is a folder; the model is for sounds. Give a sound or video file, or features (.npy).'
        )
    if not remote and not os.path.isfile(path):
        raise FileNotFoundError(f'There is no sound, video or file of features at {path}.')
    record = dict(common, audio_path=path)
    if not path.lower().endswith('.npy') and (frames := _frames_of_video(path)):
        record['total_frames'] = frames
    return record


def _frames_of_video(path: str) -> int | None:
    """How many frames a video has; None for a file without pictures. What cannot be opened is told when it is heard."""
    from mmaction.video import VideoDecodeError, open_reader

    try:
        with open_reader(path, 'pyav') as reader:
            return len(reader) if len(reader) > 1 else None  # one frame: the cover of a song
    except VideoDecodeError:
        return None
