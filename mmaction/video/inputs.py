"""The forms in which a caller can give a video, and the record that a pipeline starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlparse

import numpy as np
import numpy.typing as npt

from mmaction.video.errors import VideoDecodeError
from mmaction.video.folder import Modality, scan_frames
from mmaction.video.readers.pyav import probe
from mmaction.video.source import is_url, resolve_source
from mmaction.video.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES

__all__ = ['FrameNaming', 'Kind', 'VideoInput', 'check_video_file', 'describe_input', 'input_name']

Kind = Literal['video', 'rawframes', 'array', 'other']
VideoInput = str | os.PathLike[str] | npt.NDArray[np.uint8] | Mapping[str, Any]

_MODALITY_OF_CHANNELS: dict[int, Modality] = {2: 'Flow', 3: 'RGB'}
_KIND_OF_KEY: dict[str, Kind] = {'array': 'array', 'filename': 'video', 'frame_dir': 'rawframes'}


@dataclass(frozen=True)
class FrameNaming:
    """Naming scheme of folders of frames, see :func:`mmaction.video.folder.scan_frames`."""

    filename_tmpl: str | None = 'img_{:05}.jpg'
    modality: Modality = 'RGB'
    start_index: int | None = None


def describe_input(video: VideoInput, naming: FrameNaming = FrameNaming()) -> tuple[Kind, dict[str, Any]]:
    """The kind of an input and its record.

    Args:
        video: path of a video file or of a folder of frames, http(s) URL, frames as uint8 (T, H, W, 3) in RGB or
            (T, H, W, 2) of flow, or a record, which is copied.
        naming: naming scheme of the frames in a folder.

    Raises:
        FileNotFoundError: there is nothing at the path, or no frames in the folder, or a frame is missing.
        ValueError: the file is not a video; the array has another shape.
        TypeError: the input is of another type.
    """
    if isinstance(video, Mapping):
        kinds = (kind for key, kind in _KIND_OF_KEY.items() if key in video)
        return next(kinds, 'other'), dict(video)
    if isinstance(video, np.ndarray):
        return 'array', _record_of_array(video)
    if not isinstance(video, str | os.PathLike):
        raise TypeError(
            'A video must be a path, a URL, an array (T, H, W, C) or a dict (a record of a pipeline), '
            f'got {type(video).__name__}.'
        )
    path = os.fspath(video)
    if is_url(path):
        return 'video', _record_of_file(path)
    if os.path.isdir(path):
        frames = scan_frames(path, naming.filename_tmpl, naming.modality, naming.start_index)
        return 'rawframes', dict(frame_dir=path, label=-1, modality=naming.modality, **vars(frames))
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no video and no folder of frames at {path}.')
    check_video_file(path)
    return 'video', _record_of_file(path)


def check_video_file(path: str) -> None:
    """Raise ValueError where a file is not a video. A file with an unusual suffix is probed."""
    suffix = Path(path).suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return
    if suffix in IMAGE_SUFFIXES:
        raise ValueError(f'{path} is an image. Give a video, or the folder that holds the frames of one.')
    try:
        probe(resolve_source(path))
    except VideoDecodeError as error:
        raise ValueError(
            f'{path} is not a readable video: {suffix or "no suffix"} is none of the known suffixes '
            f'({" ".join(VIDEO_SUFFIXES)}), and probing it failed: {error}'
        ) from error


def input_name(video: Any) -> str | None:
    """Base name of the file, folder or URL without its suffix; None for anything without a name."""
    if isinstance(video, Mapping):
        video = video.get('filename') or video.get('frame_dir')
    if not isinstance(video, str | os.PathLike):
        return None
    text = os.fspath(video)
    if is_url(text):
        text = unquote(urlparse(text).path)
    path = Path(text.rstrip('/') or text)
    name = path.name if path.is_dir() else path.stem
    return name or None


def _record_of_file(filename: str) -> dict[str, Any]:
    return dict(filename=filename, label=-1, start_index=0, modality='RGB')


def _record_of_array(array: npt.NDArray[Any]) -> dict[str, Any]:
    if array.ndim != 4 or array.shape[-1] not in _MODALITY_OF_CHANNELS or not array.size:
        raise ValueError(f'An array must be (T, H, W, 3) for RGB or (T, H, W, 2) for flow, got {array.shape}.')
    if array.dtype != np.uint8:
        raise TypeError(f'An array of frames must be uint8 in 0..255, got {array.dtype}.')
    modality = _MODALITY_OF_CHANNELS[array.shape[-1]]
    return dict(array=array, total_frames=len(array), label=-1, start_index=0, modality=modality)
