"""Steps of 0.x pipelines that 1.x lacks and converted configs of skeleton models use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PaddingWithLoop(BaseTransform):
    """Take the first ``clip_len`` frames, and loop a sequence that is shorter.

    Args:
        clip_len: frames of a clip.
        num_clips: number that is written as ``num_clips``; all frames are one clip's in any case.
    """

    role = 'sample'
    reads = ('total_frames',)
    writes = ('frame_inds', 'clip_len', 'frame_interval', 'num_clips')

    def __init__(self, clip_len: int, num_clips: int = 1) -> None:
        if clip_len < 1:
            raise ValueError(f'clip_len ({clip_len}) must be at least 1.')
        self.clip_len = clip_len
        self.num_clips = num_clips

    def transform(self, results: dict) -> dict:
        results['frame_inds'] = np.arange(self.clip_len) % results['total_frames']
        results['clip_len'] = self.clip_len
        results['frame_interval'] = None
        results['num_clips'] = self.num_clips
        return results


@TRANSFORMS.register_module()
class PoseNormalize(BaseTransform):
    """Scale joints of (..., C): ``(keypoint - mean) / (max_value - min_value)``.

    Args:
        mean: of x, y in pixels and of the score.
        min_value: smallest values.
        max_value: largest values.
    """

    role = 'pose'
    reads = ('keypoint',)
    writes = ('keypoint', 'keypoint_norm_cfg')

    def __init__(
        self,
        mean: Sequence[float] = (960.0, 540.0, 0.5),
        min_value: Sequence[float] = (0.0, 0.0, 0.0),
        max_value: Sequence[float] = (1920.0, 1080.0, 1.0),
    ) -> None:
        self.mean = tuple(mean)
        self.min_value = tuple(min_value)
        self.max_value = tuple(max_value)

    def transform(self, results: dict) -> dict:
        keypoint = results['keypoint']
        if keypoint.shape[-1] != len(self.mean):
            raise ValueError(
                f'PoseNormalize has mean {self.mean}, but keypoint (shape {keypoint.shape}) has {keypoint.shape[-1]} '
                'values per joint.'
            )
        scale = np.subtract(self.max_value, self.min_value)
        results['keypoint'] = ((keypoint - np.array(self.mean)) / scale).astype(np.float32)
        results['keypoint_norm_cfg'] = dict(mean=self.mean, min_value=self.min_value, max_value=self.max_value)
        return results
