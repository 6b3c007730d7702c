"""Spreadsheets of actions in boxes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from mmaction.datasets.preparation.box_actions import NO_ACTION, BoxAction, join_moments
from mmaction.utils.ava_files import read_text
from mmaction.utils.check import pick

__all__ = ['BoxSheet', 'read_box_csv']

Unit = Literal['pixels', 'relative']
_SIDES = ('x1', 'y1', 'x2', 'y2')
_ENDINGS: dict[str, Unit] = {'px': 'pixels', 'rel': 'relative'}
_COLUMNS = 'video,start,end,label,x1,y1,x2,y2[,person]'


@dataclass(frozen=True)
class BoxSheet:
    """Content of an annotation.

    Args:
        actions: of all videos.
        unit: of their boxes.
        counts_frames: times are numbers of frames divided by the average frame rate, as those of tools that annotate
            frames; else they are read off a clock.
    """

    actions: list[BoxAction]
    unit: Unit
    counts_frames: bool = False


def read_box_csv(path: str, unit: str | None = None, max_gap_sec: float = 2.0) -> BoxSheet:
    """Read a csv ``video,start,end,label,x1,y1,x2,y2[,person]``, times in seconds.

    A row with ``end`` after ``start`` is an action in a box that stays where it is. Without an end, or with that of the
    start, it is a single moment: those of a person are joined, and the box is interpolated. The label ``none`` is for
    persons who do nothing of interest; a person without a label is there, but not annotated.

    Args:
        path: the file, with a header; separated by commas, semicolons or tabs.
        unit: ``'pixels'`` or ``'relative'`` (0..1 of the frame); None where the names of the columns state it:
            ``x1_px`` or ``x1_rel``, and so on.
        max_gap_sec: longest time between two moments of a person that is interpolated.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: a column is missing, the unit is not stated, or a row is malformed; the message has its number.
    """
    lines = read_text(path, 'annotation')
    if not lines:
        raise ValueError(f'{path} is empty. Expected a header, {_COLUMNS}, and a row per box.')
    delimiter = max(',;\t', key=lines[0].count)
    table = list(csv.reader(lines, delimiter=delimiter))
    header = [name.strip().lower() for name in table[0]]
    sides, stated = _box_columns(header, path)
    missing = [name for name in ('video', 'start', 'label') if name not in header]
    if missing:
        raise ValueError(f'{path}, row 1: there is no column {", ".join(missing)} in {header}. Expected {_COLUMNS}.')
    unit = stated or unit
    if unit is None:
        raise ValueError(
            f'{path}: the unit of the boxes is not stated. Give --box-unit pixels or relative (0 to 1 of the frame), '
            'or name the columns x1_px,y1_px,x2_px,y2_px or x1_rel,y1_rel,x2_rel,y2_rel.'
        )
    actions = list(_actions(path, header, sides, table[1:]))
    if not actions:
        raise ValueError(f'{path} has a header and no row. Expected a row per box, {_COLUMNS}.')
    moments = [action for action in actions if len(action.times) == 1]
    lasting = [action for action in actions if len(action.times) > 1]
    return BoxSheet([*lasting, *join_moments(moments, max_gap_sec)], pick(get_args(Unit), unit, 'box_unit'))


def _box_columns(header: Sequence[str], path: str) -> tuple[list[int], Unit | None]:
    """Places of the columns of the box, and the unit that their names state."""
    for ending, unit in (('', None), *_ENDINGS.items()):
        names = [f'{side}_{ending}' if ending else side for side in _SIDES]
        if all(name in header for name in names):
            return [header.index(name) for name in names], unit
    raise ValueError(
        f'{path}, row 1: there are no columns x1,y1,x2,y2 (or with _px or _rel) in {list(header)}. Expected {_COLUMNS}.'
    )


def _actions(
    path: str, header: Sequence[str], sides: Sequence[int], rows: Sequence[Sequence[str]]
) -> Iterator[BoxAction]:
    for number, row in enumerate(rows, 2):
        if not any(field.strip() for field in row):
            continue
        where = f'{path}, row {number}'
        if len(row) != len(header):
            raise ValueError(
                f'{where}: {len(row)} fields, but the header has {len(header)}. Quote fields with commas, and correct '
                f'the row: {",".join(row)!r}.'
            )
        fields = dict(zip(header, map(str.strip, row)))
        if not fields['video']:
            raise ValueError(f'{where}: there is no video. Write its file name.')
        start = _seconds(fields['start'], 'start', where)
        end = _seconds(fields.get('end') or fields['start'], 'end', where)
        if end < start:
            raise ValueError(f'{where}: end ({end:g}) is before start ({start:g}). Correct the row; both in seconds.')
        box = [_number(row[place], header[place], where) for place in sides]
        times = [start, end] if end > start else [start]
        yield BoxAction(
            where,
            fields['video'].replace('\\', '/'),
            fields.get('person', ''),
            _label(fields['label']),
            np.array(times),
            np.array([box] * len(times)),
            closed=len(times) == 1,
        )


def _label(text: str) -> str:
    return NO_ACTION if text.lower() == NO_ACTION else text


def _seconds(text: str, name: str, where: str) -> float:
    """Seconds of ``12.5``, ``0:12.5`` or ``0:00:12.5``."""
    total = 0.0
    for part in text.split(':'):
        total = 60 * total + _number(part, name, where, 'seconds, such as 12.5, or 0:12.5')
    return total


def _number(text: str, name: str, where: str, expected: str = 'a number') -> float:
    # The comma is the decimal point of many spreadsheets, which then separate with semicolons.
    if not re.fullmatch(r'\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*', text, re.ASCII):
        raise ValueError(f'{where}: {name} ({text!r}) must be {expected}. Correct the row.')
    return float(text.replace(',', '.'))
