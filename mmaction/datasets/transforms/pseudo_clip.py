"""``BuildPseudoClip``: an image as a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import Frames
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least

__all__ = ['BuildPseudoClip']


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class BuildPseudoClip(BaseTransform):
    """Repeat one image as a still clip, to train on images and videos together.

    Source: OmniSource (https://arxiv.org/abs/2003.13042).

    Reads ``imgs``, one image. Writes ``imgs`` (clip_len, H, W, C), ``clip_len`` and ``num_clips`` (1).

    Args:
        clip_len: frames of the clip.
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs', 'clip_len', 'num_clips')

    clip_len: int

    def __post_init__(self) -> None:
        at_least(1, self.clip_len, 'clip_len')

    def transform(self, results: dict) -> dict:
        imgs = results['imgs']
        if len(imgs) != 1:
            raise ValueError(f'BuildPseudoClip takes one image, found {len(imgs)} in imgs.')
        image = np.asarray(imgs[0])
        results['imgs'] = Frames(np.repeat(image[None], self.clip_len, axis=0))  # (H, W, C) -> (T, H, W, C)
        results['clip_len'] = self.clip_len
        results['num_clips'] = 1
        return results
