"""``UntrimmedSampleFrames``: clips at regular intervals over a long video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.results import total_frames
from mmaction.datasets.transforms.sampling.sampler import Sampler
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least


@dataclass(frozen=True)
class ClipGrid:
    """Clips at regular intervals over a video.

    Attributes:
        clip_len: frames per clip.
        clip_interval: frames from the centre of one clip to the next centre.
        frame_interval: frames from one frame of a clip to the next.
    """

    clip_len: int = 1
    clip_interval: int = 16
    frame_interval: int = 1

    def __post_init__(self) -> None:
        at_least(1, self.clip_len, 'clip_len')
        at_least(1, self.clip_interval, 'clip_interval')
        at_least(1, self.frame_interval, 'frame_interval')

    def centres(self, total: int) -> np.ndarray:
        """Centre of each clip of a video of ``total`` frames, int64 (clips,)."""
        # A video shorter than half the interval still has one clip, at its last frame.
        return np.arange(min(self.clip_interval // 2, total - 1), total, self.clip_interval)

    def frames(self, total: int, centres: np.ndarray) -> np.ndarray:
        """Frames of the clips around ``centres``, int64 (clips, clip_len); those outside become first or last frame."""
        steps = (np.arange(self.clip_len) - self.clip_len // 2) * self.frame_interval
        return np.clip(centres[:, None] + steps, 0, total - 1)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class UntrimmedSampleFrames(Sampler):
    """Choose clips whose centres are ``clip_interval`` frames apart, over the whole video; for feature extraction.

    Frames before the first or after the last are replaced by these. Writes ``clip_interval``, too. Arguments: see
    :class:`ClipGrid`.
    """

    role = 'sample'  # stated again with each `transform`: check_pipeline does not trust an inherited declaration
    writes = (*Sampler.writes, 'clip_interval')

    clip_len: int = 1
    clip_interval: int = 16
    frame_interval: int = 1

    def __post_init__(self) -> None:
        self.grid = ClipGrid(self.clip_len, self.clip_interval, self.frame_interval)

    def transform(self, results: dict) -> dict:
        total = total_frames(results)
        inds = self.grid.frames(total, self.grid.centres(total))  # (clips, clip_len)
        results['clip_interval'] = self.clip_interval
        return self.write(results, inds, self.clip_len, self.frame_interval, len(inds), results['start_index'])
