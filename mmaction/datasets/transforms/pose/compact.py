"""``PoseCompact`` and ``MMCompact``: cut the sample to the persons in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import keypoints_of
from mmaction.datasets.transforms.spatial.clip import as_clip
from mmaction.registry import TRANSFORMS

Box = tuple[int, int, int, int]


def person_box(
    keypoint: np.ndarray,
    img_shape: Sequence[int],
    padding: float,
    threshold: float,
    hw_ratio: tuple[float, float] | None,
    allow_imgpad: bool,
) -> Box | None:
    """The box around all points of all frames, xyxy in whole pixels; None where it is smaller than ``threshold``.

    Args:
        keypoint: x, y in pixels, (M, T, V, 2 or more); a coordinate of 0 marks a missing point.
        img_shape: (h, w) of the frame.
        padding: margin, as a part of the box.
        threshold: in pixels.
        hw_ratio: h / w is at least the first and at most the second; None leaves it alone.
        allow_imgpad: the box may reach beyond the frame.
    """
    x, y = keypoint[..., 0], keypoint[..., 1]
    x, y = x[x != 0], y[y != 0]
    if not (x.size and y.size):
        return None
    min_x, max_x, min_y, max_y = x.min(), x.max(), y.min(), y.max()
    if max_x - min_x < threshold or max_y - min_y < threshold:
        return None
    center = float(max_x + min_x) / 2, float(max_y + min_y) / 2
    half_w, half_h = (float(extent) / 2 * (1 + padding) for extent in (max_x - min_x, max_y - min_y))
    if hw_ratio is not None:
        half_h = max(hw_ratio[0] * half_w, half_h)
        half_w = max(1 / hw_ratio[1] * half_h, half_w)
    left, top, right, bottom = center[0] - half_w, center[1] - half_h, center[0] + half_w, center[1] + half_h
    if not allow_imgpad:
        height, width = img_shape
        left, top, right, bottom = max(0, left), max(0, top), min(width, right), min(height, bottom)
    return int(left), int(top), int(right), int(bottom)


def move_points(keypoint: np.ndarray, box: Box) -> None:
    """Count the points from the corner of ``box``, in place; 0 marks a missing point and stays."""
    for axis in (0, 1):
        values = keypoint[..., axis]
        values[values != 0] -= box[axis]


def crop_padded(clip: np.ndarray, box: Box) -> np.ndarray:
    """The part ``box`` (xyxy) of each frame; what lies beyond the frame is black. A view where nothing does."""
    left, top, right, bottom = box
    height, width = clip.shape[1:3]
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return clip[:, top:bottom, left:right]
    out = np.zeros((len(clip), bottom - top, right - left, clip.shape[3]), clip.dtype)
    part = clip[:, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    row, column = max(-top, 0), max(-left, 0)
    out[:, row : row + part.shape[1], column : column + part.shape[2]] = part
    return out


def _combine(outer: Sequence[float], inner: Sequence[float]) -> tuple[float, float, float, float]:
    """A part (x, y, w, h in 0..1) of a part of the frame, as a part of the frame."""
    x, y, w, h = outer
    return x + w * inner[0], y + h * inner[1], w * inner[2], h * inner[3]


class _Compact(BaseTransform):
    def __init__(
        self, padding: float, threshold: float, hw_ratio: float | Sequence[float] | None, allow_imgpad: bool
    ) -> None:
        if padding < 0:
            raise ValueError(f'padding ({padding}) must not be negative.')
        if hw_ratio is not None:
            hw_ratio = tuple(hw_ratio) if isinstance(hw_ratio, Sequence) else (hw_ratio, hw_ratio)
            if len(hw_ratio) != 2 or min(hw_ratio) <= 0:
                raise ValueError(f'hw_ratio ({hw_ratio}) must be positive: a number, or (least, largest) h / w.')
        self.padding = padding
        self.threshold = threshold
        self.hw_ratio = hw_ratio
        self.allow_imgpad = allow_imgpad

    def _box(self, keypoint: np.ndarray, img_shape: Sequence[int]) -> Box | None:
        return person_box(keypoint, img_shape, self.padding, self.threshold, self.hw_ratio, self.allow_imgpad)


@TRANSFORMS.register_module()
class PoseCompact(_Compact):
    """Cut the frame to the box around all persons in all frames, where key points are all there is of the frame.

    Points that are not numbers become missing (0). A sample whose box is below ``threshold``, or without a person,
    stays as it is.

    Reads ``keypoint``, ``img_shape``. Writes these and ``crop_quadruple`` (x, y, w, h in 0..1 of the frame).

    Args:
        padding: margin around the box, as a part of the box.
        threshold: smallest width and height of a box that is cut to, in pixels.
        hw_ratio: h / w of the result, or the least and the largest; None leaves it alone.
        allow_imgpad: the result may reach beyond the frame.
    """

    role = 'pose'
    reads = ('keypoint', 'img_shape')
    writes = ('keypoint', 'keypoint_score', 'img_shape', 'crop_quadruple')

    def __init__(
        self,
        padding: float = 0.25,
        threshold: float = 10,
        hw_ratio: float | Sequence[float] | None = None,
        allow_imgpad: bool = True,
    ) -> None:
        super().__init__(padding, threshold, hw_ratio, allow_imgpad)

    def transform(self, results: dict) -> dict:
        keypoint, score = keypoints_of(results)
        results['keypoint'] = keypoint
        if score is not None:
            results['keypoint_score'] = score
        height, width = results['img_shape']
        box = self._box(keypoint, (height, width))
        if box is None:
            return results
        move_points(keypoint, box)
        left, top, right, bottom = box
        results['img_shape'] = (bottom - top, right - left)
        part = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        results['crop_quadruple'] = _combine(results.get('crop_quadruple', (0.0, 0.0, 1.0, 1.0)), part)
        return results


@TRANSFORMS.register_module()
class MMCompact(_Compact):
    """Cut frames and key points to the box around all persons in all frames.

    As :class:`PoseCompact`, for samples with frames. What lies beyond the frame is black.

    Reads ``imgs``, ``keypoint``, ``img_shape``. Writes these.

    Args:
        padding, threshold, hw_ratio, allow_imgpad: as in :class:`PoseCompact`.
    """

    role = 'pose'
    reads = ('imgs', 'keypoint', 'img_shape')
    writes = ('imgs', 'keypoint', 'keypoint_score', 'img_shape')

    def __init__(
        self,
        padding: float = 0.25,
        threshold: float = 10,
        hw_ratio: float | Sequence[float] | None = 1,
        allow_imgpad: bool = True,
    ) -> None:
        super().__init__(padding, threshold, hw_ratio, allow_imgpad)

    def transform(self, results: dict) -> dict:
        keypoint, score = keypoints_of(results)
        results['keypoint'] = keypoint
        if score is not None:
            results['keypoint_score'] = score
        clip = as_clip(results['imgs'])
        height, width = clip.shape[1:3]
        box = self._box(keypoint, (height, width)) or (0, 0, width, height)
        move_points(keypoint, box)
        results['imgs'] = crop_padded(clip, box)
        results['img_shape'] = (box[3] - box[1], box[2] - box[0])
        return results
