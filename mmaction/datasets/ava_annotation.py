"""Annotation of spatio-temporal detection: checks, and one record per annotated frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.datasets.transforms.results import BOX_TOLERANCE, BoxUnit
from mmaction.utils.ava_files import BoxTable

_OUTSIDE = {
    'relative': 'in [0, 1]: divide x by the width and y by the height, or set box_unit="pixels"',
    'pixels': 'in pixels, from 0 to the width or height',
}


@dataclass(frozen=True)
class BoxRules:
    """Limits of a box annotation.

    Args:
        num_classes: labels must be smaller; None leaves the limit open.
        has_background: label 0 is the background, which no person has.
        unit: of the boxes.
    """

    num_classes: int | None
    has_background: bool
    unit: BoxUnit


def check_table(table: BoxTable, rules: BoxRules) -> None:
    """Check the boxes and labels of an annotation.

    Raises:
        ValueError: the first fault, with file, line, value and remedy.
    """
    if not len(table):
        raise ValueError(f'{table.path} has no annotated box.')
    _check_boxes(table, rules.unit)
    _check_labels(table, rules)


def check_timestamps(table: BoxTable, start: np.ndarray, end: np.ndarray) -> None:
    """Check that timestamps are in ``[start, end]`` of their video, both (N,).

    Raises:
        ValueError: the first that is not, with file, line and remedy.
    """
    _raise_first(
        table,
        (table.timestamp < start) | (table.timestamp > end),
        lambda row: (
            f'timestamp {table.timestamp[row]} is outside of the video {table.videos[table.video[row]]!r}, which '
            f'begins at {start[row]:g} (timestamp_start) and ends at {end[row]:g} (timestamp_end). Correct the line, '
            'or these settings of the dataset.'
        ),
    )


def _raise_first(table: BoxTable, faulty: Any, describe: Callable[[int], str]) -> None:
    """Raise ValueError for the first faulty row, if there is one; ``faulty`` is bool (N,)."""
    if not faulty.any():
        return
    row = int(faulty.argmax())
    text = f'{table.where(row)}: {describe(row)}'
    others = int(faulty.sum()) - 1
    if others:
        text += f' The same is wrong {others} more times.'
    raise ValueError(f"{text} (annotation_checks='off' uses values as they are.)")


def _check_boxes(table: BoxTable, unit: BoxUnit) -> None:
    boxes = table.boxes
    _raise_first(
        table,
        (~np.isfinite(boxes)).any(axis=1),
        lambda row: f'the box {boxes[row].tolist()} has a value that is not finite. Correct the line.',
    )
    outside = boxes < -BOX_TOLERANCE[unit]
    if unit == 'relative':
        outside |= boxes > 1 + BOX_TOLERANCE[unit]
    elif boxes.max() <= 1:
        raise ValueError(f'{table.path}: all boxes are in [0, 1], but box_unit is "pixels". Set box_unit="relative".')
    _raise_first(
        table,
        outside.any(axis=1),
        lambda row: f'the box {boxes[row].tolist()} is outside of the frame. x1, y1, x2, y2 must be {_OUTSIDE[unit]}.',
    )
    _raise_first(
        table,
        (boxes[:, 2:] < boxes[:, :2]).any(axis=1),
        lambda row: (
            f'the box {boxes[row].tolist()} must have x1 <= x2 and y1 <= y2. It is two corners, x1, y1, x2, y2, and '
            'not a corner and a size.'
        ),
    )


def _check_labels(table: BoxTable, rules: BoxRules) -> None:
    label = table.label
    if rules.has_background:
        _raise_first(
            table,
            label == 0,
            lambda row: (
                'label 0 is the background, which no person has: labels count from 1. Add 1 to all labels, and set '
                'num_classes to the number of classes and 1.'
            ),
        )
    limit = np.inf if rules.num_classes is None else rules.num_classes
    _raise_first(
        table,
        (label < 0) | (label >= limit),
        lambda row: (
            f'label {label[row]} is out of [{int(rules.has_background)}, {limit}). Correct the label, or num_classes '
            f'({rules.num_classes}) of the dataset.'
        ),
    )


@dataclass(frozen=True, eq=False)
class FrameBoxes:
    """The persons of an annotated frame.

    Args:
        video: name of the video.
        timestamp: timestamp of the frame.
        key: key of the frame.
        boxes: float64 (n, 4), xyxy.
        labels: float32 (n, num_classes) of zeros and ones, or int64 (n, k) class indices.
        entity_ids: int64 (n,), -1 where the annotation has none.
    """

    video: str
    timestamp: int
    key: str
    boxes: np.ndarray
    labels: np.ndarray
    entity_ids: np.ndarray


def merge_records(
    records: Sequence[Mapping[str, Any]], num_classes: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Merge the lines of a frame, each a dict with ``entity_box``, ``entity_id`` and ``label``, by their box.

    Args:
        records: lines.
        num_classes: length of the label vectors; None keeps class indices.

    Returns:
        The boxes (P, 4), the labels (P, num_classes) or (P, k), and the ids (P,), in the order of the first lines.
    """
    persons: dict[tuple[float, ...], list[Mapping[str, Any]]] = {}
    for record in records:
        persons.setdefault(tuple(record['entity_box']), []).append(record)
    labels = [np.array([record['label'] for record in lines]) for lines in persons.values()]
    if num_classes is not None:
        classes = np.arange(num_classes)
        labels = [np.isin(classes, indices).astype(np.float32) for indices in labels]
    ids = [lines[0]['entity_id'] for lines in persons.values()]
    return np.array([*persons]), np.stack(labels), np.array(ids)


