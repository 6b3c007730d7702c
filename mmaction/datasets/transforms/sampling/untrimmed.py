"""``UntrimmedSampleFrames``: a clip at every so many frames of a long video."""

from __future__ import annotations

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.sampling._checks import at_least_one, total_frames
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class UntrimmedSampleFrames(BaseTransform):
    """Choose clips whose centres are ``clip_interval`` frames apart, over the whole video; for feature extraction.

    Reads ``total_frames``, ``start_index``. Writes ``frame_inds`` (int32, (clips * clip_len,)), ``clip_len``,
    ``frame_interval``, ``num_clips``. Frames before the first or after the last are replaced by these.

    Args:
        clip_len: frames of a clip.
        clip_interval: frames from the centre of a clip to the next centre.
        frame_interval: frames from one frame of a clip to the next.
    """

    def __init__(self, clip_len: int = 1, clip_interval: int = 16, frame_interval: int = 1) -> None:
        at_least_one(clip_len=clip_len, clip_interval=clip_interval, frame_interval=frame_interval)
        self.clip_len = clip_len
        self.clip_interval = clip_interval
        self.frame_interval = frame_interval

    def transform(self, results: dict) -> dict:
        total = total_frames(results)
        # a video shorter than half the interval still gives one clip, at its last frame
        centres = np.arange(min(self.clip_interval // 2, total - 1), total, self.clip_interval)
        steps = (np.arange(self.clip_len) - self.clip_len // 2) * self.frame_interval
        inds = np.clip(centres[:, None] + steps, 0, total - 1).reshape(-1)
        results['frame_inds'] = (inds + results['start_index']).astype(np.int32)
        results['clip_len'] = self.clip_len
        results['frame_interval'] = self.frame_interval
        results['num_clips'] = len(centres)
        return results
