"""``ColorJitter``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmaction.datasets.transforms.augment import color
from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import Frames, as_clip, contiguous
from mmaction.datasets.transforms.spatial.lazy import open_sample
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least

# name -> (function, the value that changes nothing, lowest and highest value allowed)
_CHANGES: dict[str, tuple[Callable[[np.ndarray, float], np.ndarray], float, float, float]] = {
    'brightness': (color.brightness, 1, 0, np.inf),
    'contrast': (color.contrast, 1, 0, np.inf),
    'saturation': (color.saturation, 1, 0, np.inf),
    'hue': (color.hue, 0, -0.5, 0.5),
}


def _interval(name: str, value: float | Sequence[float]) -> tuple[float, float]:
    """The interval to draw from: the given one, or ``value`` on both sides of the neutral value."""
    _, neutral, lowest, highest = _CHANGES[name]
    if isinstance(value, Sequence):
        low, high = value
    else:
        at_least(0, value, name)
        # A factor does not fall below 0; a turn of the hue may go both ways.
        low = max(neutral - value, 0) if neutral else -value
        high = neutral + value
    if not lowest <= low <= high <= highest:
        raise ValueError(f'{name} ({value}) must be in ascending order and lie in [{lowest}, {highest}].')
    return low, high


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class ColorJitter(BaseTransform):
    """Change brightness, contrast, saturation and hue at random, in random order; alike in all frames of a clip.

    Reads ``imgs``, uint8 RGB, and ``num_clips`` where given (each clip gets a draw of its own). Writes ``imgs``.

    Args:
        brightness: a number ``a`` draws the factor from ``[max(0, 1 - a), 1 + a]``; two numbers are the interval.
        contrast: likewise.
        saturation: likewise.
        hue: a number ``a`` draws the turn from ``[-a, a]``, in full circles, at most 0.5; two are the interval.
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs',)
    unused_hooks: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ('check_input', 'rgb_to_grayscale', 'adjust_contrast', 'adjust_saturation', 'adjust_hue'),
        'Override transform, or draw() for other changes.',
    )

    brightness: float | Sequence[float] = 0.5
    contrast: float | Sequence[float] = 0.5
    saturation: float | Sequence[float] = 0.5
    hue: float | Sequence[float] = 0.1

    def __post_init__(self) -> None:
        self.brightness = _interval('brightness', self.brightness)
        self.contrast = _interval('contrast', self.contrast)
        self.saturation = _interval('saturation', self.saturation)
        self.hue = _interval('hue', self.hue)

    def draw(self) -> list[tuple[str, float]]:
        """The changes for a clip, in their order."""
        drawn = [(name, float(np.random.uniform(*getattr(self, name)))) for name in _CHANGES]
        return [drawn[i] for i in np.random.permutation(len(drawn))]

    def transform(self, results: dict) -> dict:
        open_sample(results)
        clip = as_clip(results['imgs'])
        if clip.shape[3] != 3 or clip.dtype != np.uint8:
            raise ValueError(f'ColorJitter needs uint8 RGB frames, found {clip.dtype} with {clip.shape[3]} channels.')
        num_clips = results.get('num_clips', 1)
        clip = contiguous(clip)
        if num_clips == 1:
            jittered = self._jitter(clip)
        else:
            jittered = np.concatenate([self._jitter(part) for part in np.array_split(clip, num_clips)])
        results['imgs'] = Frames(jittered)
        return results

    def _jitter(self, clip: np.ndarray) -> np.ndarray:
        for name, value in self.draw():
            change, neutral, *_ = _CHANGES[name]
            if value != neutral:
                clip = change(clip, value)
        return clip
