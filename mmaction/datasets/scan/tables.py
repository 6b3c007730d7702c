"""Tables of videos and labels: csv, tsv and txt of any delimiter, with or without a header."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_DELIMITERS = ('\t', ';', ',', '|', ' ')

# Names of columns, in lower case without separators.
_NAMES = {
    'path': ('path', 'file', 'filename', 'filepath', 'video', 'videopath', 'videoname', 'videofile', 'clip', 'name',
             'videoid', 'id', 'youtubeid', 'video_id'),
    'label': ('label', 'class', 'action', 'category', 'classname', 'labelname', 'activity', 'target', 'labels', 'y'),
    'split': ('split', 'subset', 'set', 'partition', 'usage'),
    'group': ('group', 'subject', 'person', 'actor', 'session', 'scene', 'source'),
    'start': ('timestart', 'start', 'starttime'),
    'end': ('timeend', 'end', 'endtime'),
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows of a file.

    Attributes:
        columns: index of each known column; without a header, of none.
        rows: fields of each row.
        has_header: the first line named the columns.
    """

    columns: dict[str, int]
    rows: list[list[str]]
    has_header: bool

    def get(self, row: Sequence[str], column: str) -> str:
        """The field of a column; '' where there is none."""
        index = self.columns.get(column)
        return row[index].strip() if index is not None and index < len(row) else ''


def read_text(path: str) -> str:
    """Read a text file in UTF-8, in UTF-16 with a byte order mark, else in the encoding of Windows; no mark remains."""
    with open(path, 'rb') as file:
        data = file.read()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # "Unicode text" of Excel
        return data.decode('utf-16', errors='replace')
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError:
        return data.decode('cp1252', errors='replace')


def read_json(path: str) -> Any:
    """Read a json file; None for another one."""
    try:
        return json.loads(read_text(path))
    except ValueError:
        return None


def read_table(path: str) -> Table:
    """Read a table, whose delimiter is the one that splits most lines into the same number of fields.

    Of lines that are split at blanks only the last field is taken off: names of files may have blanks.
    """
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    if not lines:
        return Table({}, [], False)
    delimiter = _delimiter(lines)
    if delimiter == ' ':
        rows = [_at_last_blank(line) for line in lines]
    else:
        rows = [[field.strip() for field in row] for row in csv.reader(lines, delimiter=delimiter)]
    columns = _header(rows[0])
    if columns:
        return Table(columns, rows[1:], True)
    return Table({}, rows, False)


def _delimiter(lines: Sequence[str]) -> str:
    sample = lines[:200]
    for delimiter in _DELIMITERS[:-1]:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        usual = max(set(widths), key=widths.count)
        if usual > 1 and widths.count(usual) > 0.9 * len(widths):
            return delimiter
    return ' '


def _at_last_blank(line: str) -> list[str]:
    quoted = re.fullmatch(r'\s*"([^"]+)"\s+(.*?)\s*', line)
    if quoted:
        return [quoted[1], quoted[2].strip('"')]
    return line.strip().rsplit(None, 1)


def _header(row: Sequence[str]) -> dict[str, int]:
    """Index of each column that the row names; none if it names no path."""
    columns = {}
    for kind, names in _NAMES.items():
        words = [re.sub(r'[^a-z]', '', field.lower()) for field in row]
        found = [index for name in names for index, word in enumerate(words) if word == name]
        if found:
            columns[kind] = found[0]
    return columns if 'path' in columns and len(columns) > 1 else {}
