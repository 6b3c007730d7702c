"""Where the drawn video of an input goes, and the frames that are drawn on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from mmaction.apis._inputs import VideoInput, input_name

OutType = Literal['video', 'gif', 'img']
_SUFFIX: dict[str, str] = {'video': '.mp4', 'gif': '.gif', 'img': ''}
_FPS = 30.0  # of what does not know its rate


def output_paths(inputs: Sequence[VideoInput], vid_out_dir: str, out_type: OutType, start: int = 0) -> list[Path]:
    """``vid_out_dir/<name>.mp4`` (``.gif``, or a folder of pictures) of each input.

    Args:
        inputs: the videos.
        vid_out_dir: the folder.
        out_type: form of the result.
        start: number of the first one; arrays are called by it, ``00000000.mp4``.

    Raises:
        ValueError: unknown ``out_type``; an input would be overwritten.
    """
    if out_type not in get_args(OutType):
        raise ValueError(f'out_type ({out_type!r}) must be one of {", ".join(get_args(OutType))}.')
    taken: set[str] = set()
    paths = []
    for number, video in enumerate(inputs, start):
        stem = name = input_name(video) or f'{number:08}'
        count = 1
        while name in taken:  # files of one name from several folders
            name, count = f'{stem}_{count}', count + 1
        taken.add(name)
        path = Path(vid_out_dir, name + _SUFFIX[out_type])
        if isinstance(video, str | os.PathLike) and path.exists() and os.path.exists(video) and path.samefile(video):
            raise ValueError(f'The result would overwrite its input {os.fspath(video)}. Give another vid_out_dir.')
        paths.append(path)
    return paths


def frames_to_draw(video: VideoInput) -> tuple[np.ndarray | str, float]:
    """Frames (or the folder they are in) and frames a second of an input."""
    if isinstance(video, Mapping):
        video = _of_record(video)
    if isinstance(video, np.ndarray):
        if video.shape[-1] != 3:
            raise ValueError(f'Labels are drawn on RGB frames (T, H, W, 3), got {video.shape}.')
        return video, _FPS
    path = os.fspath(video)
    if os.path.isdir(path):
        return path, _FPS
    from mmaction.datasets.transforms.video import open_reader

    with open_reader(path) as reader:
        return reader.get_frames(np.arange(reader.num_frames)), reader.avg_fps or _FPS


def _of_record(record: Mapping[str, Any]) -> Any:
    for key in ('array', 'filename', 'frame_dir'):
        if key in record:
            return record[key]
    raise ValueError(f'There is no video to draw on: the dict has {sorted(record)}, not filename, frame_dir or array.')
