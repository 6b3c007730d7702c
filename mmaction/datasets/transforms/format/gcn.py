"""``FormatGCNInput``."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FormatGCNInput(BaseTransform):
    """Bring ``keypoint`` into the layout of graph networks: (M, T, V, C) -> (clips, num_person, T / clips, V, C).

    ``keypoint_score`` (M, T, V), where given, becomes the last channel. Surplus persons are dropped.

    Args:
        num_person: persons of a sample.
        mode: ``zero`` fills up with zeros; ``loop`` repeats the person of a sample with only one.
    """

    role = 'format'
    reads = ('keypoint',)
    writes = ('keypoint',)

    def __init__(self, num_person: int = 2, mode: Literal['zero', 'loop'] = 'zero') -> None:
        if num_person < 1:
            raise ValueError(f'num_person ({num_person}) must be at least 1.')
        if mode not in ('zero', 'loop'):
            raise ValueError(f"mode ({mode!r}) must be 'zero' or 'loop'.")
        self.num_person = num_person
        self.mode = mode

    def transform(self, results: dict) -> dict:
        keypoint = results['keypoint']
        if 'keypoint_score' in results:
            keypoint = np.concatenate([keypoint, results['keypoint_score'][..., None]], axis=-1)
        keypoint = keypoint[: self.num_person]
        missing = self.num_person - len(keypoint)
        if missing and self.mode == 'loop' and len(keypoint) == 1:
            keypoint = np.repeat(keypoint, self.num_person, axis=0)
        elif missing:
            keypoint = np.pad(keypoint, [(0, missing), (0, 0), (0, 0), (0, 0)])
        num_clips, num_frames = results.get('num_clips', 1), keypoint.shape[1]
        if num_frames % num_clips:
            raise ValueError(f'{num_frames} frames of keypoint cannot be split into num_clips ({num_clips}).')
        clips = keypoint.reshape(len(keypoint), num_clips, -1, *keypoint.shape[2:])  # (M, clips, T / clips, V, C)
        results['keypoint'] = np.ascontiguousarray(clips.swapaxes(0, 1))
        return results
