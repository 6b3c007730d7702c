"""What a caller gives for a video, as the record that a pipeline starts from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmaction.apis._frames import PICTURES, scan_frames

Kind = Literal['video', 'rawframes', 'array', 'other']
VideoInput = str | os.PathLike | np.ndarray | Mapping[str, Any]

# what is taken for a video without a look inside
VIDEOS = (
    '.3gp',
    '.asf',
    '.avi',
    '.flv',
    '.gif',
    '.m2ts',
    '.m4v',
    '.mkv',
    '.mov',
    '.mp4',
    '.mpeg',
    '.mpg',
    '.mts',
    '.ogv',
    '.ts',
    '.vob',
    '.webm',
    '.wmv',
)
_MODALITY_OF_CHANNELS = {2: 'Flow', 3: 'RGB'}
_KEYS: dict[str, Kind] = {'array': 'array', 'filename': 'video', 'frame_dir': 'rawframes'}


@dataclass(frozen=True)
class FrameNaming:
    """What is known of folders of frames, see :func:`mmaction.apis._frames.scan_frames`."""

    filename_tmpl: str | None = 'img_{:05}.jpg'
    modality: str = 'RGB'
    start_index: int | None = None


def is_url(text: str) -> bool:
    return re.match(r'https?://', text) is not None


def describe_input(video: VideoInput, naming: FrameNaming = FrameNaming()) -> tuple[Kind, dict[str, Any]]:
    """The kind of an input and the record of it.

    Args:
        video: path of a video file or of a folder of frames, http(s) address, frames as uint8 (T, H, W, 3) in RGB or
            (T, H, W, 2) of flow, or a record, which is copied.
        naming: how frames are named.

    Raises:
        FileNotFoundError: there is nothing at the path, or no frames in the folder.
        ValueError: the file is no video; the array is of another shape.
        TypeError: it is of another type.
    """
    if isinstance(video, Mapping):
        return next((kind for key, kind in _KEYS.items() if key in video), 'other'), dict(video)
    if isinstance(video, np.ndarray):
        return 'array', _of_array(video)
    if not isinstance(video, str | os.PathLike):
        raise TypeError(
            'A video must be a path, an address, an array (T, H, W, C) or a dict (a record of a pipeline), '
            f'got {type(video).__name__}.'
        )
    path = os.fspath(video)
    if is_url(path):
        return 'video', _of_file(path)
    if os.path.isdir(path):
        frames = scan_frames(path, naming.filename_tmpl, naming.modality, naming.start_index)
        return 'rawframes', dict(frame_dir=path, label=-1, modality=naming.modality, **vars(frames))
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no video and no folder of frames at {path}.')
    check_video_file(path)
    return 'video', _of_file(path)


def check_video_file(path: str) -> None:
    """Raise ValueError where a file is no video. One with an unusual suffix is tried."""
    suffix = Path(path).suffix.lower()
    if suffix in VIDEOS:
        return
    if suffix in PICTURES:
        raise ValueError(f'{path} is a picture. Give a video, or the folder that holds the frames of one.')
    from mmaction.datasets.transforms.video import VideoDecodeError, open_reader

    try:
        open_reader(path, 'pyav').close()
    except VideoDecodeError as error:
        raise ValueError(
            f'{path} is not a video that can be read: {suffix or "no suffix"} is none of the known suffixes '
            f'({" ".join(VIDEOS)}), and trying it gave: {error}'
        ) from error


def _of_file(filename: str) -> dict[str, Any]:
    return dict(filename=filename, label=-1, start_index=0, modality='RGB')


def _of_array(array: np.ndarray) -> dict[str, Any]:
    if array.ndim != 4 or array.shape[-1] not in _MODALITY_OF_CHANNELS or not array.size:
        raise ValueError(f'An array must be (T, H, W, 3) for RGB or (T, H, W, 2) for flow, got {array.shape}.')
    if array.dtype != np.uint8:
        raise TypeError(f'An array of frames must be uint8 in 0..255, got {array.dtype}.')
    return dict(
        array=array, total_frames=len(array), label=-1, start_index=0, modality=_MODALITY_OF_CHANNELS[array.shape[-1]]
    )


def input_name(video: VideoInput) -> str | None:
    """Base name of the file, folder or address without its suffix; None where it has none."""
    if isinstance(video, Mapping):
        video = video.get('filename') or video.get('frame_dir')
    if not isinstance(video, str | os.PathLike):
        return None
    text = os.fspath(video)
    if is_url(text):
        from urllib.parse import unquote, urlparse

        text = unquote(urlparse(text).path)
    path = Path(text.rstrip('/') or text)
    return (path.name if path.is_dir() else path.stem) or None
