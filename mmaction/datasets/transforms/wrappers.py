"""Augmentations under the names of the packages they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch

from mmaction.datasets.transforms.augment import AugMix, RandAugment
from mmaction.datasets.transforms.augment.warp import warp_boxes
from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import Frames, as_clip, contiguous
from mmaction.datasets.transforms.spatial import targets
from mmaction.datasets.transforms.spatial.lazy import open_sample
from mmaction.registry import TRANSFORMS
from mmaction.utils import require

__all__ = ['ImgAug', 'PytorchVideoWrapper', 'TorchVisionWrapper']

_OWN_POLICIES: dict[str, type] = {'AugMix': AugMix, 'RandAugment': RandAugment}
# the others of PyTorchVideo that read and write (C, T, H, W)
_PYTORCHVIDEO_OPS = ('RandomResizedCrop', 'RandomShortSideScale', 'ShortSideScale')


def _apply_policy(policy: AugMix | RandAugment, results: dict) -> dict:
    """Augment the frames; boxes follow the matrices."""
    height, width = open_sample(results)
    clip = as_clip(results['imgs'])
    if clip.dtype != np.uint8 or clip.shape[3] != 3:
        raise ValueError(
            f'{type(policy).__name__} needs uint8 RGB frames, found {clip.dtype} with {clip.shape[3]} channels.'
        )
    clip, matrices = policy(contiguous(clip))
    results['imgs'] = Frames(clip)
    for matrix in matrices:
        targets.map_boxes(results, partial(warp_boxes, matrix=matrix, size=(width, height)))
    return results


def _to_uint8(frames: torch.Tensor, order: tuple[int, ...]) -> np.ndarray:
    values = frames.permute(order).numpy()
    if values.dtype == np.uint8:
        return values
    return np.clip(values, 0, 255).astype(np.uint8)


def _put(results: dict, clip: np.ndarray) -> dict:
    results['imgs'] = Frames(clip)
    results['img_shape'] = clip.shape[1:3]
    return results


@TRANSFORMS.register_module()
class TorchVisionWrapper(BaseTransform):
    """A transform of torchvision on all frames at once; needs torchvision.

    The transform gets uint8 (T, C, H, W), so that its random choices are the same for all frames.

    Args:
        op: name in ``torchvision.transforms``.
        **kwargs: arguments of that transform.
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs', 'img_shape')

    def __init__(self, op: str, **kwargs: Any) -> None:
        known = require('torchvision').transforms
        if not hasattr(known, op):
            raise ValueError(f'op ({op!r}) is not in torchvision.transforms.')
        self.op = op
        self.kwargs = kwargs
        self.trans = getattr(known, op)(**kwargs)

    def transform(self, results: dict) -> dict:
        open_sample(results)
        frames = torch.from_numpy(contiguous(as_clip(results['imgs']))).permute(0, 3, 1, 2)  # (T, C, H, W)
        return _put(results, _to_uint8(self.trans(frames), (0, 2, 3, 1)))


@TRANSFORMS.register_module()
class PytorchVideoWrapper(BaseTransform):
    """A transform of PyTorchVideo on all frames at once.

    ``RandAugment`` and ``AugMix`` are our own (:mod:`mmaction.datasets.transforms.augment`), with PyTorchVideo's
    arguments and strengths; boxes follow RandAugment. ``RandomResizedCrop``, ``RandomShortSideScale`` and
    ``ShortSideScale`` need pytorchvideo (our own transforms of these kinds do not).

    Args:
        op: one of these names.
        **kwargs: arguments of that transform.
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs', 'img_shape')

    def __init__(self, op: str, **kwargs: Any) -> None:
        self.op = op
        self.kwargs = kwargs
        if op in _OWN_POLICIES:
            self.trans = _OWN_POLICIES[op](**kwargs)
        elif op in _PYTORCHVIDEO_OPS:
            self.trans = getattr(require('pytorchvideo.transforms', 'pip install pytorchvideo'), op)(**kwargs)
        else:
            raise ValueError(f'op ({op!r}) must be one of {[*_OWN_POLICIES, *_PYTORCHVIDEO_OPS]}.')

    def transform(self, results: dict) -> dict:
        if self.op in _OWN_POLICIES:
            return _apply_policy(self.trans, results)
        open_sample(results)
        clip = as_clip(results['imgs'])
        frames = torch.from_numpy(clip.transpose(3, 0, 1, 2).astype(np.float32))  # (C, T, H, W)
        return _put(results, _to_uint8(self.trans(frames).round(), (1, 2, 3, 0)))


@TRANSFORMS.register_module()
class ImgAug(BaseTransform):
    """Augmentations named as in imgaug, alike in all frames; boxes follow.

    Args:
        transforms: ``default`` is RandAugment with two actions of level 9, always applied, and needs no package. A list
            of dicts (``type``, a name in ``imgaug.augmenters``, and its arguments, which may be such dicts again) or an
            augmenter needs imgaug.
    """

    role = 'pixels'
    reads = ('imgs',)
    writes = ('imgs', 'img_shape')
    unused_hooks: ClassVar[Mapping[str, str]] = {'default_transforms': 'Pass its list as transforms.'}

    def __init__(self, transforms: str | Sequence[dict] | Any) -> None:
        self.transforms = transforms
        if transforms == 'default':
            self.aug = RandAugment(magnitude=9, num_layers=2, prob=1.0)
            return
        if isinstance(transforms, str):
            raise ValueError(f"transforms ({transforms!r}) must be 'default', a list of dicts or an augmenter.")
        augmenters = require('imgaug').augmenters
        if isinstance(transforms, augmenters.Augmenter):
            self.aug = transforms
        elif isinstance(transforms, Sequence):
            self.aug = augmenters.Sequential([self.imgaug_builder(step) for step in transforms])
        else:
            raise TypeError(f"transforms ({transforms!r}) must be 'default', a list of dicts or an augmenter.")

    # The name and signature of MMAction2 1.x: subclasses override and call it.
    def imgaug_builder(self, cfg: Any) -> Any:
        """Build an augmenter of its config, and what its arguments hold."""
        if isinstance(cfg, dict):
            args = {key: self.imgaug_builder(value) for key, value in cfg.items() if key != 'type'}
            return getattr(require('imgaug').augmenters, cfg['type'])(**args)
        if isinstance(cfg, list):
            return [self.imgaug_builder(one) for one in cfg]
        return cfg

    def transform(self, results: dict) -> dict:
        if isinstance(self.aug, RandAugment):
            return _apply_policy(self.aug, results)
        open_sample(results)
        clip = as_clip(results['imgs'])
        shape = clip.shape[1:]
        fixed = self.aug.to_deterministic()
        boxes = require('imgaug').augmentables.bbs.BoundingBoxesOnImage

        def move(old: np.ndarray) -> np.ndarray:
            moved = fixed.augment_bounding_boxes(boxes.from_xyxy_array(old, shape=shape))
            return moved.clip_out_of_image().to_xyxy_array().astype(old.dtype)

        _put(results, np.stack([fixed.augment_image(frame) for frame in clip]))
        targets.map_boxes(results, move)
        return results
