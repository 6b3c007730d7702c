"""Videos that a dataset lists and cannot be decoded."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from mmaction.distributed.jobs import map_parallel
from mmaction.video import VideoDecodeError, open_reader, open_video
from mmaction.video.open import Backend

_OTHERS = 3  # frames to decode besides the first and the last one


def check_videos(dataset: Any, decoder: Backend, num_workers: int) -> Iterator[tuple[str, str | None]]:
    """Decode the first, the last and three other frames of each video of a dataset.

    Args:
        dataset: its records have ``filename`` or ``frame_dir``; its pipeline is not used.
        decoder: ``'decord'``, ``'opencv'`` or ``'pyav'``; a file that is unsafe for the first two is read with PyAV, as
            in training.
        num_workers: processes.

    Yields:
        Path and, for an unreadable video, the reason. Each video once, in the order of the dataset.
    """
    records: dict[str, dict[str, Any]] = {}
    for index in range(len(dataset)):
        record = dataset.get_data_info(index)
        records.setdefault(path_of(record), record)
    yield from map_parallel(partial(_check, decoder), list(records.values()), num_workers, chunk=8)


def path_of(record: Mapping[str, Any]) -> str:
    """Path of the video, or of the folder of frames, of a record.

    Raises:
        ValueError: the record has neither.
    """
    path = record.get('filename') or record.get('frame_dir')
    if path is None:
        raise ValueError(f'The records have no videos: neither filename nor frame_dir, only {sorted(record)}.')
    return str(path)


def _check(decoder: Backend, record: Mapping[str, Any]) -> tuple[str, str | None]:
    path = path_of(record)
    try:
        reader = open_reader(path, decoder) if 'filename' in record else open_video(record)
        with reader:
            reader.get_frames(_some_frames(reader.num_frames, path))
    except (VideoDecodeError, OSError, ValueError) as error:
        return path, ' '.join(str(error).split())
    return path, None


def _some_frames(total: int, path: str) -> list[int]:
    """The first, the last, and others that are the same in each run."""
    if not total:
        raise ValueError('it has no frames')
    others = np.random.default_rng(zlib.crc32(path.encode())).integers(total, size=_OTHERS)
    return sorted({0, total - 1, *others.tolist()})
