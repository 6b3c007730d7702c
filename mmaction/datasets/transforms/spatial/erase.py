"""``RandomErasing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import as_clip, contiguous, frames_like
from mmaction.datasets.transforms.spatial import draw
from mmaction.datasets.transforms.spatial.lazy import open_sample
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import pick, within

Mode = Literal['const', 'rand']


@TRANSFORMS.register_module()
class RandomErasing(BaseTransform):
    """Fill a rectangle at one random place of all frames (arXiv:1708.04896).

    Reads and writes ``imgs``.

    Args:
        erase_prob: probability that a sample is changed, 0 to 1.
        min_area_ratio: smallest area of the rectangle, in areas of the frame.
        max_area_ratio: largest area.
        aspect_range: h / w of the rectangle; a number ``a`` stands for ``(a, 1 / a)``.
        mode: ``const`` fills with ``fill_color``; ``rand`` with noise, of its own in each frame: uniform, or with
            ``fill_std`` normal around ``fill_color``.
        fill_color: mean of the filling, a number or one for each channel, 0 to 255.
        fill_std: standard deviation of the filling, likewise.
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs',)
    unused_hooks: ClassVar[Mapping[str, str]] = {
        '_img_fill_pixels': 'Override _fill_pixels(imgs, top, left, h, w), which gets all frames.'
    }

    def __init__(
        self,
        erase_prob: float = 0.5,
        min_area_ratio: float = 0.02,
        max_area_ratio: float = 1 / 3,
        aspect_range: float | Sequence[float] = (3 / 10, 10 / 3),
        mode: Mode = 'const',
        fill_color: float | Sequence[float] = (128, 128, 128),
        fill_std: float | Sequence[float] | None = None,
    ) -> None:
        within(0, 1, erase_prob, 'erase_prob')
        if not 0 < min_area_ratio <= max_area_ratio < 1:
            raise ValueError(
                f'min_area_ratio ({min_area_ratio}) and max_area_ratio ({max_area_ratio}) must be in ascending order '
                'and lie in (0, 1).'
            )
        if isinstance(aspect_range, float):
            aspect_range = sorted((aspect_range, 1 / aspect_range))
        if not 0 < aspect_range[0] <= aspect_range[1]:
            raise ValueError(f'aspect_range {tuple(aspect_range)} must be positive and in ascending order.')
        pick(get_args(Mode), mode, 'mode')
        if fill_std is not None and mode == 'const':
            raise ValueError(f"fill_std ({fill_std}) needs mode='rand'.")
        self.erase_prob = erase_prob
        self.min_area_ratio = min_area_ratio
        self.max_area_ratio = max_area_ratio
        self.aspect_range = (aspect_range[0], aspect_range[1])
        self.mode = mode
        self.fill_color = fill_color
        self.fill_std = fill_std

    def transform(self, results: dict) -> dict:
        img_shape = open_sample(results)
        if self.random_disable():
            return results
        results['imgs'] = self._fill_pixels(results['imgs'], *self.random_patch(*img_shape))
        return results

    # The parts of `transform`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    def random_disable(self) -> bool:
        """True if the sample is not changed."""
        return bool(np.random.rand() >= self.erase_prob)

    def random_patch(self, img_h: int, img_w: int) -> tuple[int, int, int, int]:
        """Top, left, height and width of the rectangle, in pixels."""
        area_range = (self.min_area_ratio, self.max_area_ratio)
        left, top, right, bottom = draw.erase_box((img_h, img_w), area_range, self.aspect_range)
        return top, left, bottom - top, right - left

    def _fill_pixels(self, imgs: Any, top: int, left: int, h: int, w: int) -> list[np.ndarray]:
        # A copy in any case: the array may belong to the decoder, or to a dataset in memory.
        clip = contiguous(as_clip(imgs), copy=True)
        clip[:, top : top + h, left : left + w] = self._filling((len(clip), h, w, clip.shape[3]))
        return frames_like(imgs, clip)

    def _filling(self, shape: tuple[int, ...]) -> np.ndarray:
        """uint8, broadcasts to ``shape`` (T, h, w, C)."""
        if self.mode == 'const':
            return np.asarray(self.fill_color).astype(np.uint8)
        if self.fill_std is None:
            return np.random.randint(0, 256, shape, dtype=np.uint8)
        return np.clip(np.random.normal(self.fill_color, self.fill_std, shape), 0, 255).astype(np.uint8)
