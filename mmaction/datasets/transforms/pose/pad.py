"""``PadTo``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, pick


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class PadTo(BaseTransform):
    """Make a sample longer.

    Reads ``keypoint`` (M, T, V, C), ``total_frames`` and, where given, ``keypoint_score``. Writes these.

    Args:
        length: frames to have; a sample that has more is an error.
        mode: ``loop`` starts again at the first frame, ``zero`` fills up with zeros.
    """

    role = 'pose'
    reads = ('keypoint', 'total_frames')
    writes = ('keypoint', 'keypoint_score', 'total_frames')

    length: int
    mode: Literal['loop', 'zero'] = 'loop'

    def __post_init__(self) -> None:
        at_least(1, self.length, 'length')
        pick(('loop', 'zero'), self.mode, 'mode')

    def transform(self, results: dict) -> dict:
        total = results['total_frames']
        if not 1 <= total <= self.length:
            raise ValueError(
                f'total_frames ({total}) must be 1 to length ({self.length}). UniformSampleFrames shortens.'
            )
        inds = np.arange(self.length) % total
        for key in ('keypoint', 'keypoint_score'):
            if results.get(key) is None:
                continue
            padded = results[key][:, inds]  # an index array copies
            if self.mode == 'zero':
                padded[:, total:] = 0
            results[key] = padded
        results['total_frames'] = self.length
        return results
