"""``Resize`` and ``RandomRescale``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import change_frames
from mmaction.datasets.transforms.spatial import ops, targets
from mmaction.datasets.transforms.spatial.lazy import open_sample
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import pick


def rescale_size(size: tuple[int, int], scale: float | Sequence[float]) -> tuple[int, int]:
    """The size (w, h) scaled by a factor, or to the largest that fits ``(long edge, short edge)`` in any order.

    Rounds half up, as mmcv does.
    """
    if isinstance(scale, Sequence):
        factor = min(max(scale) / max(size), min(scale) / min(size))
    else:
        factor = scale
    return int(size[0] * factor + 0.5), int(size[1] * factor + 0.5)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class Resize(BaseTransform):
    """Resize the frames; boxes and keypoints follow.

    Reads ``imgs`` (or ``keypoint``), ``img_shape``. Writes these, ``keep_ratio`` and ``scale_factor`` (x, y; the
    product over all resizes of the sample).

    Args:
        scale: a factor (float), or (w, h). With ``keep_ratio`` the latter are the longest long and short edge, in any
            order, and ``-1`` sets no limit: ``(-1, 256)`` makes the short edge 256.
        keep_ratio: keep the aspect ratio.
        interpolation: ``nearest``, ``bilinear``, ``bicubic``, ``area`` or ``lanczos``.
        lazy: leave the pixels to ``Fuse``.
    """

    role = 'pixels'
    reads = ('imgs|keypoint',)
    writes = ('imgs', 'keypoint', 'img_shape', 'keep_ratio', 'scale_factor', 'lazy')

    scale: float | Sequence[float]
    keep_ratio: bool = True
    interpolation: ops.Interpolation = 'bilinear'
    lazy: bool = False

    def __post_init__(self) -> None:
        pick(ops.INTERPOLATIONS, self.interpolation, 'interpolation')
        self.scale = _check_scale(self.scale, self.keep_ratio)

    def transform(self, results: dict) -> dict:
        height, width = open_sample(results, self.lazy)
        new_w, new_h = self._target_size(width, height)
        if min(new_w, new_h) < 1:
            raise ValueError(f'scale ({self.scale}) makes ({width}, {height}) into ({new_w}, {new_h}), an empty frame.')
        factor = np.array([new_w / width, new_h / height], dtype=np.float32)
        results['img_shape'] = (new_h, new_w)
        results['keep_ratio'] = self.keep_ratio
        results['scale_factor'] = results.get('scale_factor', np.ones(2, dtype=np.float32)) * factor
        if self.lazy:
            results['lazy']['interpolation'] = self.interpolation
        elif 'imgs' in results:
            results['imgs'] = self._resize_imgs(results['imgs'], new_w, new_h)
        targets.map_keypoints(results, lambda keypoint: self._resize_kps(keypoint, factor))
        targets.map_boxes(results, lambda boxes: self._box_resize(boxes, factor))
        return results

    # The parts of `transform`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    def _resize_imgs(self, imgs: Any, new_w: int, new_h: int) -> list[np.ndarray]:
        return change_frames(imgs, lambda clip: ops.resize(clip, (new_w, new_h), self.interpolation))

    @staticmethod
    def _resize_kps(kps: np.ndarray, scale_factor: np.ndarray) -> np.ndarray:
        return targets.scale_keypoints(kps, scale_factor)

    @staticmethod
    def _box_resize(box: np.ndarray, scale_factor: np.ndarray) -> np.ndarray:
        return targets.scale_boxes(box, scale_factor)

    def _target_size(self, width: int, height: int) -> tuple[int, int]:
        if self.keep_ratio or isinstance(self.scale, float):
            return rescale_size((width, height), self.scale)
        new_w, new_h = self.scale
        return int(new_w), int(new_h)


def _check_scale(scale: float | Sequence[float], keep_ratio: bool) -> float | tuple[float, float]:
    if isinstance(scale, float):
        if scale <= 0:
            raise ValueError(f'scale ({scale}) must be positive.')
        if not keep_ratio:
            raise ValueError(
                f'scale ({scale}) is a factor, which keeps the aspect ratio; for keep_ratio=False give (w, h).'
            )
        return scale
    if isinstance(scale, str) or not isinstance(scale, Sequence) or len(scale) != 2:
        raise TypeError(f'scale ({scale!r}) must be a float or (w, h), such as (-1, 256) for a short edge of 256.')
    first, second = scale
    if max(first, second) < 1 or (min(first, second) < 1 and min(first, second) != -1):
        raise ValueError(f'scale ({tuple(scale)}) must be positive, or -1 in one place for no limit.')
    if min(first, second) != -1:
        return first, second
    if not keep_ratio:
        raise ValueError(f'scale ({tuple(scale)}) has no limit in one direction, which needs keep_ratio=True.')
    return np.inf, max(first, second)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class RandomRescale(BaseTransform):
    """Resize the short edge to a random length; the aspect ratio stays. Writes ``short_edge`` besides.

    Args:
        scale_range: shortest and longest short edge, both inclusive, in pixels.
        interpolation: as in :class:`Resize`.
    """

    role = 'pixels'
    reads = ('imgs|keypoint',)
    writes = ('imgs', 'keypoint', 'img_shape', 'keep_ratio', 'scale_factor', 'short_edge', 'lazy')

    scale_range: Sequence[int]
    interpolation: ops.Interpolation = 'bilinear'

    def __post_init__(self) -> None:
        low, high = self.scale_range
        if not 0 < low <= high:
            raise ValueError(f'scale_range ({low}, {high}) must be positive and in ascending order.')
        self.scale_range = (low, high)
        Resize((-1, high), interpolation=self.interpolation)  # fails now rather than in the first sample

    def transform(self, results: dict) -> dict:
        short_edge = int(np.random.randint(self.scale_range[0], self.scale_range[1] + 1))
        results['short_edge'] = short_edge
        return Resize((-1, short_edge), interpolation=self.interpolation).transform(results)
