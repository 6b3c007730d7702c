"""Spatial transforms of pixels: pure functions of a clip (T, H, W, C), which never write to their input.

``crop``, ``flip``, ``invert_flow_x`` and ``resize`` also take a list of frames of different sizes.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from mmaction.datasets.transforms.frames import Clip, contiguous, each_frame, mirror
from mmaction.utils.buffers import empty

Direction = Literal['horizontal', 'vertical']
Interpolation = Literal['nearest', 'bilinear', 'bicubic', 'area', 'lanczos']

INTERPOLATIONS: dict[str, int] = {
    'nearest': cv2.INTER_NEAREST,
    'bilinear': cv2.INTER_LINEAR,
    'bicubic': cv2.INTER_CUBIC,
    'area': cv2.INTER_AREA,
    'lanczos': cv2.INTER_LANCZOS4,
}
_RESIZABLE = dict.fromkeys(map(np.dtype, ('uint8', 'int16', 'uint16', 'float32', 'float64')))
_FLIP_AXIS: dict[str, int] = {'horizontal': 2, 'vertical': 1}


def crop(clip: Clip, bbox: tuple[int, int, int, int]) -> Clip:
    """The part ``[top, bottom) x [left, right)`` of each frame, as a view. ``bbox`` is xyxy in pixels."""
    left, top, right, bottom = bbox
    return each_frame(clip, lambda frames: frames[:, top:bottom, left:right])


def crops(
    clip: np.ndarray,
    bboxes: list[tuple[int, int, int, int]],
    order: np.ndarray | None = None,
    flipped: bool = False,
) -> np.ndarray:
    """Several crops of one size one after the other; with ``flipped`` each is followed by its mirror image.

    Args:
        clip: (N, H, W, C).
        bboxes: xyxy in pixels.
        order: (T,), frames of the clip to crop, some more than once; default: each once.
        flipped: add the mirror images.

    Returns:
        (crops * T, h, w, C)
    """
    left, top, right, bottom = bboxes[0]
    copies = 2 if flipped else 1
    length = len(clip) if order is None else len(order)
    out = empty((len(bboxes), copies, length, bottom - top, right - left, clip.shape[3]), clip.dtype)
    for views, bbox in zip(out, bboxes):
        part = crop(clip, bbox)
        if order is None:
            views[0] = part
        else:
            for place, into in zip(order, views[0]):
                into[:] = part[place]
        if flipped:
            mirror(views[0], views[1])
    return out.reshape(-1, *out.shape[3:])


def flip(clip: Clip, direction: Direction = 'horizontal') -> Clip:
    """Mirror each frame, as a view."""
    return each_frame(clip, lambda frames: np.flip(frames, axis=_FLIP_AXIS[direction]))


def invert_flow_x(clip: Clip) -> Clip:
    """Negate the x component of optical flow (uint8, zero motion between 127 and 128), as mirroring demands.

    Frames of two channels hold x and y; gray frames alternate, x first.
    """
    if isinstance(clip, list):
        return [_invert_x(frame[None], number)[0] for number, frame in enumerate(clip)]
    return _invert_x(clip)


def _invert_x(clip: np.ndarray, first: int = 0) -> np.ndarray:
    """Negate x in a copy of a clip; ``first`` is the number of its first frame in the sample."""
    clip = contiguous(clip, copy=True)
    if clip.shape[3] == 1:
        clip[first % 2 :: 2] = 255 - clip[first % 2 :: 2]
    else:
        clip[..., 0] = 255 - clip[..., 0]
    return clip


def resize(clip: Clip, size: tuple[int, int], interpolation: Interpolation = 'bilinear') -> Clip:
    """Resize each frame to ``size`` (w, h) with OpenCV; a clip of that size already is returned as it is.

    Raises:
        ValueError: OpenCV does not resize arrays of that type.
    """
    return each_frame(clip, lambda frames: _resize(frames, size, interpolation))


def _resize(clip: np.ndarray, size: tuple[int, int], interpolation: Interpolation) -> np.ndarray:
    width, height = size
    if clip.shape[1:3] == (height, width):
        return clip
    if clip.dtype not in _RESIZABLE:
        raise ValueError(f'imgs of {clip.dtype} cannot be resized; make them one of {", ".join(map(str, _RESIZABLE))}.')
    if min(clip.strides) < 0:
        clip = contiguous(clip)  # OpenCV would copy each frame, slowly
    out = empty((len(clip), height, width, clip.shape[3]), clip.dtype)
    code = INTERPOLATIONS[interpolation]
    for frame, into in zip(clip, out):
        cv2.resize(frame, (width, height), dst=into, interpolation=code)
    return out
