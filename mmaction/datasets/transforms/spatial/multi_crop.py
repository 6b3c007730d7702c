"""Crops that give several views of each frame, for testing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import as_clip, distinct_frames, frames_like
from mmaction.datasets.transforms.spatial import draw, ops
from mmaction.datasets.transforms.spatial.crop import check_fits, pair
from mmaction.datasets.transforms.spatial.lazy import open_sample
from mmaction.registry import TRANSFORMS


class _MultiCrop(BaseTransform):
    """Base of the two: views of one size, one after the other.

    Reads ``imgs`` (T, H, W, C). Writes ``imgs`` (views * T, h, w, C), ``img_shape`` and ``crop_bbox`` (xyxy, one row
    per frame).
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs', 'img_shape', 'crop_bbox')

    def __init__(self, crop_size: int | Sequence[int]) -> None:
        self.crop_size = pair('crop_size', crop_size)

    def _frame_size(self, results: dict) -> tuple[int, int]:
        """(h, w) of the frames, in which a crop fits."""
        img_shape = open_sample(results)
        check_fits('crop_size', self.crop_size, img_shape)
        return img_shape

    @staticmethod
    def _crop(imgs: Any, bboxes: list[draw.Box], flipped: bool = False) -> np.ndarray:
        clip, order = distinct_frames(imgs)
        return ops.crops(as_clip(clip), bboxes, order, flipped)

    @staticmethod
    def _write(results: dict, imgs: np.ndarray, bboxes: list[draw.Box]) -> dict:
        results['imgs'] = frames_like(results['imgs'], imgs)
        results['img_shape'] = imgs.shape[1:3]
        results['crop_bbox'] = np.repeat(np.array(bboxes), len(imgs) // len(bboxes), axis=0)
        return results


@TRANSFORMS.register_module()
class ThreeCrop(_MultiCrop):
    """Crop three views of each frame: both ends and the middle of the long edge, in this order; (3 * T, h, w, C).

    Args:
        crop_size: (w, h), or the side of a square, in pixels; must equal the frame in one direction.
    """

    role = 'pixels'  # stated again with each `transform`, as in the samplers

    def transform(self, results: dict) -> dict:
        height, width = self._frame_size(results)
        crop_w, crop_h = self.crop_size
        if crop_h != height and crop_w != width:
            raise ValueError(
                f'crop_size (w, h) = {self.crop_size} must equal the frame (w, h) = {(width, height)} in one '
                f'direction; put Resize(scale=(-1, {min(self.crop_size)})) before it.'
            )
        step_x, step_y = (width - crop_w) // 2, (height - crop_h) // 2
        bboxes = [(i * step_x, i * step_y, i * step_x + crop_w, i * step_y + crop_h) for i in (0, 2, 1)]
        return self._write(results, self._crop(results['imgs'], bboxes), bboxes)


@TRANSFORMS.register_module()
class TenCrop(_MultiCrop):
    """Crop ten views of each frame: four corners and the middle, each followed by its mirror image; (10 * T, h, w, C).

    Args:
        crop_size: (w, h), or the side of a square, in pixels.
    """

    role = 'pixels'

    def transform(self, results: dict) -> dict:
        clip_len = len(results['imgs'])
        bboxes = draw.place_boxes(self._frame_size(results), self.crop_size, draw.FIVE_PLACES)
        imgs = self._crop(results['imgs'], bboxes, flipped=True)
        if results.get('modality') == 'Flow':
            views = imgs.reshape(5, 2, clip_len, *imgs.shape[1:])
            for mirrored in views[:, 1]:
                mirrored[:] = ops.invert_flow_x(mirrored)
        return self._write(results, imgs, bboxes)
