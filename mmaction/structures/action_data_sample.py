"""Labels and scores of one sample, in both dialects of the 1.x line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import BaseDataElement, InstanceData, LabelData
from torch import Tensor

from mmaction.utils.check import at_least

LabelLike = Tensor | np.ndarray | Sequence | int | float | dict
ScoreLike = Tensor | np.ndarray | Sequence | dict

# Name of a field in 1.2, which holds the value -> its name in 1.0, a LabelData with the value in `.item`.
PLURAL_NAMES = {'gt_label': 'gt_labels', 'pred_label': 'pred_labels', 'pred_score': 'pred_scores'}
_SINGULAR = {plural: name for name, plural in PLURAL_NAMES.items()}


def format_label(value: LabelLike) -> Tensor | dict[str, Any]:
    """Convert a label to a one-dimensional tensor.

    Args:
        value: a class index or several, a value per class (soft label, mixture, zeros and ones), a number to regress,
            or a dict of these per component. A tensor with dimensions is kept, whatever its type. Whole numbers in
            sequences and arrays are indices, as in MMAction2: they become int64. Others are kept, as float32.

    Raises:
        TypeError: the value is of another type.
    """
    if isinstance(value, dict):
        return {k: format_label(v) for k, v in value.items()}
    if isinstance(value, Tensor):
        return value if value.ndim else _indices_or_numbers(value.reshape(1))
    if isinstance(value, np.ndarray):
        return _indices_or_numbers(torch.from_numpy(np.atleast_1d(value)))
    if isinstance(value, int | np.integer):
        return torch.tensor([int(value)])
    if isinstance(value, float | np.floating):
        return torch.tensor([float(value)], dtype=torch.float32)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _indices_or_numbers(torch.tensor(value))
    raise TypeError(
        f'A label must be a number, a sequence, an array, a tensor or a dict of these, got {value!r} '
        f'of type {type(value).__name__}.'
    )


def _indices_or_numbers(values: Tensor) -> Tensor:
    """Whole numbers as int64; others as float32, since their fractions would be lost."""
    indices = values.long()
    return indices if torch.equal(indices.to(values.dtype), values) else values.float()


def format_score(value: ScoreLike) -> Tensor | dict[str, Any]:
    """Convert class scores, or a dict of them per component (``rgb``, ``pose``), to float tensors."""
    if isinstance(value, dict):
        return {k: format_score(v) for k, v in value.items()}
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return torch.tensor(value, dtype=torch.float32)
    raise TypeError(f'Scores must be a sequence, an array, a tensor or a dict of these, got {value!r}.')


def _to_plural(value: Any) -> LabelData:
    return LabelData(**value) if isinstance(value, dict) else LabelData(item=value)


def _to_singular(value: Any) -> Any:
    if not isinstance(value, LabelData):
        return value
    items = dict(value.items())
    return items['item'] if set(items) == {'item'} else items


class _FieldsAsDict(dict[str, Any]):
    """Fields of a data sample under their names of 1.2, which also answers to the names of 1.0.

    The latter are no keys: code that walks the dict meets each label once. A copy (``dict(d)``) is a plain dict.
    """

    def __missing__(self, key: str) -> dict[str, Any]:
        if key not in self:
            raise KeyError(key)
        value = self[_SINGULAR[key]]
        return dict(value) if isinstance(value, dict) else {'item': value}

    def __contains__(self, key: object) -> bool:
        name = _SINGULAR.get(key, key) if isinstance(key, str) else key
        return super().__contains__(name)

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self:
            return default
        return self[key]  # not get() of dict, which leaves __missing__ out


class _Instances:
    """Field of a data sample that accepts InstanceData only; it is stored under its name with an underscore."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.held = f'_{name}'

    def __get__(self, sample: ActionDataSample, owner: type) -> InstanceData:
        held: InstanceData = getattr(sample, self.held)
        return held

    def __set__(self, sample: ActionDataSample, value: InstanceData) -> None:
        sample.set_field(value, self.held, dtype=InstanceData)

    def __delete__(self, sample: ActionDataSample) -> None:
        delattr(sample, self.held)


