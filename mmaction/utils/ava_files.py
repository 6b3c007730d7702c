"""Files in AVA's format: actions of persons in boxes (csv), label maps (pbtxt) and excluded frames (csv).

A line of the csv is ``video_id,timestamp,x1,y1,x2,y2,label[,entity_id or score]``. The timestamp is a whole number:
seconds in AVA, frames in MultiSports. The key of an annotated frame is ``video_id,0902``.
"""

from __future__ import annotations

import csv
import os.path as osp
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from mmengine.fileio import exists, list_from_file

from mmaction.utils.files import read_as_utf8

__all__ = [
    'BoxTable',
    'check_custom_classes',
    'make_image_key',
    'parse_box_lines',
    'parse_exclusions',
    'parse_label_map',
    'read_box_table',
    'read_exclusions',
    'read_label_map',
    'read_text',
]

_FORMAT = 'video_id,timestamp,x1,y1,x2,y2,label[,entity_id]'
_WIDTHS = (7, 8)
_NO_LAST = 'nan'  # eighth field of a line with seven
_FIELDS: tuple[tuple[int, str, type], ...] = (
    (1, 'timestamp', int),
    (2, 'x1', float),
    (3, 'y1', float),
    (4, 'x2', float),
    (5, 'y2', float),
    (6, 'label', int),
    (7, 'entity_id (or score)', float),
)


def make_image_key(video_id: str, timestamp: int | str) -> str:
    """Key of a frame: ``make_image_key('abc', 902)`` is ``'abc,0902'``."""
    return f'{video_id},{int(timestamp):04d}'


@dataclass(frozen=True, eq=False)
class BoxTable:
    """Lines of a csv in AVA's format, one box and one action each.

    Args:
        path: the file, for messages.
        line: int (N,), numbers of the lines, from 1.
        videos: names of the V videos.
        video: int (N,), index of the video.
        timestamp: int (N,).
        boxes: float64 (N, 4), xyxy.
        label: int (N,), class index.
        last: float64 (N,), the eighth column: entity id or score; NaN where the line has none.
        has_lines: the rows are lines of a file; else messages name the frame.
    """

    path: str
    line: np.ndarray
    videos: Sequence[str]
    video: np.ndarray
    timestamp: np.ndarray
    boxes: np.ndarray
    label: np.ndarray
    last: np.ndarray
    has_lines: bool = True

    def __len__(self) -> int:
        return len(self.line)

    def __getitem__(self, index: Any) -> BoxTable:
        """The rows of a mask or of an index array."""
        columns = ('line', 'video', 'timestamp', 'boxes', 'label', 'last')
        return replace(self, **{name: getattr(self, name)[index] for name in columns})

    def with_labels(self, label: np.ndarray) -> BoxTable:
        """The same rows with other labels, int (N,)."""
        return replace(self, label=label)

    @cached_property
    def frames(self) -> tuple[np.ndarray, list[str]]:
        """Index of the frame of each row, int (N,), and the keys of the frames in the order of the file."""
        pairs = np.stack([self.video, self.timestamp], axis=1)
        distinct, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
        order = first.argsort()
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        keys = [make_image_key(self.videos[video], timestamp) for video, timestamp in distinct[order].tolist()]
        return place[inverse.reshape(-1)], keys

    def where(self, row: int) -> str:
        """Name the line of a row, for messages."""
        if self.has_lines:
            return f'{self.path}, line {self.line[row]}'
        return f'{self.path}, frame {make_image_key(self.videos[self.video[row]], self.timestamp[row])!r}'


def read_text(path: str, name: str) -> list[str]:
    """Lines of a text file; ``name`` is its argument, for messages.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is not UTF-8 text.
    """
    if not exists(path):
        raise FileNotFoundError(f'There is no file {path} (absolute: {osp.abspath(path)}). Correct {name}.')
    with read_as_utf8(path, f'Correct {name}.'):
        lines: list[str] = list_from_file(path, encoding='utf-8-sig')
    return lines


def read_box_table(path: str, name: str = 'ann_file') -> BoxTable:
    """Read a csv in AVA's format; ``name`` is its argument, for messages. Errors: as :func:`parse_box_lines`."""
    return parse_box_lines(read_text(path, name), path)


def parse_box_lines(lines: Iterable[str], path: str) -> BoxTable:
    """Parse the lines of a csv in AVA's format. Values are not checked here, only their number and type.

    Raises:
        ValueError: a line is malformed; the message has its number and text.
    """
    numbers = []
    columns: list[list[str]] = [[] for _ in range(_WIDTHS[-1])]
    for number, row in enumerate(csv.reader(lines), 1):
        if not row:
            continue
        if len(row) not in _WIDTHS:
            _raise_malformed(path, number, row, f'found {len(row)} fields')
        if len(row) < len(columns):
            row.append(_NO_LAST)
        numbers.append(number)
        # Not kept as rows: a million lists would cost more time than all else.
        for column, value in zip(columns, row):
            column.append(value)
    names, timestamps, *coordinates, labels, lasts = columns
    try:
        timestamp = np.array([int(value) for value in timestamps], np.int64)
        boxes = [np.array([float(value) for value in column], np.float64) for column in coordinates]
        label = np.array([int(value) for value in labels], np.int64)
        last = np.array([float(value) for value in lasts], np.float64)
    except ValueError:
        _find_malformed(path, numbers, columns)
        raise
    index: dict[str, int] = {}
    video = np.array([index.setdefault(name.strip(), len(index)) for name in names], np.int64)
    return BoxTable(
        path,
        line=np.array(numbers, np.int64),
        videos=list(index),
        video=video,
        timestamp=timestamp,
        boxes=np.stack(boxes, axis=1),  # 4 x (N,) -> (N, 4)
        label=label,
        last=last,
    )


