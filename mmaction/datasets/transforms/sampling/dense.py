"""``DenseSampleFrames``: several clips out of one stretch of fixed length."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.datasets.transforms.sampling._checks import at_least_one
from mmaction.datasets.transforms.sampling.sample_frames import SampleFrames
from mmaction.datasets.transforms.sampling.starts import dense_starts, num_dense_positions
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class DenseSampleFrames(SampleFrames):
    """Take ``num_clips`` clips at equal steps out of ``sample_range`` frames (dense sampling of TSM, arXiv:1811.08383).

    Training draws where the stretch lies; testing takes ``num_sample_positions`` of them, evenly spread, so that
    ``num_clips`` of the results is ``num_sample_positions`` times that of the sampler.

    Args:
        sample_range: frames of the stretch.
        num_sample_positions: stretches in testing.
        *args, **kwargs: as in :class:`SampleFrames`.
    """

    def __init__(self, *args: Any, sample_range: int = 64, num_sample_positions: int = 10, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_least_one(sample_range=sample_range, num_sample_positions=num_sample_positions)
        if self.twice_sample or self.keep_tail_frames:
            raise ValueError(
                'twice_sample and keep_tail_frames do nothing in DenseSampleFrames; '
                f'for more clips in testing raise num_sample_positions ({num_sample_positions}).'
            )
        self.sample_range = sample_range
        self.num_sample_positions = num_sample_positions

    def _starts(self, total: int, span: float) -> np.ndarray:
        positions = num_dense_positions(total, self.sample_range)
        if self.test_mode:
            firsts = np.linspace(0, positions - 1, num=self.num_sample_positions, dtype=int)
        else:
            firsts = np.random.randint(positions, size=1)
        return dense_starts(total, self.num_clips, self.sample_range, firsts)
