"""The transforms that cut one part out of each frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import change_frames
from mmaction.datasets.transforms.spatial import draw, ops, targets
from mmaction.datasets.transforms.spatial.lazy import open_sample, record_crop
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, pick


def apply_crop(results: dict, bbox: draw.Box, step: RandomCrop) -> dict:
    """Cut ``bbox`` (xyxy in pixels) out of the frames, with the methods of ``step``; boxes and keypoints follow.

    The sample must be open (:func:`~mmaction.datasets.transforms.spatial.lazy.open_sample`).
    """
    left, top, right, bottom = bbox
    height, width = results['img_shape']
    corners = np.array(bbox)
    if step.lazy:
        record_crop(results, bbox, (height, width))
    elif 'imgs' in results:
        results['imgs'] = step._crop_imgs(results['imgs'], corners)
    results['crop_bbox'] = corners
    part = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    whole = results.get('crop_quadruple', (0.0, 0.0, 1.0, 1.0))
    results['crop_quadruple'] = np.array(targets.combine_quadruples(whole, part), dtype=np.float32)
    results['img_shape'] = (bottom - top, right - left)
    targets.map_keypoints(results, lambda keypoint: step._crop_kps(keypoint, corners))
    return step._all_box_crop(results, corners)


def pair(name: str, value: int | Sequence[int]) -> tuple[int, int]:
    """A size (w, h) from one or two numbers."""
    size: tuple = ()
    if isinstance(value, int):
        size = (value, value)
    elif isinstance(value, Sequence):
        size = tuple(value)
    if len(size) != 2 or not all(isinstance(side, int | np.integer) for side in size):
        raise TypeError(f'{name} ({value!r}) must be an int or (w, h).')
    if min(size) < 1:
        raise ValueError(f'{name} ({value}) must be at least 1.')
    return size


def check_fits(name: str, size: tuple[int, int], img_shape: tuple[int, int]) -> None:
    """Raise ValueError where a crop of ``size`` (w, h) is larger than the frame, (h, w)."""
    if size[0] > img_shape[1] or size[1] > img_shape[0]:
        raise ValueError(
            f'{name} (w, h) = {size} is larger than the frame (w, h) = {tuple(img_shape[::-1])}; '
            f'put a Resize before it that makes the short edge {max(size)} or more.'
        )


@TRANSFORMS.register_module()
class RandomCrop(BaseTransform):
    """Cut a square out of the frames at a random place, the same in all.

    Reads ``imgs`` (or ``keypoint``), ``img_shape``. Writes these, ``crop_bbox`` (xyxy, of the frame as it
    was) and ``crop_quadruple`` (x, y, w, h in 0..1 of the decoded frame). The crop is a view.

    Args:
        size: side of the square in pixels.
        lazy: leave the pixels to ``Fuse``.
    """

    role = 'pixels'
    reads = ('imgs|keypoint',)
    writes: tuple[str, ...] = ('imgs', 'keypoint', 'img_shape', 'crop_bbox', 'crop_quadruple', 'lazy')

    def __init__(self, size: int, lazy: bool = False) -> None:
        if not isinstance(size, int):
            raise TypeError(f'size ({size!r}) must be an int.')
        at_least(1, size, 'size')
        self.size = size
        self.lazy = lazy

    def transform(self, results: dict) -> dict:
        img_shape = open_sample(results, self.lazy)
        check_fits('size', (self.size, self.size), img_shape)
        return apply_crop(results, draw.crop_box(img_shape, (self.size, self.size)), self)

    # The parts of `apply_crop`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    @staticmethod
    def _crop_imgs(imgs: Any, crop_bbox: np.ndarray) -> list[np.ndarray]:
        left, top, right, bottom = map(int, crop_bbox)
        return change_frames(imgs, lambda clip: ops.crop(clip, (left, top, right, bottom)))

    @staticmethod
    def _crop_kps(kps: np.ndarray, crop_bbox: np.ndarray) -> np.ndarray:
        return targets.crop_keypoints(kps, crop_bbox)

    @staticmethod
    def _box_crop(box: np.ndarray, crop_bbox: np.ndarray) -> np.ndarray:
        return targets.crop_boxes(box, crop_bbox)

    def _all_box_crop(self, results: dict, crop_bbox: np.ndarray) -> dict:
        targets.map_boxes(results, lambda boxes: self._box_crop(boxes, crop_bbox))
        return results


@TRANSFORMS.register_module()
class RandomResizedCrop(RandomCrop):
    """Cut a part of random area and aspect ratio out of the frames (GoogLeNet, arXiv:1409.4842). Does not resize.

    Args:
        area_range: area of the part, in areas of the frame.
        aspect_ratio_range: w / h of the part.
        lazy: leave the pixels to ``Fuse``.
    """

    reads = ('imgs|keypoint',)
    writes = ('imgs', 'keypoint', 'img_shape', 'crop_bbox', 'crop_quadruple', 'lazy')

    def __init__(
        self,
        area_range: Sequence[float] = (0.08, 1.0),
        aspect_ratio_range: Sequence[float] = (3 / 4, 4 / 3),
        lazy: bool = False,
    ) -> None:
        self.area_range = _ascending('area_range', area_range)
        self.aspect_ratio_range = _ascending('aspect_ratio_range', aspect_ratio_range)
        self.lazy = lazy

    @staticmethod
    def get_crop_bbox(
        img_shape: tuple[int, int],
        area_range: tuple[float, float],
        aspect_ratio_range: tuple[float, float],
        max_attempts: int = 10,
    ) -> draw.Box:
        """Draw a crop (xyxy) of an image of ``img_shape`` (h, w)."""
        return draw.resized_crop_box(
            img_shape,
            _ascending('area_range', area_range),
            _ascending('aspect_ratio_range', aspect_ratio_range),
            max_attempts,
        )

    def transform(self, results: dict) -> dict:
        img_shape = open_sample(results, self.lazy)
        return apply_crop(results, self.get_crop_bbox(img_shape, self.area_range, self.aspect_ratio_range), self)


def _ascending(name: str, values: Sequence[float]) -> tuple[float, float]:
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != 2:
        raise TypeError(f'{name} ({values!r}) must be two numbers.')
    low, high = values
    if not 0 < low <= high:
        raise ValueError(f'{name} ({low}, {high}) must be positive and in ascending order.')
    return low, high


@TRANSFORMS.register_module()
class MultiScaleCrop(RandomCrop):
    """Cut a part of one of a few sizes at one of a few places out of the frames (arXiv:1507.02159). Does not resize.

    Writes ``scales`` and the keys of :class:`RandomCrop`.

    Args:
        input_size: (w, h) of the input of the network, or the side of a square; a crop that is off by up to two pixels
            is made equal to it.
        scales: sides of the crop, in short edges of the frame.
        max_wh_scale_gap: largest distance of width and height in ``scales``.
        random_crop: put the crop anywhere and not at a fixed place.
        num_fixed_crops: 5 places (corners and centre) or 13.
        lazy: leave the pixels to ``Fuse``.
    """

    reads = ('imgs|keypoint',)
    writes = ('imgs', 'keypoint', 'img_shape', 'crop_bbox', 'crop_quadruple', 'lazy', 'scales')

    _PLACES = {5: draw.FIVE_PLACES, 13: draw.THIRTEEN_PLACES}

    def __init__(
        self,
        input_size: int | Sequence[int],
        scales: Sequence[float] = (1,),
        max_wh_scale_gap: int = 1,
        random_crop: bool = False,
        num_fixed_crops: int = 5,
        lazy: bool = False,
    ) -> None:
        if not isinstance(scales, Sequence) or isinstance(scales, str) or not scales:
            raise TypeError(f'scales ({scales!r}) must be a sequence of numbers.')
        if not 0 < min(scales) <= max(scales) <= 1:
            raise ValueError(f'scales ({tuple(scales)}) must lie in (0, 1].')
        pick(self._PLACES, num_fixed_crops, 'num_fixed_crops')
        self.input_size = pair('input_size', input_size)
        self.scales = tuple(scales)
        self.max_wh_scale_gap = max_wh_scale_gap
        self.random_crop = random_crop
        self.num_fixed_crops = num_fixed_crops
        self.lazy = lazy

    def transform(self, results: dict) -> dict:
        img_shape = open_sample(results, self.lazy)
        places = None if self.random_crop else self._PLACES[self.num_fixed_crops]
        bbox = draw.multi_scale_box(img_shape, self.input_size, self.scales, self.max_wh_scale_gap, places)
        results['scales'] = self.scales
        return apply_crop(results, bbox, self)


@TRANSFORMS.register_module()
class CenterCrop(RandomCrop):
    """Cut the middle out of the frames.

    Args:
        crop_size: (w, h) in pixels, or the side of a square.
        lazy: leave the pixels to ``Fuse``.
    """

    reads = ('imgs|keypoint',)
    writes = ('imgs', 'keypoint', 'img_shape', 'crop_bbox', 'crop_quadruple', 'lazy')

    def __init__(self, crop_size: int | Sequence[int], lazy: bool = False) -> None:
        self.crop_size = pair('crop_size', crop_size)
        self.lazy = lazy

    def transform(self, results: dict) -> dict:
        height, width = open_sample(results, self.lazy)
        check_fits('crop_size', self.crop_size, (height, width))
        crop_w, crop_h = self.crop_size
        left, top = (width - crop_w) // 2, (height - crop_h) // 2
        return apply_crop(results, (left, top, left + crop_w, top + crop_h), self)
