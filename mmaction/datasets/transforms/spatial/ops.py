"""Spatial transforms of pixels: pure functions of a clip (T, H, W, C), which never write to their input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

Direction = Literal['horizontal', 'vertical']
Interpolation = Literal['nearest', 'bilinear', 'bicubic', 'area', 'lanczos']

INTERPOLATIONS: dict[str, int] = {
    'nearest': cv2.INTER_NEAREST,
    'bilinear': cv2.INTER_LINEAR,
    'bicubic': cv2.INTER_CUBIC,
    'area': cv2.INTER_AREA,
    'lanczos': cv2.INTER_LANCZOS4,
}
_FLIP_AXIS: dict[str, int] = {'horizontal': 2, 'vertical': 1}


def as_clip(imgs: np.ndarray | Sequence) -> np.ndarray:
    """Join the frames of a sample in one array (T, H, W, C); grey frames get one channel.

    An array is returned unchanged; a sequence of (H, W, C) or (H, W) frames, as a user's transform may leave it, is
    copied.

    Raises:
        ValueError: there are no frames, or they differ in shape, or have neither two nor three dimensions.
    """
    if not isinstance(imgs, np.ndarray):
        if len(imgs) == 0:
            raise ValueError('imgs is an empty list; a sample needs at least one frame.')
        frames = [np.asarray(frame) for frame in imgs]
        shapes = list(dict.fromkeys(frame.shape for frame in frames))
        if len(shapes) > 1:
            raise ValueError(f'The frames in imgs differ in shape ({shapes[0]} and {shapes[1]}); resize them first.')
        imgs = np.stack(frames)
    if imgs.ndim == 3:
        imgs = imgs[..., None]
    if imgs.ndim != 4:
        raise ValueError(f'imgs must be (T, H, W, C) or a list of (H, W, C) frames, found shape {imgs.shape}.')
    return imgs


def crop(clip: np.ndarray, bbox: tuple[int, int, int, int]) -> np.ndarray:
    """The part ``[top, bottom) x [left, right)`` of each frame, as a view. ``bbox`` is xyxy in pixels."""
    left, top, right, bottom = bbox
    return clip[:, top:bottom, left:right]


def crops(clip: np.ndarray, bboxes: list[tuple[int, int, int, int]], flipped: bool = False) -> np.ndarray:
    """Several crops of one size one after the other; with ``flipped`` each is followed by its mirror image.

    Returns:
        (crops * T, h, w, C)
    """
    left, top, right, bottom = bboxes[0]
    copies = 2 if flipped else 1
    out = np.empty((len(bboxes), copies, len(clip), bottom - top, right - left, clip.shape[3]), clip.dtype)
    for views, bbox in zip(out, bboxes):
        views[0] = crop(clip, bbox)
        if flipped:
            _mirror(views[0], views[1])
    return out.reshape(-1, *out.shape[3:])


def flip(clip: np.ndarray, direction: Direction = 'horizontal') -> np.ndarray:
    """Mirror each frame, as a view."""
    return np.flip(clip, axis=_FLIP_AXIS[direction])


def _mirror(clip: np.ndarray, out: np.ndarray) -> None:
    """Write the mirror image of each frame of ``clip`` into ``out``."""
    if clip.dtype != np.uint8 or clip.shape[3] > 4:
        out[:] = clip[:, :, ::-1]
        return
    for frame, into in zip(clip, out):
        cv2.flip(frame, 1, dst=into)  # numpy takes pixels of three bytes one by one: thirty times as long


def contiguous(clip: np.ndarray, copy: bool = False) -> np.ndarray:
    """The clip with its values one after the other in memory; the clip itself where that is so already.

    Args:
        copy: copy in any case.
    """
    if clip.flags.c_contiguous:
        return clip.copy() if copy else clip
    if clip.ndim != 4 or clip.strides[2] > 0:
        return np.ascontiguousarray(clip)
    out = np.empty(clip.shape, clip.dtype)
    _mirror(clip[:, :, ::-1], out)
    return out


def invert_flow_x(clip: np.ndarray) -> np.ndarray:
    """Negate the x component of optical flow (uint8, zero motion between 127 and 128), as mirroring demands.

    Frames of two channels hold x and y; grey frames alternate, x first.
    """
    clip = contiguous(clip, copy=True)
    if clip.shape[3] == 1:
        clip[::2] = 255 - clip[::2]
    else:
        clip[..., 0] = 255 - clip[..., 0]
    return clip


def resize(clip: np.ndarray, size: tuple[int, int], interpolation: Interpolation = 'bilinear') -> np.ndarray:
    """Resize each frame to ``size`` (w, h) with OpenCV; a clip of that size already is returned as it is."""
    width, height = size
    if clip.shape[1:3] == (height, width):
        return clip
    if min(clip.strides) < 0:
        clip = contiguous(clip)  # OpenCV would copy each frame, slowly
    out = np.empty((len(clip), height, width, clip.shape[3]), clip.dtype)
    code = INTERPOLATIONS[interpolation]
    for frame, into in zip(clip, out):
        cv2.resize(frame, (width, height), dst=into, interpolation=code)
    return out
