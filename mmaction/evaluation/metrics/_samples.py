"""Scores and labels of the data samples that a metric receives."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmaction.structures.action_data_sample import PLURAL_NAMES


def to_mapping(data_sample: Any) -> Mapping[str, Any]:
    """Convert a data sample to a dict, as mmengine's evaluator does before it calls a metric."""
    if isinstance(data_sample, Mapping):
        return data_sample
    as_dict: dict[str, Any] = data_sample.to_dict()
    return as_dict


def find_field(data_sample: Mapping[str, Any], name: str) -> Any:
    """Value of a field under its name of 1.2 (``gt_label``) or 1.0 (``gt_labels``, value in ``item``), or None."""
    value = data_sample.get(name)
    if value is None:
        value = data_sample.get(PLURAL_NAMES[name])
        if isinstance(value, Mapping) and 'item' in value:
            return value['item']
        if value is not None and not isinstance(value, Mapping) and hasattr(value, 'to_dict'):  # LabelData
            return find_field({PLURAL_NAMES[name]: value.to_dict()}, name)
    return value


def get_field(data_sample: Mapping[str, Any], name: str, metric: str) -> Any:
    """Value of a field as :func:`find_field` finds it; raises KeyError if there is none."""
    value = find_field(data_sample, name)
    if value is None:
        raise KeyError(
            f'{metric} needs {name} (or {PLURAL_NAMES[name]}) in each data sample, found {sorted(data_sample)}. Does '
            'the model predict scores, and does PackActionInputs pack the label?'
        )
    return value


def detections_of(data_sample: Mapping[str, Any], metric: str) -> Any:
    """``pred_instances`` of a data sample, which must also name its frame: ``video_id`` and ``timestamp``.

    Raises:
        KeyError: one of the three is missing.
    """
    missing = [key for key in ('video_id', 'timestamp', 'pred_instances') if key not in data_sample]
    if missing:
        raise KeyError(
            f'{metric} needs {", ".join(missing)} in each data sample, found {sorted(data_sample)}. Keep video_id and '
            'timestamp in meta_keys of PackActionInputs; the model must be a detector, which adds pred_instances.'
        )
    return data_sample['pred_instances']


def to_numpy(value: Any) -> np.ndarray:
    """Convert a tensor of any device and dtype, or anything that NumPy understands, to an array."""
    if isinstance(value, torch.Tensor):
        tensor: Tensor = value.detach().cpu()
        # NumPy has no bfloat16, and sums of half precision overflow.
        if tensor.dtype in (torch.bfloat16, torch.float16):
            tensor = tensor.float()
        value = tensor.numpy()
    return np.asarray(value)


def leave_out_unlabelled(results: list[dict], key: str, metric: str) -> list[dict]:
    """Drop results whose only label is -1 (unlabelled) and warn with their number."""
    kept = [result for result in results if to_numpy(result[key]).tolist() not in (-1, [-1])]
    if len(kept) < len(results):
        warnings.warn(
            f'{len(results) - len(kept)} of {len(results)} samples have no label (-1); {metric} leaves them out.',
            stacklevel=3,
        )
    return kept


def many_hot(labels: Sequence[Any], classes: int) -> np.ndarray:
    """Vectors (N, classes) of labels, each a class index, several, or a vector of zeros and ones already."""
    out = np.zeros((len(labels), classes))
    for row, label in zip(out, labels):
        label = np.atleast_1d(np.asarray(label))
        if len(label) == classes and np.isin(label, (0, 1)).all():
            row[:] = label
        else:
            row[label.astype(np.int64)] = 1
    return out