def group_frames(table: BoxTable, num_classes: int | None) -> list[FrameBoxes]:
    """Merge the lines of each frame: those with the same box are one person with several labels.

    Args:
        table: annotation.
        num_classes: length of the label vectors; None keeps class indices, of which each person must then have as
            many.

    Returns:
        the frames, and the persons in them, in the order of their first line.
    """
    frame, keys = table.frames
    same = np.column_stack([frame, table.boxes])
    _, first, person = np.unique(same, axis=0, return_index=True, return_inverse=True)
    # Persons by frame, then by first line; numpy sorts them by box.
    order = np.lexsort((first, frame[first]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    person = place[person.reshape(-1)]
    first = first[order]

    labels = _label_rows(table, person, first, num_classes)
    entity = np.nan_to_num(table.last[first], nan=-1).astype(np.int64)
    ends = frame[first].searchsorted(np.arange(len(keys)), side='right').tolist()
    begin = 0
    frames = []
    for key, end in zip(keys, ends):
        rows = first[begin:end]
        row = int(rows[0])
        frames.append(
            FrameBoxes(
                table.videos[table.video[row]],
                int(table.timestamp[row]),
                key,
                table.boxes[rows],
                labels[begin:end],
                entity[begin:end],
            )
        )
        begin = end
    return frames


def _label_rows(table: BoxTable, person: np.ndarray, first: np.ndarray, num_classes: int | None) -> np.ndarray:
    """Labels of each person, (P, num_classes) or (P, k)."""
    if num_classes is not None:
        beyond = np.flatnonzero((table.label < 0) | (table.label >= num_classes))
        if len(beyond):  # with checks switched off: there is no place for it in the vector
            row = int(beyond[0])
            raise ValueError(f'{table.where(row)}: label {table.label[row]} is out of [0, {num_classes}).')
        vectors = np.zeros((len(first), num_classes), np.float32)
        vectors[person, table.label] = 1
        return vectors
    counts = np.bincount(person)
    odd = np.flatnonzero(counts != counts[0])
    if len(odd):
        row = int(first[odd[0]])
        raise ValueError(
            f'{table.where(row)}: a box has {counts[odd[0]]} labels, others {counts[0]}. multilabel=False needs as '
            'many for each box; set multilabel=True for boxes with several labels.'
        )
    by_person = person.argsort(kind='stable')
    indices: np.ndarray = table.label[by_person].reshape(len(first), -1)
    return indices
