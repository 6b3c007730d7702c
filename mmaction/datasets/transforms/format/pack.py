"""The last step of a pipeline: tensors and data sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import Frames
from mmaction.datasets.transforms.spatial.lazy import reject_lazy
from mmaction.registry import TRANSFORMS
from mmaction.structures import ActionDataSample

# the inputs that a sample may have, first come first taken
_INPUTS = ('imgs', 'heatmap_imgs', 'keypoint', 'audios', 'text')
# Annotated here: in a dataclass the annotation would make a field of it, which hides the `reads` of a subclass.
_READS: tuple[str, ...] = ('|'.join(_INPUTS),)


def to_tensor(data: Any) -> Tensor:
    """Convert data to a tensor: an array keeps its type and memory, unless it has negative strides; a number gets (1,).

    Raises:
        TypeError: ``data`` is neither a tensor, an array, a sequence nor a number.
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, Frames):
        data = np.asarray(data)
    elif isinstance(data, list | tuple) and data and isinstance(data[0], np.ndarray):
        data = np.stack(data)
    if isinstance(data, np.ndarray):
        if any(step < 0 for step in data.strides):
            data = np.ascontiguousarray(data)
        return torch.from_numpy(data)
    if isinstance(data, Sequence) and not isinstance(data, str):
        return torch.tensor(data)
    if isinstance(data, int):
        return torch.tensor([data], dtype=torch.int64)
    if isinstance(data, float):
        return torch.tensor([data], dtype=torch.float32)
    raise TypeError(f'type {type(data)} cannot be converted to tensor.')


# Keys of which one names the source of a sample.
SOURCE_KEYS = ('filename', 'frame_dir', 'audio_path')


def _meta(results: dict, keys: Sequence[str]) -> dict[str, Any]:
    return {key: results[key] for key in keys if key in results}


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class PackActionInputs(BaseTransform):
    """Make ``{'inputs': tensor, 'data_samples': ActionDataSample}`` of a sample.

    The input is the first of ``imgs``, ``heatmap_imgs``, ``keypoint``, ``audios``, ``text`` that the sample has. The
    data sample gets ``label`` as ground truth, ``gt_bboxes`` and ``gt_labels`` as ``gt_instances`` (``bboxes``,
    ``labels``), and ``proposals``.

    Args:
        collect_keys: for several inputs; ``inputs`` is then a dict of these.
        meta_keys: entries to keep as meta information, if the sample has them. The name of the video is always kept,
            so that dumped predictions can be matched with their videos.
        algorithm_keys: entries to keep as fields of the data sample, if the sample has them.
    """

    role = 'pack'
    reads = _READS
    writes = ('inputs', 'data_samples')

    mapping_table = {'gt_bboxes': 'bboxes', 'gt_labels': 'labels'}

    collect_keys: Sequence[str] | None = None
    meta_keys: Sequence[str] = ('img_shape', 'img_key', 'video_id', 'timestamp')
    algorithm_keys: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.collect_keys is not None:
            self.reads = tuple(self.collect_keys)

    def transform(self, results: dict) -> dict:
        reject_lazy(results)
        return {'inputs': self._inputs(results), 'data_samples': self._data_sample(results)}

    def _inputs(self, results: dict) -> Tensor | dict[str, Tensor]:
        if self.collect_keys is not None:
            missing = [key for key in self.collect_keys if key not in results]
            if missing:
                raise ValueError(f'collect_keys {missing} are not in the sample, which has {sorted(results)}.')
            return {key: to_tensor(results[key]) for key in self.collect_keys}
        for key in _INPUTS:
            if key in results:
                return to_tensor(results[key])
        raise ValueError(f'PackActionInputs needs one of {list(_INPUTS)} in the sample, which has {sorted(results)}.')

    def _data_sample(self, results: dict) -> ActionDataSample:
        sample = ActionDataSample()
        if 'gt_bboxes' in results:
            sample.gt_instances = InstanceData(
                **{name: to_tensor(results[key]) for key, name in self.mapping_table.items() if key in results}
            )
        if results.get('proposals') is not None:  # also without ground truth: boxes to classify
            sample.proposals = InstanceData(bboxes=to_tensor(results['proposals']))
        if 'label' in results:
            sample.set_gt_label(results['label'])
        for key in self.algorithm_keys:
            if key in results:
                sample.set_field(results[key], key)
        # Not in the default of meta_keys, which many configs override.
        sample.set_metainfo(_meta(results, (*self.meta_keys, *SOURCE_KEYS)))
        return sample


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class PackLocalizationInputs(BaseTransform):
    """Make ``{'inputs': tensor, 'data_samples': ActionDataSample}`` of a sample of temporal localization.

    The input is ``raw_feature``; with ``bsp_feature`` in its place, a placeholder (the features are among ``keys``).

    Args:
        keys: fields of ``gt_instances``, and ``proposals``; those the sample has.
        meta_keys: entries to keep as meta information, if the sample has them.
    """

    role = 'pack'
    reads = ('raw_feature|bsp_feature',)
    writes = ('inputs', 'data_samples')

    keys: Sequence[str] = ()
    meta_keys: Sequence[str] = ('video_name',)

    def transform(self, results: dict) -> dict:
        if 'raw_feature' in results:
            inputs = to_tensor(results['raw_feature'])
        elif 'bsp_feature' in results:
            inputs = torch.tensor(0.0)
        else:
            raise ValueError(
                "PackLocalizationInputs needs 'raw_feature' or 'bsp_feature' in the sample, "
                f'which has {sorted(results)}.'
            )
        sample = ActionDataSample()
        given = {key: to_tensor(results[key]) for key in self.keys if key in results}
        if 'proposals' in given:
            sample.proposals = InstanceData(proposals=given.pop('proposals'))
        if given:
            sample.gt_instances = InstanceData(**given)
        sample.set_metainfo(_meta(results, self.meta_keys))
        return {'inputs': inputs, 'data_samples': sample}


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class PackSegmentationInputs(BaseTransform):
    """Make ``{'inputs': tensor, 'data_samples': ActionDataSample}`` of a sample of temporal segmentation.

    The input is ``raw_feature``; the data sample gets ``gt_label``, int64 (T,), if the sample has it.

    Args:
        meta_keys: entries to keep as meta information, if the sample has them.
    """

    role = 'pack'
    reads = ('raw_feature',)
    writes = ('inputs', 'data_samples')

    meta_keys: Sequence[str] = ('video_name',)

    def transform(self, results: dict) -> dict:
        sample = ActionDataSample()
        if 'gt_label' in results:
            sample.set_gt_label(to_tensor(results['gt_label']))
        sample.set_metainfo(_meta(results, self.meta_keys))
        return {'inputs': to_tensor(results['raw_feature']), 'data_samples': sample}
