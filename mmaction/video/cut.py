"""Write a part of a video to a file of its own, at another frame rate or size if asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.utils.check import positive
from mmaction.utils.files import complete_or_absent
from mmaction.video.open import open_video
from mmaction.video.reader import FrameReader
from mmaction.video.writer import write_frames

__all__ = ['cut_video', 'resize_short_side']

_AT_ONCE = 32  # frames in memory


def cut_video(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    start_sec: float = 0.0,
    end_sec: float | None = None,
    fps: float | None = None,
    short_side: int | None = None,
) -> int:
    """Write the frames in [start_sec, end_sec) of a video, without its audio.

    Args:
        source: the video.
        target: file to write; its suffix chooses the format. An interrupted run leaves none.
        start_sec: time of the first frame.
        end_sec: where to end; default, and limit: the end of the video.
        fps: frames per second of the target; frames are dropped or repeated. Default: those of the source.
        short_side: length of the shorter side of the target in pixels; default: that of the source.

    Returns:
        Number of frames of the target.

    Raises:
        ValueError: the interval holds no frame of the video, or an argument is not positive.
    """
    positive(1.0 if fps is None else fps, 'fps')
    positive(1 if short_side is None else short_side, 'short_side')
    with open_video(source) as reader:
        rate = reader.avg_fps
        if not rate > 0:
            raise ValueError(f'{os.fspath(source)} does not tell its frame rate, so that it cannot be cut by time.')
        first = max(round(start_sec * rate), 0)
        last = reader.num_frames if end_sec is None else min(round(end_sec * rate), reader.num_frames)
        if first >= last:
            end = 'end' if end_sec is None else f'{end_sec:g}'
            length = reader.num_frames / rate
            raise ValueError(f'{os.fspath(source)}, {length:.2f} s long, has no frame in [{start_sec:g}, {end}) s.')
        target_rate = rate if fps is None else fps
        count = max(round((last - first) / rate * target_rate), 1)
        # The epsilon keeps k * (30 / 15) from falling below its integer.
        steps = np.floor(np.arange(count) * (rate / target_rate) + 1e-6).astype(np.int64)
        indices = np.minimum(first + steps, last - 1)
        with complete_or_absent(os.fspath(target)) as unfinished:
            write_frames(unfinished, _frames(reader, indices, short_side), target_rate)
    return count


def _frames(
    reader: FrameReader, indices: npt.NDArray[np.int64], short_side: int | None
) -> Iterator[npt.NDArray[np.uint8]]:
    for start in range(0, len(indices), _AT_ONCE):
        for frame in reader.get_frames(indices[start : start + _AT_ONCE]):
            yield resize_short_side(frame, short_side)


def resize_short_side(
    image: npt.NDArray[np.uint8], short_side: int | None, shrink: int = cv2.INTER_AREA
) -> npt.NDArray[np.uint8]:
    """Resize an image (H, W, C), keeping its aspect ratio; enlarged images are interpolated bilinearly.

    Args:
        image: uint8 (H, W, C).
        short_side: length of the shorter side in pixels; None keeps the image.
        shrink: OpenCV's interpolation where the image shrinks. Averaging, the default, avoids aliasing.
    """
    height, width = image.shape[:2]
    if short_side is None or min(height, width) == short_side:
        return image
    scale = short_side / min(height, width)
    size = (int(width * scale + 0.5), int(height * scale + 0.5))
    interpolation = shrink if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
