"""Annotation pickles of keypoints: reading and checking them.

A pickle holds ``{'split': {name: [sample names]}, 'annotations': [samples]}``, or only the list. A sample is a dict:

================ ==================================================================================================
frame_dir        name of the sample (or ``filename``)
label            class index, or several
total_frames     T; optional with ``keypoint`` (M, T, V, C)
img_shape        (h, w) of the frames, pixels; not for 3D skeletons
keypoint         (M, T, V, C): persons, frames, joints; x, y in pixels (2D) or x, y, z (3D), and further features of
                 the joints, such as their speed; a missing joint is 0
keypoint_score   (M, T, V): confidence of the joints, 0..1; 2D only, optional
================ ==================================================================================================

Or packed, one row per person and frame: ``keypoint`` (N, V, 3) of x, y, score and ``frame_inds`` (N,), for
``DecompressPose``. An entry that is None counts as absent, and :func:`convert_sample` accepts further types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import torch

from mmaction.datasets.annotation import check_labels
from mmaction.datasets.labels import class_indices
from mmaction.utils.check import shorten
from mmaction.utils.plain_pickle import load_plain_pickle


def load_annotation(path: str) -> tuple[dict[str, list] | None, list]:
    """Read the splits (None for a plain list) and the samples of an annotation pickle.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is no pickle of plain data, or neither a list nor a dict of ``split`` and ``annotations``.
    """
    if not path.endswith(('.pkl', '.pickle')):
        raise ValueError(f'ann_file ({path!r}) must be a pickle, *.pkl.')
    content = load_plain_pickle(path)
    if isinstance(content, list):
        return None, [convert_sample(sample) for sample in content]
    if not isinstance(content, dict) or 'annotations' not in content:
        found = type(content).__name__
        if isinstance(content, dict):
            found = f'a dict of {shorten(sorted(map(str, content)), 8)}'
        raise ValueError(
            f"{path} must hold {{'split': {{name: [samples]}}, 'annotations': [samples]}} or a list of samples, "
            f'found {found}.'
        )
    split = content.get('split')
    samples = content['annotations']
    if not isinstance(samples, list):
        raise ValueError(f'{path}: annotations must be a list, found {type(samples).__name__}.')
    if split is not None and not isinstance(split, dict):
        raise ValueError(f'{path}: split must be a dict of names to lists of samples, found {type(split).__name__}.')
    return split, [convert_sample(sample) for sample in samples]


# ------------------------------------------------------------------------------------------------------ conversion
def convert_sample(sample: Any) -> Any:
    """Convert the entries of a sample to the types above, where that changes no value.

    Entries that are None are dropped: writers leave them where, say, the size of a video is unknown. Tensors and lists
    become arrays, paths become strings, and whole numbers given as floats become integers. A score per joint may be
    (M, T, V, 1), and a shape may end with the number of channels. Anything else is left as it is.
    """
    if not isinstance(sample, dict):
        return sample
    out = {key: value for key, value in sample.items() if value is not None}
    for key in ('keypoint', 'keypoint_score', 'frame_inds'):
        if key in out:
            out[key] = _to_array(out[key])
    score = out.get('keypoint_score')
    if isinstance(score, np.ndarray) and score.ndim == 4 and score.shape[3] == 1:
        out['keypoint_score'] = score[..., 0]  # (M, T, V, 1) -> (M, T, V)
    for key in ('frame_dir', 'filename'):
        if isinstance(out.get(key), PurePath):
            out[key] = str(out[key])
    if 'total_frames' in out:
        out['total_frames'] = _to_whole(out['total_frames'])
    for key in ('img_shape', 'original_shape'):
        if isinstance(out.get(key), (tuple, list, np.ndarray, torch.Tensor)):
            sides = tuple(_to_whole(side) for side in out[key])
            out[key] = sides[:2] if len(sides) == 3 else sides
    return out


def _to_array(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.numpy()
    if not isinstance(value, (list, tuple)):
        return value
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return value
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _to_whole(value: Any) -> Any:
    """``value`` as int if it is a whole number, such as 4.0 or an array of one element."""
    if isinstance(value, torch.Tensor):
        value = value.numpy()
    if isinstance(value, (np.ndarray, np.generic)) and value.size == 1:
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


# ---------------------------------------------------------------------------------------------------------- checks
@dataclass(frozen=True)
class Problem:
    """A fault in a field of a sample.

    Attributes:
        field: the field.
        what: the fault, with the value.
        kind: the samples that have it, as ``'without persons'``, to count them.
        fatal: no pipeline can process it.
    """

    field: str
    what: str
    kind: str = ''
    fatal: bool = True

    def __str__(self) -> str:
        return f'{self.field}: {self.what}'


def sample_name(sample: Mapping[str, Any]) -> str | None:
    """``filename`` or else ``frame_dir``; None if that is no string."""
    name = sample.get('filename', sample.get('frame_dir'))
    return name if isinstance(name, str) else None


def check_sample(
    sample: Any, *, num_classes: int | None = None, unlabelled: bool = False, outside: bool = False
) -> Iterator[Problem]:
    """Yield the faults of a sample.

    Args:
        sample: a sample of an annotation.
        num_classes: number of classes; None leaves the upper limit open.
        unlabelled: the label may be missing or -1.
        outside: the keypoints may be in a file of their own.
    """
    if not isinstance(sample, dict):
        yield Problem('sample', f'must be a dict, found {type(sample).__name__}')
        return
    yield from _check_name(sample)
    yield from _check_label(sample, num_classes, unlabelled)
    yield from _check_numbers(sample)
    if 'keypoint' in sample:
        yield from check_keypoints(sample)
    elif not outside:
        yield Problem('keypoint', 'missing', 'without keypoints', fatal=False)


def _check_name(sample: dict) -> Iterator[Problem]:
    for field in ('frame_dir', 'filename'):
        if field in sample and (not isinstance(sample[field], str) or not sample[field]):
            yield Problem(field, f'must be a string, found {sample[field]!r}', 'without a name', fatal=False)
    if 'frame_dir' not in sample and 'filename' not in sample:
        yield Problem('frame_dir', 'missing', 'without a name', fatal=False)


def _check_label(sample: dict, num_classes: int | None, unlabelled: bool) -> Iterator[Problem]:
    if 'label' not in sample:
        if not unlabelled:
            yield Problem('label', 'missing', 'without a label', fatal=False)
        return
    label = sample['label']
    indices = class_indices(label)
    if indices is None:
        what = f'must be an integer, or a list of integers, found {label!r}'
        yield Problem('label', what, 'with a label that is no class index', fatal=False)
        return
    try:
        check_labels(indices, num_classes, unlabelled)
    except ValueError as error:
        yield Problem('label', str(error).rstrip('.'), 'with a label out of range', fatal=False)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _check_numbers(sample: dict) -> Iterator[Problem]:
    total = sample.get('total_frames')
    if total is not None and (not _is_whole(total) or total < 1):
        what = f'must be an integer of at least 1, found {total!r}'
        yield Problem('total_frames', what, 'without a number of frames', fatal=False)
    for field in ('img_shape', 'original_shape'):
        shape = sample.get(field)
        if shape is None:
            continue
        sides = list(shape) if isinstance(shape, (tuple, list, np.ndarray)) else []
        if len(sides) != 2 or not all(_is_whole(side) and side > 0 for side in sides):
            yield Problem(field, f'must be (h, w) in pixels, found {shape!r}', f'with an unusual {field}', fatal=False)


def check_keypoints(sample: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the faults of ``keypoint``, ``keypoint_score`` and ``frame_inds`` of a sample."""
    arrays = {}
    for field in ('keypoint', 'keypoint_score', 'frame_inds'):
        if field not in sample:
            continue
        array = sample[field]
        if not isinstance(array, np.ndarray):
            yield Problem(field, f'must be a NumPy array, found {type(array).__name__}')
            return
        if array.dtype.kind not in 'fiu':
            yield Problem(field, f'must hold numbers, found dtype {array.dtype}')
            return
        arrays[field] = array
    packed = 'frame_inds' in arrays or arrays['keypoint'].ndim == 3
    if packed:
        yield from _check_packed(sample, arrays)
    else:
        yield from _check_full(sample, arrays)
    for field in ('keypoint', 'keypoint_score'):
        if field in arrays:
            yield from _check_values(field, arrays[field])


