"""Frames to draw on: from a file, a folder of images or an array, in the requested size."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.video import VideoInput, list_images, open_reader, open_video
from mmaction.video.images import decode_image

DEFAULT_FPS = 30.0  # of arrays and folders of images, whose rate is unknown

_READABLE_SIDE = 160  # pixels; no text can be read on smaller frames
_ENLARGED_SIDE = 224

Frames = npt.NDArray[np.uint8]
Video = str | os.PathLike[str] | Frames | Sequence[Frames]


def load_frames(video: Video) -> Frames:
    """All frames of a video.

    Args:
        video: path of a video file or of a folder of images (in natural order of their names), or RGB frames:
            uint8 (T, H, W, C) or a list of (H, W, C), C being 1 or 3.

    Returns:
        uint8 (T, H, W, 3), RGB.

    Raises:
        FileNotFoundError: there is nothing at the path; or the images are numbered, and one is missing.
        ValueError: the frames have another shape.
        TypeError: the frames are not uint8, or the video is of another type.
    """
    if isinstance(video, str | os.PathLike):
        return _load_path(Path(video))
    if not isinstance(video, np.ndarray | list | tuple):
        raise TypeError(f'A video must be a path, an array or a list of frames, got {type(video).__name__}.')
    frames = np.asarray(video) if isinstance(video, np.ndarray) else np.stack([np.asarray(f) for f in video])
    if frames.ndim == 3 and isinstance(video, list | tuple):
        frames = frames[..., None]  # gray frames (H, W)
    if frames.ndim != 4 or frames.shape[-1] not in (1, 3) or not frames.size:
        raise ValueError(f'Frames must have the shape (T, H, W, 3) or (T, H, W, 1), got {frames.shape}.')
    if frames.dtype != np.uint8:
        raise TypeError(f'Frames must be uint8 in 0..255, got {frames.dtype}.')
    if frames.shape[-1] == 1:
        return frames.repeat(3, axis=-1)
    return frames


def _load_path(path: Path) -> Frames:
    # Not open_video: the images of a folder to draw on need no numbers in their names.
    if path.is_dir():
        return np.stack(list(_images(path)))
    if not path.is_file():
        raise FileNotFoundError(f'There is no video at {path}.')
    return read_video(path)


def _images(folder: Path) -> Iterator[Frames]:
    for file in list_images(folder):
        yield decode_image(file.read_bytes(), str(file))


def read_video(path: str | os.PathLike[str], fps: float | None = None) -> Frames:
    """Frames of a video file: all of them, or about ``fps`` per second where it has more.

    Returns:
        uint8 (T, H, W, 3), RGB.
    """
    with open_reader(path) as reader:
        indices = np.arange(reader.num_frames)
        if fps is not None and 0 < fps < reader.avg_fps:
            step = reader.avg_fps / fps
            count = max(round(reader.num_frames / step), 1)
            indices = (np.arange(count) * step).astype(np.int64).clip(max=reader.num_frames - 1)
        return reader.get_frames(indices)


def frames_to_draw(video: VideoInput) -> tuple[Frames | str, float]:
    """Frames (or the folder that holds them) and frames per second of an input.

    Raises:
        ValueError: the input has no RGB frames.
    """
    if isinstance(video, Mapping):
        video = _video_of_record(video)
    if isinstance(video, np.ndarray) and video.shape[-1] != 3:
        raise ValueError(f'Labels are drawn on RGB frames (T, H, W, 3), got {video.shape}.')
    if isinstance(video, str | os.PathLike) and os.path.isdir(video):
        return os.fspath(video), DEFAULT_FPS
    with open_video(video) as reader:
        return reader.get_frames(range(reader.num_frames)), reader.avg_fps or DEFAULT_FPS


def iter_frames_to_draw(video: VideoInput) -> tuple[Iterator[Frames], float]:
    """Frames (H, W, 3) of a video one by one, of which few are in memory at any time, and frames per second."""
    if isinstance(video, str | os.PathLike) and os.path.isdir(video):
        return _images(Path(video)), DEFAULT_FPS
    reader = open_video(video)

    def frames() -> Iterator[Frames]:
        with reader:
            yield from reader.iter_frames()

    return frames(), reader.avg_fps or DEFAULT_FPS


def _video_of_record(record: Mapping[str, Any]) -> Any:
    for key in ('array', 'filename', 'frame_dir'):
        if key in record:
            return record[key]
    raise ValueError(f'There is no video to draw on: the dict has {sorted(record)}, not filename, frame_dir or array.')


def target_size(
    height: int, width: int, rescale_factor: float | None, target_resolution: Sequence[int | None] | None
) -> tuple[int, int]:
    """Height and width in which frames are shown.

    Frames whose short side is under 160 px are enlarged by the smallest integer that makes it 224 px or more where
    neither size nor factor is given: no text can be read on them.

    Args:
        height: of the frames.
        width: of the frames.
        rescale_factor: multiplies both.
        target_resolution: (width, height); one of them may be -1 or None to keep the aspect ratio. Takes precedence
            over the factor.

    Raises:
        ValueError: a size or the factor is not positive.
    """
    if target_resolution is not None:
        return _target_resolution(height, width, target_resolution)
    if rescale_factor is not None:
        if rescale_factor <= 0:
            raise ValueError(f'rescale_factor ({rescale_factor}) must be greater than 0.')
        return max(round(height * rescale_factor), 1), max(round(width * rescale_factor), 1)
    short = min(height, width)
    factor = 1
    if short < _READABLE_SIDE:
        factor = -(-_ENLARGED_SIDE // short)  # rounded up
    return height * factor, width * factor


def _target_resolution(height: int, width: int, resolution: Sequence[int | None]) -> tuple[int, int]:
    if len(resolution) != 2:
        raise ValueError(f'target_resolution ({resolution}) must be (width, height).')
    new_width, new_height = (-1 if side is None else int(side) for side in resolution)
    if any(side < 1 and side != -1 for side in (new_width, new_height)):
        raise ValueError(f'target_resolution ({tuple(resolution)}) must be positive, or -1 to keep the ratio.')
    if new_width == new_height == -1:
        return height, width
    if new_width == -1:
        new_width = max(round(width * new_height / height), 1)
    if new_height == -1:
        new_height = max(round(height * new_width / width), 1)
    return new_height, new_width


def resize_frames(frames: Frames, height: int, width: int) -> Frames:
    """Resize uint8 (T, H, W, 3) frames; the same array where they have that size."""
    if frames.shape[1:3] == (height, width):
        return frames
    is_smaller = height * width < frames.shape[1] * frames.shape[2]
    interpolation = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, (width, height), interpolation=interpolation) for frame in frames])