class ActionDataSample(BaseDataElement):
    """Ground truth and predictions of one sample, with its meta information.

    Labels and scores are stored once and can be read and written under the names of either 1.x dialect:

    ==============  ==============  =======================================
    1.2             1.0             value
    ==============  ==============  =======================================
    ``gt_label``    ``gt_labels``   int64 tensor, (number of labels,)
    ``pred_label``  ``pred_labels`` int64 tensor, (1,)
    ``pred_score``  ``pred_scores`` float tensor, (classes,)
    ==============  ==============  =======================================

    The 1.0 names return a ``LabelData`` with the tensor in ``.item``; ``to_dict()`` answers to both. A ground truth of
    real numbers (a soft label, zeros and ones, a value to regress) is a float tensor. For a model with several
    components, a dict per component replaces the tensor. Iterating yields the five best ``(label, score)`` pairs, as
    ``inference_recognizer`` of the 0.x line returned them.

    Attributes:
        proposals: boxes or segments to classify.
        gt_instances: ground-truth boxes or segments.
        features: features of the sample, e.g. of a text beside the video.
    """

    def set_gt_label(self, value: LabelLike) -> ActionDataSample:
        """Set the ground-truth label(s) and return the sample."""
        self.gt_label = format_label(value)
        return self

    def set_pred_label(self, value: LabelLike) -> ActionDataSample:
        """Set the predicted label and return the sample."""
        self.pred_label = format_label(value)
        return self

    def set_pred_score(self, value: ScoreLike) -> ActionDataSample:
        """Set the class scores and, as meta information, ``num_classes``; return the sample.

        Raises:
            ValueError: the sample has another ``num_classes`` already.
        """
        score = format_score(value)
        if isinstance(score, Tensor) and score.ndim:
            self._set_num_classes(score.shape[-1])
        self.pred_score = score
        return self

    def _set_num_classes(self, num_scores: int) -> None:
        known = self.get('num_classes')
        if known is None:
            self.set_field(num_scores, 'num_classes', field_type='metainfo')
        elif known != num_scores:
            raise ValueError(
                f'There are {num_scores} scores, but num_classes of the sample is {known}. Predict into a new sample.'
            )

    set_gt_labels = set_gt_label
    set_pred_labels = set_pred_label
    set_pred_scores = set_pred_score

    def topk(self, k: int = 5) -> list[tuple[int, float]]:
        """The ``k`` best ``(label, score)`` pairs, best first; fewer if there are fewer classes."""
        at_least(1, k, 'k')
        score = self.get('pred_score')
        if not isinstance(score, Tensor):
            raise ValueError(f'topk needs one tensor of class scores in pred_score, found {type(score).__name__}.')
        if score.ndim != 1:
            raise ValueError(
                f'topk needs scores of shape (classes,), found {tuple(score.shape)}; average the clips first.'
            )
        values, labels = score.topk(min(k, score.numel()))
        return list(zip(labels.tolist(), values.tolist()))

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return iter(self.topk(5))

    # --- both dialects -----------------------------------------------------------------------------------------------
    def set_field(self, value: Any, name: str, dtype: Any = None, field_type: str = 'data') -> None:
        if name in _SINGULAR:
            name = _SINGULAR[name]
            value = _to_singular(value)
        super().set_field(value, name, dtype=dtype, field_type=field_type)

    def __getattr__(self, name: str) -> Any:  # called only if the normal lookup fails
        # Unpickling asks for private names before the sample has any field.
        if name.startswith('_'):
            raise AttributeError(f'{type(self).__name__!r} has no attribute {name!r}.')
        held = _SINGULAR.get(name)
        if held is not None and held in self._data_fields:
            return _to_plural(getattr(self, held))
        raise AttributeError(f'{type(self).__name__!r} has no field {name!r}; it holds {sorted(self.all_keys())}.')

    def __delattr__(self, name: str) -> None:
        super().__delattr__(_SINGULAR.get(name, name))

    def __contains__(self, name: str) -> bool:
        found: bool = super().__contains__(_SINGULAR.get(name, name))
        return found

    def pop(self, key: str, *default: Any) -> Any:
        if key in _SINGULAR and key in self:
            return _to_plural(super().pop(_SINGULAR[key]))
        return super().pop(key, *default)

    def to_dict(self) -> dict[str, Any]:
        """All fields and the meta information; labels and scores can be read under the names of both dialects."""
        return _FieldsAsDict(super().to_dict())

    # --- instances ---------------------------------------------------------------------------------------------------
    proposals = _Instances()
    gt_instances = _Instances()
    features = _Instances()