def _find_malformed(path: str, numbers: Sequence[int], columns: Sequence[Sequence[str]]) -> None:
    """Raise for the first line with a field that is not a number."""
    for number, row in zip(numbers, zip(*columns)):
        for place, name, kind in _FIELDS:
            try:
                kind(row[place])
            except ValueError:
                sort = 'whole number' if kind is int else 'number'
                written = row[:-1] if row[-1] == _NO_LAST else row
                _raise_malformed(path, number, written, f'{name} ({row[place]!r}) is not a {sort}')


def _raise_malformed(path: str, number: int, row: Sequence[str], fault: str) -> NoReturn:
    hint = ' Delete a header line.' if number == 1 else ''
    raise ValueError(
        f'{path}, line {number}: expected {_FORMAT}, {fault}. Correct the line.{hint} The line is {",".join(row)!r}.'
    )


def read_exclusions(path: str | None, name: str = 'exclude_file') -> dict[str, int]:
    """Read the keys of excluded frames, with their line numbers; empty without a file. See :func:`parse_exclusions`."""
    if not path:
        return {}
    return parse_exclusions(read_text(path, name), path)


def parse_exclusions(lines: Iterable[str], path: str) -> dict[str, int]:
    """Parse lines ``video_id,timestamp``.

    Returns:
        keys of the excluded frames, and the number of their line.

    Raises:
        ValueError: a line is malformed; the message has its number and text.
    """
    keys = {}
    for number, row in enumerate(csv.reader(lines), 1):
        if not row:
            continue
        if len(row) != 2 or not re.fullmatch(r'\s*\d+\s*', row[1], re.ASCII):
            raise ValueError(
                f'{path}, line {number}: expected video_id,timestamp, found {",".join(row)!r}. Correct the line.'
            )
        keys[make_image_key(row[0].strip(), row[1])] = number
    return keys


def read_label_map(path: str, name: str = 'label_file') -> dict[int, str]:
    """Read the class names of a label map by class index. See :func:`parse_label_map`."""
    return parse_label_map(read_text(path, name), path)


# A key of an item, with its value; or the end of an item.
_TOKEN = re.compile(r"""\b(?P<key>name|id|label_id)\s*:\s*(?P<value>"[^"]*"|'[^']*'|[^\s}]+)|(?P<end>\})""")
_PLAIN = re.compile(r'\s*(\d+)\s*:\s*(.+?)\s*', re.ASCII)


def parse_label_map(lines: Iterable[str], path: str) -> dict[int, str]:
    """Parse a label map: items ``{ name: "..." id: N }``, or with ``label_id``, on one line or several.

    Lines ``N: name`` (``tools/data/ava/label_map.txt``) are accepted, too.

    Raises:
        ValueError: an item has no name or no whole number, a number is there twice, or the file has no class.
    """
    names: dict[int, str] = {}
    item: dict[str, str] = {}

    def add(label: str, name: str, where: str) -> None:
        if not re.fullmatch(r'\d+', label, re.ASCII):
            raise ValueError(f'{where}: id ({label!r}) of class {name!r} is not a whole number.')
        if int(label) in names:
            raise ValueError(f'{where}: id {label} of class {name!r} is that of {names[int(label)]!r}, too.')
        names[int(label)] = name

    for number, line in enumerate(lines, 1):
        where = f'{path}, line {number}'
        plain = _PLAIN.fullmatch(line)
        if plain:
            add(plain[1], plain[2], where)
            continue
        for token in _TOKEN.finditer(line):
            if token['key']:
                item[token['key'].removeprefix('label_')] = token['value'].strip('"\'')
            if len(item) == 2:
                add(item['id'], item['name'], where)
                item = {}
            elif token['end'] and item:
                raise ValueError(f'{where}: an item has only {item}. Expected {{ name: "..." id: N }}.')
    if not names:
        raise ValueError(f'{path} has no class: expected items {{ name: "..." id: N }}.')
    return names


def check_custom_classes(custom_classes: Sequence[int], num_classes: int) -> list[int]:
    """Check classes chosen from the annotation; returns them with 0, the background, first."""
    classes = list(custom_classes)
    if 0 in classes:
        raise ValueError(f'custom_classes {classes} must not have 0, which is the background.')
    if len(set(classes)) < len(classes):
        raise ValueError(f'custom_classes {classes} name a class twice.')
    if num_classes != len(classes) + 1:
        raise ValueError(
            f'num_classes ({num_classes}) must be {len(classes) + 1}: the {len(classes)} custom_classes and the '
            'background.'
        )
    return [0, *classes]
