"""Names, places and frames: small things that scripts ask for."""

from __future__ import annotations

import inspect
import os
import secrets
import string
import tempfile
import threading
from typing import Any

import cv2
import numpy as np

from mmaction.visualization.video_io import VideoWriter

__all__ = ['VideoWriter', 'frame_extract', 'get_random_string', 'get_shm_dir', 'get_str_type', 'get_thread_id']

_CHUNK = 64  # frames decoded at once


def get_random_string(length: int = 15) -> str:
    """Letters and digits that no other process draws, whatever the seeds are."""
    return ''.join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def get_thread_id() -> int:
    """The number that the system has for this thread."""
    return threading.get_native_id()


def get_shm_dir() -> str:
    """A folder in memory, ``/dev/shm``; where there is none, that of temporary files."""
    return '/dev/shm' if os.path.isdir('/dev/shm') else tempfile.gettempdir()


def get_str_type(module: Any) -> str | None:
    """Name of a class or function, for the key ``type`` of a config; a string stays; None of all else."""
    if isinstance(module, str):
        return module
    return module.__name__ if inspect.isclass(module) or inspect.isfunction(module) else None


def frame_extract(
    video_path: str | os.PathLike, short_side: int | None = None, out_dir: str | os.PathLike = './tmp'
) -> tuple[list[str], list[np.ndarray]]:
    """Write the frames of a video to ``out_dir/<name of the video>/img_000001.jpg, ...``.

    Args:
        video_path: path or http(s) address.
        short_side: resize to this length of the shorter side, px; the ratio is kept.
        out_dir: folder above that of the frames.

    Returns:
        Paths of the files, and the frames: uint8 (H, W, 3) each, in OpenCV's order BGR.

    Raises:
        ValueError: ``short_side`` is not positive. And what :func:`open_reader` raises.
    """
    from mmaction.apis._inputs import input_name
    from mmaction.datasets.transforms.video import open_reader

    if short_side is not None and short_side < 1:
        raise ValueError(f'short_side ({short_side}) must be at least 1.')
    folder = os.path.join(out_dir, input_name(os.fspath(video_path)) or 'video')
    paths, frames = [], []
    with open_reader(os.fspath(video_path)) as reader:
        os.makedirs(folder, exist_ok=True)
        for start in range(0, reader.num_frames, _CHUNK):
            for image in reader.get_frames(np.arange(start, min(start + _CHUNK, reader.num_frames))):
                frame = _resized(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), short_side)
                path = os.path.join(folder, f'img_{len(paths) + 1:06d}.jpg')
                if not cv2.imwrite(path, frame):
                    raise OSError(f'The picture {path} cannot be written.')
                paths.append(path)
                frames.append(frame)
    return paths, frames


def _resized(image: np.ndarray, short_side: int | None) -> np.ndarray:
    height, width = image.shape[:2]
    if short_side is None or min(height, width) == short_side:
        return image
    scale = short_side / min(height, width)
    return cv2.resize(image, (int(width * scale + 0.5), int(height * scale + 0.5)), interpolation=cv2.INTER_LINEAR)
