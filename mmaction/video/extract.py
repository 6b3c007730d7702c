"""Extract the frames of a video into a folder of images."""

from __future__ import annotations

import os

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.video.cut import resize_short_side
from mmaction.video.inputs import input_name
from mmaction.video.open import open_video
from mmaction.video.writer import write_image

__all__ = ['frame_extract']


def frame_extract(
    video_path: str | os.PathLike[str], short_side: int | None = None, out_dir: str | os.PathLike[str] = './tmp'
) -> tuple[list[str], list[npt.NDArray[np.uint8]]]:
    """Write the frames of a video to ``out_dir/<name of the video>/img_000001.jpg, ...``.

    Args:
        video_path: path or http(s) URL.
        short_side: resize to this length of the shorter side, in pixels; the aspect ratio is kept.
        out_dir: parent folder of the folder of frames.

    Returns:
        Paths of the files, and the frames: uint8 (H, W, 3) each, in OpenCV's order BGR.

    Raises:
        ValueError: ``short_side`` is not positive. And what :func:`open_video` raises.
    """
    if short_side is not None and short_side < 1:
        raise ValueError(f'short_side ({short_side}) must be at least 1.')
    folder = os.path.join(out_dir, input_name(video_path) or 'video')
    paths = []
    frames = []
    with open_video(video_path) as reader:
        os.makedirs(folder, exist_ok=True)
        for number, image in enumerate(reader.iter_frames(), start=1):
            resized = resize_short_side(image, short_side, shrink=cv2.INTER_LINEAR)
            path = os.path.join(folder, f'img_{number:06d}.jpg')
            write_image(path, resized)
            paths.append(path)
            frames.append(np.ascontiguousarray(resized[..., ::-1]))
    return paths, frames
