"""Blending of the samples of a batch: mixup, CutMix, and a random choice of them."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

__all__ = ['BaseMiniBatchBlending', 'CutmixBlending', 'MixupBlending', 'RandomBatchAugment']


def mix(x: Tensor, partner: Tensor, lam: float) -> Tensor:
    """Compute ``lam * x + (1 - lam) * x[partner]`` for a batch of floats."""
    return x[partner].lerp_(x, lam)  # in place on the gathered copy: one temporary of the batch in place of three


def paste_box(imgs: Tensor, partner: Tensor, box: tuple[int, int, int, int]) -> Tensor:
    """Replace a box of every image by that of its partner.

    Args:
        imgs: (N, ..., H, W).
        partner: index of each image's partner (N,).
        box: x1, y1, x2, y2 in pixels, [x1, x2) x [y1, y2).
    """
    x1, y1, x2, y2 = box
    mixed = imgs.clone()
    mixed[..., y1:y2, x1:x2] = imgs[..., y1:y2, x1:x2][partner]
    return mixed


def _draw_lambda(alpha: float) -> float:
    return float(torch.distributions.Beta(alpha, alpha).sample())


def _check_alpha(alpha: float) -> float:
    if alpha <= 0:
        raise ValueError(f'alpha ({alpha}) must be positive.')
    return alpha


class BaseMiniBatchBlending(metaclass=ABCMeta):
    """Base of the blendings of images and labels. A subclass defines :meth:`do_blending`.

    Random numbers come from torch's CPU generator, so that a seed gives the same result on every device.

    Args:
        num_classes: number of classes C.
    """

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    @abstractmethod
    def do_blending(self, imgs: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Mix images (N, ..., H, W) and labels (N, C), both floats."""

    def __call__(
        self, imgs: Tensor, batch_data_samples: Sequence[ActionDataSample]
    ) -> tuple[Tensor, Sequence[ActionDataSample]]:
        """Mix a batch; ``gt_label`` of its samples becomes a distribution over the classes, float32 (C,).

        Args:
            imgs: (N, ..., H, W); integers are mixed as float32.
            batch_data_samples: with ``gt_label``: a class index (1,) or one value per class (C,).
        """
        if len(imgs) != len(batch_data_samples):
            raise ValueError(f'There are {len(imgs)} images, but {len(batch_data_samples)} samples.')
        labels = torch.stack([torch.as_tensor(sample.gt_label).reshape(-1) for sample in batch_data_samples])
        labels = labels.to(imgs.device)
        if labels.shape[1] == 1:
            labels = F.one_hot(labels[:, 0].long(), self.num_classes)
        elif labels.shape[1] != self.num_classes:
            raise ValueError(f'A label has {labels.shape[1]} values for {self.num_classes} classes.')
        if not imgs.is_floating_point():
            imgs = imgs.float()
        mixed_imgs, mixed_labels = self.do_blending(imgs, labels.float())
        for sample, label in zip(batch_data_samples, mixed_labels):
            sample.gt_label = label
        return mixed_imgs, batch_data_samples


@MODELS.register_module()
class MixupBlending(BaseMiniBatchBlending):
    """Mixup (https://arxiv.org/abs/1710.09412): a weighted mean of each image and another one of the batch.

    Args:
        num_classes: number of classes.
        alpha: both parameters of the Beta distribution of the weight.
    """

    def __init__(self, num_classes: int, alpha: float = 0.2) -> None:
        super().__init__(num_classes)
        self.alpha = _check_alpha(alpha)

    def do_blending(self, imgs: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        lam = _draw_lambda(self.alpha)
        partner = torch.randperm(len(imgs)).to(imgs.device)
        return mix(imgs, partner, lam), mix(label, partner, lam)


@MODELS.register_module()
class CutmixBlending(BaseMiniBatchBlending):
    """CutMix (https://arxiv.org/abs/1905.04899): a box from another image of the batch, the same in all frames.

    Args:
        num_classes: number of classes.
        alpha: both parameters of the Beta distribution of the ratio that is kept.
    """

    def __init__(self, num_classes: int, alpha: float = 0.2) -> None:
        super().__init__(num_classes)
        self.alpha = _check_alpha(alpha)

    @staticmethod
    def rand_bbox(img_size: Sequence[int], lam: float) -> tuple[int, int, int, int]:
        """Draw a box with the ratio ``1 - lam`` of the image's area around a random centre, clipped to the image.

        Args:
            img_size: shape of the batch, H and W last.
            lam: ratio of the image to keep.

        Returns:
            x1, y1, x2, y2 in pixels, [x1, x2) x [y1, y2).
        """
        height, width = img_size[-2:]
        side = np.sqrt(1 - lam)
        half_w = int(width * side) // 2
        half_h = int(height * side) // 2
        x = int(torch.randint(width, (1,)))
        y = int(torch.randint(height, (1,)))
        return max(x - half_w, 0), max(y - half_h, 0), min(x + half_w, width), min(y + half_h, height)

    def do_blending(self, imgs: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        partner = torch.randperm(len(imgs)).to(imgs.device)
        box = x1, y1, x2, y2 = self.rand_bbox(imgs.shape, _draw_lambda(self.alpha))
        # The label follows the pixels that were pasted, not the ratio that was drawn: boxes are clipped at the border.
        kept = 1 - (x2 - x1) * (y2 - y1) / (imgs.shape[-1] * imgs.shape[-2])
        return paste_box(imgs, partner, box), mix(label, partner, kept)


@MODELS.register_module()
class RandomBatchAugment(BaseMiniBatchBlending):
    """Random choice of one of several blendings for each batch.

    Args:
        augments: one or several blendings, as configs or objects.
        probs: probability of each; the rest up to 1 is that of no blending. Default: uniform.

    Raises:
        ValueError: ``probs`` does not match ``augments``, or sums to more than 1, or the numbers of classes differ.
    """

    def __init__(
        self,
        augments: dict | BaseMiniBatchBlending | Sequence[dict | BaseMiniBatchBlending],
        probs: float | Sequence[float] | None = None,
    ) -> None:
        if not isinstance(augments, Sequence):
            augments = [augments]
        if not augments:
            raise ValueError('augments is empty; name at least one blending.')
        self.augments = [MODELS.build(a) if isinstance(a, dict) else a for a in augments]
        classes = {a.num_classes for a in self.augments}
        if len(classes) > 1:
            raise ValueError(f'The augments must have the same num_classes, got {sorted(classes)}.')
        super().__init__(classes.pop())
        if probs is None:
            probs = [1 / len(self.augments)] * len(self.augments)
        self.probs = [float(probs)] if isinstance(probs, int | float) else [float(p) for p in probs]
        if len(self.probs) != len(self.augments):
            raise ValueError(
                f'probs has {len(self.probs)} values for {len(self.augments)} augments; give one per augment.'
            )
        if min(self.probs) < 0 or sum(self.probs) > 1 + 1e-6:
            raise ValueError(f'probs {self.probs} must be at least 0 and sum to at most 1.')

    def do_blending(self, imgs: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        rest = max(1 - sum(self.probs), 0)
        choice = int(torch.multinomial(torch.tensor([*self.probs, rest]), 1))
        if choice == len(self.augments):
            return imgs, label
        return self.augments[choice].do_blending(imgs, label)
