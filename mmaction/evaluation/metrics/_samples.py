"""Read scores and labels out of the data samples that a metric is given."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

_PLURAL = {'gt_label': 'gt_labels', 'pred_label': 'pred_labels', 'pred_score': 'pred_scores'}


def to_mapping(data_sample: Any) -> Mapping[str, Any]:
    """A data sample as a dict, as the evaluator of mmengine hands it over."""
    return data_sample if isinstance(data_sample, Mapping) else data_sample.to_dict()


def find_field(data_sample: Mapping[str, Any], name: str) -> Any:
    """The value of a field under its name of 1.2 (``gt_label``) or of 1.0 (``gt_labels``, the value in ``item``).

    None where the sample has neither.
    """
    value = data_sample.get(name)
    if value is None:
        value = data_sample.get(_PLURAL[name])
        if isinstance(value, Mapping) and 'item' in value:
            return value['item']
        if value is not None and not isinstance(value, Mapping) and hasattr(value, 'to_dict'):  # LabelData
            return find_field({_PLURAL[name]: value.to_dict()}, name)
    return value


def get_field(data_sample: Mapping[str, Any], name: str, metric: str) -> Any:
    """As :func:`find_field`, but raise KeyError where there is none."""
    value = find_field(data_sample, name)
    if value is None:
        raise KeyError(
            f'{metric} needs {name} (or {_PLURAL[name]}) in each data sample, found {sorted(data_sample)}. Does the '
            'model predict scores, and does PackActionInputs pack the label?'
        )
    return value


def to_numpy(value: Any) -> np.ndarray:
    """A tensor of any device and type, or what numpy understands, as an array."""
    if isinstance(value, torch.Tensor):
        tensor: Tensor = value.detach().cpu()
        if tensor.dtype in (torch.bfloat16, torch.float16):  # NumPy has no bfloat16; half precision overflows in sums
            tensor = tensor.float()
        value = tensor.numpy()
    return np.asarray(value)


def leave_out_unlabelled(results: list[dict], key: str, metric: str) -> list[dict]:
    """Drop results whose one label is -1, which stands for "not known", and tell how many."""
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