def _check_full(sample: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Iterator[Problem]:
    keypoint = arrays['keypoint']
    score = arrays.get('keypoint_score')
    if keypoint.ndim != 4 or keypoint.shape[3] < 2:
        yield Problem('keypoint', f'must be (persons, frames, joints, 2 or more), found shape {keypoint.shape}')
        return
    persons, frames, joints, _ = keypoint.shape
    if not frames or not joints:
        yield Problem('keypoint', f'has no {"joints" if frames else "frames"} (shape {keypoint.shape})')
    if not persons:
        yield Problem('keypoint', f'has no persons (shape {keypoint.shape})', 'without persons', fatal=False)
    total = sample.get('total_frames')
    if frames and _is_whole(total) and total != frames:
        what = f'has {frames} frames (shape {keypoint.shape}), total_frames is {total}'
        yield Problem('keypoint', what, 'of another length than total_frames', fatal=False)
    if score is not None and score.shape != keypoint.shape[:3]:
        what = f'must have the shape {keypoint.shape[:3]}, found {score.shape}'
        yield Problem('keypoint_score', what, 'with scores of another shape', fatal=False)


def _check_packed(sample: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Iterator[Problem]:
    rows = arrays['keypoint']
    inds = arrays.get('frame_inds')
    if rows.ndim != 3 or rows.shape[2] != 3:
        yield Problem('keypoint', f'must be (N, joints, 3) to match frame_inds, found shape {rows.shape}')
        return
    if inds is None:
        yield Problem('frame_inds', f'missing, and keypoint has shape {rows.shape}')
        return
    if not len(rows):
        yield Problem('keypoint', f'has no persons (shape {rows.shape})', 'without persons', fatal=False)
    total = sample.get('total_frames')
    if inds.shape != rows.shape[:1]:
        yield Problem('frame_inds', f'must have the shape {rows.shape[:1]}, found {inds.shape}')
    elif (np.diff(inds) < 0).any():
        yield Problem('frame_inds', 'must be ascending')
    elif len(inds) and (inds[0] < 0 or (_is_whole(total) and inds[-1] >= total)):
        yield Problem('frame_inds', f'reach from {inds[0]} to {inds[-1]}, total_frames is {total}')
    if total is None:
        yield Problem('total_frames', 'missing')


def _check_values(field: str, array: np.ndarray) -> Iterator[Problem]:
    if array.dtype.kind != 'f' or np.isfinite(array).all():
        return
    infinite = int(np.isinf(array).sum())
    missing = int(np.isnan(array).sum())
    if infinite:
        what = f'{infinite} of {array.size} values are infinite; a missing joint is 0, with the score 0'
        yield Problem(field, what, 'with infinite joints', fatal=False)
    if missing:
        what = f'{missing} of {array.size} values are not numbers (NaN); a missing joint is 0, with the score 0'
        yield Problem(field, what, 'with joints that are not numbers (NaN)', fatal=False)
