"""Changes of colour: pure functions of a clip, uint8 (T, H, W, C), RGB. Statistics are taken frame by frame.

The numbers are those of torchvision's functions of the same names on uint8 tensors: results are clipped and rounded
towards zero. Whatever maps a value by itself is done with a table of 256 values and not in float arrays.
"""

from __future__ import annotations

import cv2
import numpy as np

from mmaction.utils.buffers import empty

_LEVELS = np.arange(256, dtype=np.float32)
_GREY = np.array([0.2989, 0.587, 0.114], dtype=np.float32)


def _to_uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def _look_up(clip: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Map each value through ``table`` (256,)."""
    flat = np.ascontiguousarray(clip).reshape(len(clip), -1)
    return cv2.LUT(flat, table).reshape(clip.shape)


def _look_up_each(clip: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Map each frame, and each channel of it, through its own table: ``tables`` is (T, 256, C or 1)."""
    out = empty(clip.shape, clip.dtype)
    for frame, table, into in zip(clip, tables, out):
        into[:] = cv2.LUT(np.ascontiguousarray(frame), np.ascontiguousarray(table[None])).reshape(into.shape)
    return out


def _blend(clip: np.ndarray, other: np.ndarray, factor: float) -> np.ndarray:
    """``factor * clip + (1 - factor) * other``, also outside of 0..1."""
    out = empty(clip.shape)
    for frame, against, into in zip(clip, other, out):  # by frames: the float arrays stay in the cache
        mixed = frame * np.float32(factor)
        mixed += against * np.float32(1 - factor)
        into[:] = _to_uint8(mixed)
    return out


def rgb_to_grey(clip: np.ndarray) -> np.ndarray:
    """Luminance (ITU-R 601), rounded towards zero.

    Returns:
        uint8 (T, H, W)
    """
    return (clip @ _GREY).astype(np.uint8)


def brightness(clip: np.ndarray, factor: float) -> np.ndarray:
    """Multiply by ``factor``; 0 is black."""
    return _look_up(clip, _to_uint8(_LEVELS * np.float32(factor)))


def contrast(clip: np.ndarray, factor: float) -> np.ndarray:
    """Blend with the mean luminance of the frame; 0 is grey."""
    means = rgb_to_grey(clip).reshape(len(clip), -1).mean(axis=1, dtype=np.float64).astype(np.float32)
    tables = _LEVELS * np.float32(factor) + means[:, None] * np.float32(1 - factor)  # (T, 256)
    return _look_up_each(clip, _to_uint8(tables)[..., None])


def saturation(clip: np.ndarray, factor: float) -> np.ndarray:
    """Blend with the luminance; 0 is black and white."""
    return _blend(clip, rgb_to_grey(clip)[..., None], factor)


def hue(clip: np.ndarray, factor: float) -> np.ndarray:
    """Turn the hue by ``factor`` of the full circle, -0.5 to 0.5."""
    out = empty(clip.shape)
    for frame, into in zip(clip, out):
        hsv = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)  # H in [0, 360)
        hsv[..., 0] = (hsv[..., 0] + np.float32(360 * factor)) % 360
        # just below 1 of 256: the inverse of / 255 under truncation, as torchvision's conversion has it
        into[:] = _to_uint8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * np.float32(255 + 1 - 1e-3))
    return out


def invert(clip: np.ndarray) -> np.ndarray:
    """The negative."""
    return 255 - clip


def posterize(clip: np.ndarray, bits: int) -> np.ndarray:
    """Keep the ``bits`` highest bits of each value."""
    return clip & np.uint8((0xFF << (8 - bits)) & 0xFF)


def solarize(clip: np.ndarray, threshold: float) -> np.ndarray:
    """Invert the values from ``threshold`` (0..255) on."""
    return _look_up(clip, np.where(threshold > _LEVELS, _LEVELS, 255 - _LEVELS).astype(np.uint8))


def auto_contrast(clip: np.ndarray) -> np.ndarray:
    """Stretch each channel of each frame to 0..255; a channel of one value stays."""
    # rows first: both axes at once would step through the pixels three bytes at a time
    low = clip.min(axis=1).min(axis=1).astype(np.float32)[:, None]  # (T, 1, C)
    high = clip.max(axis=1).max(axis=1).astype(np.float32)[:, None]
    flat = low == high
    scale = np.float32(1) / np.where(flat, np.float32(1), high - low) * np.float32(255)  # torch divides in this order
    stretched = (_LEVELS[:, None] - low) * scale
    return _look_up_each(clip, _to_uint8(np.where(flat, _LEVELS[:, None], stretched)))


def equalize(clip: np.ndarray) -> np.ndarray:
    """Equalise the histogram of each channel of each frame."""
    num_frames = len(clip)
    channels = clip.shape[3]
    counts = [cv2.calcHist([f], [c], None, [256], [0, 256]).reshape(-1) for f in clip for c in range(channels)]
    histogram = np.stack(counts).astype(np.int64)  # (T*C, 256)
    last = 255 - np.argmax(histogram[:, ::-1] > 0, axis=1)  # the highest value that occurs
    step = (histogram.sum(axis=1) - np.take_along_axis(histogram, last[:, None], axis=1)[:, 0]) // 255
    below = np.cumsum(histogram, axis=1) - histogram
    tables = np.clip((below + (step // 2)[:, None]) // np.maximum(step, 1)[:, None], 0, 255)
    tables = np.where(step[:, None] == 0, np.arange(256), tables).astype(np.uint8)
    return _look_up_each(clip, tables.reshape(num_frames, channels, 256).transpose(0, 2, 1))


_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], dtype=np.float32) / 13


def sharpness(clip: np.ndarray, factor: float) -> np.ndarray:
    """Blend with a smoothed copy; 0 is blurred, 1 the clip itself. The outermost pixels stay."""
    if min(clip.shape[1:3]) <= 2:
        return clip
    smooth = clip.copy()
    for frame, into in zip(clip, smooth):
        blurred = cv2.filter2D(frame.astype(np.float32), -1, _SMOOTH).reshape(frame.shape)
        into[1:-1, 1:-1] = np.rint(blurred[1:-1, 1:-1]).astype(np.uint8)
    return _blend(clip, smooth, factor)
