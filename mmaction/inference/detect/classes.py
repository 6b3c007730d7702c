"""Names of the classes of an action detector."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from mmengine.model import BaseModel

from mmaction.inference.pipeline import config_of, evaluation_datasets
from mmaction.models.roi_heads import BBoxHeadAVA, StandardRoIHead
from mmaction.utils.ava_files import parse_label_map, read_text
from mmaction.utils.labels import read_labels


def action_names(model: BaseModel, label_map: str | os.PathLike | None = None) -> dict[int, str]:
    """Names of the outputs of an action detector, without the background.

    Args:
        model: the detector, with ``cfg``.
        label_map: AVA's ``item { name: "..." id: N }``, lines ``N: name``, or one name per line. Default: the
            ``label_file`` of the config's dataset, if it is there.

    Returns:
        Names by column of the scores. Columns without a name in the label map are left out, as the 20 classes of AVA
        that are not evaluated; without a label map all columns are there, as ``class 1``, ...

    Raises:
        FileNotFoundError: there is no such label map.
        ValueError: it is malformed, or has more classes than the model.
    """
    dataset: Mapping[str, Any] = next(evaluation_datasets(config_of(model)), {})
    roi_head = getattr(model, 'roi_head', None)
    head = roi_head.bbox_head if isinstance(roi_head, StandardRoIHead) else None
    count, first = None, 1
    if isinstance(head, BBoxHeadAVA):
        count, first = head.num_classes, int(head.background_class)
    if label_map is None:
        label_map = _label_file(dataset)
    if label_map is None and count is None:
        raise ValueError(f'The classes of a {type(model).__name__} are not known. Give its label map.')
    if label_map is None:
        return {column: f'class {column}' for column in range(first, count or first)}
    names = read_names(label_map, first)
    custom = dataset.get('custom_classes')
    if custom:
        names = {column: names[label] for column, label in enumerate(custom, 1) if label in names}
    # Column 0 of a head with a background is never trained, whatever the label map calls it.
    names = {column: name for column, name in names.items() if column >= first}
    if not names:
        raise ValueError(f'{os.fspath(label_map)} has no class from {first} on. Give the names of the classes.')
    if count is not None and max(names) >= count:
        raise ValueError(
            f'{os.fspath(label_map)} has class {max(names)} ({names[max(names)]}), but the model has the classes '
            f'{first} to {count - 1}. Give the label map that it was trained with.'
        )
    return names


def _label_file(dataset: Mapping[str, Any]) -> str | None:
    path = dataset.get('label_file')
    for candidate in (path, os.path.join(dataset.get('data_root') or '', path or '')):
        if candidate and os.path.isfile(candidate):
            return str(candidate)
    return None


def read_names(label_map: str | os.PathLike, first: int = 1) -> dict[int, str]:
    """Read class names with their indices, or one name per line, the first of which is class ``first``."""
    path = os.fspath(label_map)
    lines = read_text(path, 'label_map')
    if any('{' in line or line.partition(':')[0].strip().isdecimal() for line in lines):
        return parse_label_map(lines, path)
    if not any(line.strip() for line in lines):
        raise ValueError(f'{path} is empty. Give the names of the classes.')
    return dict(enumerate(read_labels(path), first))
