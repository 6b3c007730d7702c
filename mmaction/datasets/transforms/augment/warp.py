"""Affine changes of the frame: matrices, and one function that applies a matrix to a clip and one that does to boxes.

Legend: a matrix (2, 3) maps a point (x, y) in pixels of the old frame to its place in the new one; both have the same
size, the centre stays.
"""

from __future__ import annotations

import cv2
import numpy as np

from mmaction.utils.buffers import empty


def _about_centre(linear: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    centre = (np.array(size, dtype=np.float64) - 1) / 2
    return np.hstack([linear, (centre - linear @ centre)[:, None]])


def rotate(degrees: float, size: tuple[int, int]) -> np.ndarray:
    """Rotate counter-clockwise as seen on the screen. ``size`` is (w, h), here as below."""
    angle = np.deg2rad(degrees)
    return _about_centre(np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]), size)


def shear_x(slope: float, size: tuple[int, int]) -> np.ndarray:
    """Move each row by ``slope`` pixels per row of distance from the centre."""
    return _about_centre(np.array([[1.0, slope], [0.0, 1.0]]), size)


def shear_y(slope: float, size: tuple[int, int]) -> np.ndarray:
    """Move each column by ``slope`` pixels per column of distance from the centre."""
    return _about_centre(np.array([[1.0, 0.0], [slope, 1.0]]), size)


def translate_x(part: float, size: tuple[int, int]) -> np.ndarray:
    """Move to the right by a part of the width, whole pixels."""
    return np.array([[1.0, 0.0, int(part * size[0])], [0.0, 1.0, 0.0]])


def translate_y(part: float, size: tuple[int, int]) -> np.ndarray:
    """Move down by a part of the height, whole pixels."""
    return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, int(part * size[1])]])


def warp(clip: np.ndarray, matrix: np.ndarray, fill: tuple[int, ...]) -> np.ndarray:
    """Move the pixels of a clip (T, H, W, C), bilinear; ``fill`` is the color of uncovered pixels."""
    height, width = clip.shape[1:3]
    out = empty(clip.shape, clip.dtype)
    for frame, into in zip(clip, out):
        cv2.warpAffine(
            frame, matrix, (width, height), dst=into, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=fill,
        )  # fmt: skip
    return out


def warp_boxes(boxes: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The boxes (N, 4), xyxy in pixels, around the moved corners, clipped to the frame of ``size`` (w, h)."""
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)  # (N, 4 corners, xy)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    limit = np.array(size) - 1
    edges = np.clip([moved.min(axis=1), moved.max(axis=1)], 0, limit)
    return np.concatenate(list(edges), axis=1).astype(boxes.dtype)
