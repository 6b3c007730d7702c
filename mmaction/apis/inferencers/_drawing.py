"""Paths of the drawn videos."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from mmaction.video import VideoInput, input_name

OutType = Literal['video', 'gif', 'img']
_SUFFIX: dict[str, str] = {'video': '.mp4', 'gif': '.gif', 'img': ''}


def output_paths(inputs: Sequence[VideoInput], vid_out_dir: str, out_type: OutType, start: int = 0) -> list[Path]:
    """``vid_out_dir/<name>.mp4`` (``.gif``, or a folder of images) of each input.

    Args:
        inputs: the videos.
        vid_out_dir: the folder.
        out_type: form of the result.
        start: number of the first one; arrays are named by it, ``00000000.mp4``.

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
