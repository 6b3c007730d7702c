"""``LoadHVULabel``: tags of several categories as one vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import warn_unread

__all__ = ['LoadHVULabel']


def hvu_targets(
    label: Mapping[str, Sequence[int]], categories: Sequence[str], category_nums: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Vectors of the tags of a video.

    Args:
        label: tags of each category that the video is annotated for, counted within the category; a category that is
            not in ``categories`` is left out.
        categories: names of the categories, in the order of the vectors.
        category_nums: number of tags of each.

    Returns:
        float32 vectors of zeros and ones: the tags (sum of ``category_nums``,); a mask of those
        that are annotated (same length); a mask of the annotated categories (categories,).

    Raises:
        ValueError: a tag is not in its category.
    """
    total = sum(category_nums)
    tags = torch.zeros(total)
    mask = torch.zeros(total)
    category_mask = torch.zeros(len(categories))
    start = 0
    for index, (category, number) in enumerate(zip(categories, category_nums)):
        if category in label:
            wrong = [tag for tag in label[category] if not 0 <= tag < number]
            if wrong:
                raise ValueError(f'tag {wrong[0]} of the category {category!r} is out of [0, {number}).')
            category_mask[index] = 1
            mask[start : start + number] = 1
            tags[[start + tag for tag in label[category]]] = 1
        start += number
    return tags, mask, category_mask


@TRANSFORMS.register_module()
class LoadHVULabel(BaseTransform):
    """Turn the tags of a video of HVU (https://arxiv.org/abs/1904.11451) into vectors.

    Reads ``label`` ({category: [tag, ...]}), ``categories`` and ``category_nums``, as :class:`HVUDataset` gives them.
    Writes ``label`` (tags,), ``mask`` (tags,) and ``category_mask`` (categories,): see :func:`hvu_targets`. For
    :class:`HVULoss` with masks, pack them (``PackActionInputs(algorithm_keys=('mask', 'category_mask'))``) and name
    the one that the loss takes in ``aux_info`` of the model's ``train_cfg``.
    """

    role = 'labels'
    reads = ('label', 'categories', 'category_nums')
    writes = ('label', 'mask', 'category_mask')
    unused_hooks: ClassVar[Mapping[str, str]] = {'init_hvu_info': 'Override transform.'}

    def __init__(self, **kwargs: Any) -> None:
        warn_unread(self, kwargs)

    def transform(self, results: dict) -> dict:
        label, mask, category_mask = hvu_targets(results['label'], results['categories'], results['category_nums'])
        results.update(label=label, mask=mask, category_mask=category_mask)
        return results
