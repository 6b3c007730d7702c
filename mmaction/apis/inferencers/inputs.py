"""The videos that an argument of an inferencer stands for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmaction.video import IMAGE_SUFFIXES, VIDEO_SUFFIXES, VideoInput, check_video_file, is_url, natural_key

InputFormat = Literal['video', 'rawframes', 'array']


def list_inputs(inputs: Any, input_format: InputFormat = 'video') -> list[VideoInput]:
    """List the videos, one entry each.

    Args:
        inputs: a video, or a list of them, or a folder of video files or of folders of frames. A folder of frames is
            one video.
        input_format: ``'video'`` accepts anything; ``'rawframes'`` folders of frames and ``'array'`` arrays only.

    Raises:
        FileNotFoundError, ValueError, TypeError: an entry is missing or has another format; the message names it.
    """
    entries = list(inputs) if isinstance(inputs, list | tuple) else _expand(inputs, input_format)
    if not entries:
        raise ValueError('The list of inputs is empty.')
    # All of them now: an error in the last one should not wait until a model has run on the others.
    for entry in entries:
        _check(entry, input_format)
    return entries


def _expand(entry: Any, input_format: InputFormat) -> list[VideoInput]:
    if not isinstance(entry, str | os.PathLike) or not os.path.isdir(entry):
        return [entry]
    inside = sorted(Path(entry).iterdir(), key=lambda path: natural_key(path.name))
    videos: list[VideoInput] = []
    if input_format == 'video':
        videos = [str(path) for path in inside if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()]
    if videos:
        return videos
    if _has_images(Path(entry)):
        return [os.fspath(entry)]
    folders: list[VideoInput] = [str(path) for path in inside if path.is_dir() and _has_images(path)]
    if not folders:
        expected = 'videos, frames' if input_format == 'video' else 'frames'
        raise FileNotFoundError(f'The folder {os.fspath(entry)} holds no {expected} or folders of frames.')
    return folders


def _has_images(folder: Path) -> bool:
    return any(path.suffix.lower() in IMAGE_SUFFIXES for path in folder.iterdir())


def _check(entry: Any, input_format: InputFormat) -> None:
    if isinstance(entry, Mapping):
        return
    if input_format == 'array' or isinstance(entry, np.ndarray):
        if not isinstance(entry, np.ndarray) or input_format == 'rawframes':
            raise TypeError(f'input_format is {input_format!r}, the input is {_shown(entry)}.')
        return
    if not isinstance(entry, str | os.PathLike):
        raise TypeError(f'A video must be a path, a URL, an array (T, H, W, C) or a dict, got {_shown(entry)}.')
    path = os.fspath(entry)
    if input_format == 'rawframes':
        if not os.path.isdir(path):
            raise FileNotFoundError(f"input_format is 'rawframes', but there is no folder {path}.")
    elif not is_url(path) and not os.path.isdir(path):
        if not os.path.isfile(path):
            raise FileNotFoundError(f'There is no video and no folder of frames at {path}.')
        check_video_file(path)


def _shown(entry: Any) -> str:
    return f'{entry!r}' if isinstance(entry, str | os.PathLike) else f'a {type(entry).__name__}'
