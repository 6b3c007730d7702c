"""Frames to draw on: from a file, a folder of pictures or an array, in the size that is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmaction.video import VideoInput, list_images, open_reader, open_video
from mmaction.video.images import decode_image

DEFAULT_FPS = 30.0  # of arrays and folders of images, whose rate is unknown

Video = str | os.PathLike | np.ndarray | Sequence[np.ndarray]


def load_frames(video: Video) -> np.ndarray:
    """All frames of a video.

    Args:
        video: path of a video file or of a folder of pictures (taken in natural order), or RGB frames:
            uint8 (T, H, W, C) or a list of (H, W, C), C being 1 or 3.

    Returns:
        uint8 (T, H, W, 3), RGB.

    Raises:
        FileNotFoundError: there is nothing at the path. ValueError, TypeError: the frames are not such.
    """
    if isinstance(video, str | os.PathLike):
        return _load_path(Path(video))
    if not isinstance(video, np.ndarray | list | tuple):
        raise TypeError(f'A video must be a path, an array or a list of frames, got {type(video).__name__}.')
    frames = np.asarray(video) if isinstance(video, np.ndarray) else np.stack([np.asarray(f) for f in video])
    if frames.ndim == 3 and isinstance(video, list | tuple):
        frames = frames[..., None]
    if frames.ndim != 4 or frames.shape[-1] not in (1, 3) or not frames.size:
        raise ValueError(f'Frames must have the shape (T, H, W, 3) or (T, H, W, 1), got {frames.shape}.')
    if frames.dtype != np.uint8:
        raise TypeError(f'Frames must be uint8 in 0..255, got {frames.dtype}.')
    return frames if frames.shape[-1] == 3 else frames.repeat(3, axis=-1)


def _load_path(path: Path) -> np.ndarray:
    if path.is_dir():
        return np.stack([decode_image(file.read_bytes(), str(file)) for file in list_images(path)])
    if not path.is_file():
        raise FileNotFoundError(f'There is no video at {path}.')
    return read_video(path)


def read_video(path: str | os.PathLike, fps: float | None = None) -> np.ndarray:
    """Frames of a video file: all of them, or about ``fps`` a second where it has more.

    Returns:
        uint8 (T, H, W, 3), RGB.
    """
    with open_reader(path) as reader:
        indices = np.arange(reader.num_frames)
        if fps is not None and 0 < fps < reader.avg_fps:
            count = max(round(reader.num_frames * fps / reader.avg_fps), 1)
            indices = (np.arange(count) * reader.avg_fps / fps).astype(np.int64).clip(max=reader.num_frames - 1)
        return reader.get_frames(indices)


def frames_to_draw(video: VideoInput) -> tuple[np.ndarray | str, float]:
    """Frames (or the folder that holds them) and frames per second of an input."""
    if isinstance(video, Mapping):
        video = _of_record(video)
    if isinstance(video, np.ndarray) and video.shape[-1] != 3:
        raise ValueError(f'Labels are drawn on RGB frames (T, H, W, 3), got {video.shape}.')
    if isinstance(video, str | os.PathLike) and os.path.isdir(video):
        return os.fspath(video), DEFAULT_FPS  # not opened: its images need no numbers
    with open_video(video) as reader:
        return reader.get_frames(range(reader.num_frames)), reader.avg_fps or DEFAULT_FPS


def _of_record(record: Mapping[str, Any]) -> Any:
    for key in ('array', 'filename', 'frame_dir'):
        if key in record:
            return record[key]
    raise ValueError(f'There is no video to draw on: the dict has {sorted(record)}, not filename, frame_dir or array.')


def target_size(
    height: int, width: int, rescale_factor: float | None, target_resolution: Sequence[int | None] | None
) -> tuple[int, int]:
    """Height and width that frames are to be shown in.

    Args:
        height, width: of the frames.
        rescale_factor: multiplies both.
        target_resolution: (width, height); one of them may be -1 or None to keep the ratio. Goes before the factor.

    Frames whose short side is under 160 px are enlarged by the least whole number that makes it 224 px or more where
    neither is given, as no text can be read on them.
    """
    if target_resolution is not None:
        if len(target_resolution) != 2:
            raise ValueError(f'target_resolution ({target_resolution}) must be (width, height).')
        w, h = (None if v is None or v == -1 else int(v) for v in target_resolution)
        if w is None and h is None:
            return height, width
        if any(v is not None and v < 1 for v in (w, h)):
            raise ValueError(
                f'target_resolution ({tuple(target_resolution)}) must be positive, or -1 to keep the ratio.'
            )
        if w is None:
            w = max(round(width * h / height), 1)
        if h is None:
            h = max(round(height * w / width), 1)
        return h, w
    if rescale_factor is not None:
        if rescale_factor <= 0:
            raise ValueError(f'rescale_factor ({rescale_factor}) must be greater than 0.')
        return max(round(height * rescale_factor), 1), max(round(width * rescale_factor), 1)
    short = min(height, width)
    factor = -(-224 // short) if short < 160 else 1
    return height * factor, width * factor


def resize_frames(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize uint8 (T, H, W, 3) frames; the same array where the size is that already."""
    if frames.shape[1:3] == (height, width):
        return frames
    smaller = height * width < frames.shape[1] * frames.shape[2]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, (width, height), interpolation=how) for frame in frames])
