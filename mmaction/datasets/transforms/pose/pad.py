"""``PadTo``."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
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

    def __init__(self, length: int, mode: Literal['loop', 'zero'] = 'loop') -> None:
        if length < 1:
            raise ValueError(f'length ({length}) must be at least 1.')
        if mode not in ('loop', 'zero'):
            raise ValueError(f"mode ({mode!r}) must be 'loop' or 'zero'.")
        self.length = length
        self.mode = mode

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
