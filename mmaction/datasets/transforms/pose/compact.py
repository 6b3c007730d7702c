"""``PoseCompact`` and ``MMCompact``: crop a sample to the persons in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import each_frame, frame_size, frames_like, open_clip
from mmaction.datasets.transforms.pose._keypoints import keypoints_of, put_score
from mmaction.datasets.transforms.spatial.targets import combine_quadruples
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least

Box = tuple[int, int, int, int]


def person_box(
    keypoint: np.ndarray,
    img_shape: Sequence[int],
    padding: float,
    threshold: float,
    hw_ratio: Sequence[float] | None,
    allow_imgpad: bool,
) -> Box | None:
    """The box around all joints of all frames, xyxy in whole pixels; None if it is smaller than ``threshold``.

    Args:
        keypoint: x, y in pixels, (M, T, V, 2 or more); a coordinate of 0 marks a missing joint.
        img_shape: (h, w) of the frame.
        padding: margin, as a fraction of the box.
        threshold: smallest width and height, in pixels.
        hw_ratio: h / w is at least the first and at most the second; None leaves it alone.
        allow_imgpad: the box may reach beyond the frame.
    """
    x, y = keypoint[..., 0], keypoint[..., 1]
    x = x[x != 0]
    y = y[y != 0]
    if not (x.size and y.size):
        return None
    min_x, max_x, min_y, max_y = x.min(), x.max(), y.min(), y.max()
    if max_x - min_x < threshold or max_y - min_y < threshold:
        return None
    center = (float(max_x + min_x) / 2, float(max_y + min_y) / 2)
    half_w = float(max_x - min_x) / 2 * (1 + padding)
    half_h = float(max_y - min_y) / 2 * (1 + padding)
    if hw_ratio is not None:
        half_h = max(hw_ratio[0] * half_w, half_h)
        half_w = max(1 / hw_ratio[1] * half_h, half_w)
    left, top, right, bottom = center[0] - half_w, center[1] - half_h, center[0] + half_w, center[1] + half_h
    if not allow_imgpad:
        height, width = img_shape
        left = max(0, left)
        top = max(0, top)
        right = min(width, right)
        bottom = min(height, bottom)
    return int(left), int(top), int(right), int(bottom)


def move_points(keypoint: np.ndarray, box: Box) -> None:
    """Make coordinates relative to the corner of ``box``, in place; 0 marks a missing joint and stays."""
    for axis in (0, 1):
        values = keypoint[..., axis]
        values[values != 0] -= box[axis]


def crop_padded(clip: np.ndarray, box: Box) -> np.ndarray:
    """Crop ``box`` (xyxy) out of each frame, black beyond the frame. A view if nothing lies beyond."""
    left, top, right, bottom = box
    height, width = clip.shape[1:3]
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return clip[:, top:bottom, left:right]
    out = np.zeros((len(clip), bottom - top, right - left, clip.shape[3]), clip.dtype)
    part = clip[:, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    row = max(-top, 0)
    column = max(-left, 0)
    out[:, row : row + part.shape[1], column : column + part.shape[2]] = part
    return out


@dataclass(repr=False, eq=False)
class _Compact(BaseTransform):
    padding: float = 0.25
    threshold: float = 10
    hw_ratio: float | Sequence[float] | None = None
    allow_imgpad: bool = True

    def __post_init__(self) -> None:
        at_least(0, self.padding, 'padding')
        self._hw_ratio: tuple[float, ...] | None = None
        if self.hw_ratio is None:
            return
        # One number fixes the aspect ratio: it is both the least and the largest one.
        self._hw_ratio = (self.hw_ratio,) * 2 if isinstance(self.hw_ratio, int | float) else tuple(self.hw_ratio)
        if len(self._hw_ratio) != 2 or min(self._hw_ratio) <= 0:
            raise ValueError(f'hw_ratio ({self.hw_ratio}) must be positive: a number, or (least, largest) h / w.')

    @staticmethod
    def _load(results: dict) -> np.ndarray:
        """Replace the keypoints by checked copies, and return them."""
        keypoint, score = keypoints_of(results)
        results['keypoint'] = keypoint
        put_score(results, score)
        return keypoint

    def _person_box(self, keypoint: np.ndarray, img_shape: Sequence[int]) -> Box | None:
        return person_box(keypoint, img_shape, self.padding, self.threshold, self._hw_ratio, self.allow_imgpad)


@TRANSFORMS.register_module()
class PoseCompact(_Compact):
    """Crop the frame to the box around all persons in all frames, in samples that have only keypoints.

    NaN joints become missing ones (0). A sample whose box is below ``threshold``, or without a person, is unchanged.

    Reads ``keypoint``, ``img_shape``. Writes these and ``crop_quadruple`` (x, y, w, h in 0..1 of the frame).

    Args:
        padding: margin around the box, as a fraction of the box.
        threshold: smallest width and height of the box, in pixels.
        hw_ratio: h / w of the result, or its least and largest value; None leaves it alone.
        allow_imgpad: the result may reach beyond the frame.
    """

    role = 'pose'
    reads = ('keypoint', 'img_shape')
    writes = ('keypoint', 'keypoint_score', 'img_shape', 'crop_quadruple')

    def transform(self, results: dict) -> dict:
        height, width = results['img_shape']
        keypoint = self._load(results)
        box = self._person_box(keypoint, (height, width))
        if box is None:
            return results
        move_points(keypoint, box)
        left, top, right, bottom = box
        results['img_shape'] = (bottom - top, right - left)
        part = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        results['crop_quadruple'] = combine_quadruples(results.get('crop_quadruple', (0.0, 0.0, 1.0, 1.0)), part)
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class MMCompact(_Compact):
    """Crop frames and keypoints to the box around all persons in all frames; beyond the frame the result is black.

    Reads ``imgs``, ``keypoint``, ``img_shape``. Writes these. Arguments: see :class:`PoseCompact`.
    """

    role = 'pose'
    reads = ('imgs', 'keypoint', 'img_shape')
    writes = ('imgs', 'keypoint', 'keypoint_score', 'img_shape')
    hw_ratio: float | Sequence[float] | None = 1

    def transform(self, results: dict) -> dict:
        img_shape = frame_size(results['imgs'])
        keypoint = self._load(results)
        box = self._get_box(keypoint, img_shape)
        move_points(keypoint, box)
        results['imgs'] = self._compact_images(results['imgs'], img_shape, box)
        results['img_shape'] = (box[3] - box[1], box[2] - box[0])
        return results

    # The parts of `transform`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    def _get_box(self, keypoint: np.ndarray, img_shape: Sequence[int]) -> Box:
        height, width = img_shape
        return self._person_box(keypoint, img_shape) or (0, 0, width, height)

    def _compact_images(self, imgs: Any, img_shape: Sequence[int], box: Box) -> list[np.ndarray]:
        return frames_like(imgs, each_frame(open_clip(imgs), lambda clip: crop_padded(clip, box)))
