"""``BuildPseudoClip``: a picture as a clip."""

from __future__ import annotations

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.sampling._checks import at_least_one
from mmaction.registry import TRANSFORMS

__all__ = ['BuildPseudoClip']


@TRANSFORMS.register_module()
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

    def __init__(self, clip_len: int) -> None:
        at_least_one(clip_len=clip_len)
        self.clip_len = clip_len

    def transform(self, results: dict) -> dict:
        imgs = results['imgs']
        if len(imgs) != 1:
            raise ValueError(f'BuildPseudoClip takes one picture, found {len(imgs)} in imgs.')
        picture = np.asarray(imgs[0])
        results['imgs'] = np.repeat(picture[None], self.clip_len, axis=0)  # (H, W, C) -> (T, H, W, C)
        results['clip_len'] = self.clip_len
        results['num_clips'] = 1
        return results
