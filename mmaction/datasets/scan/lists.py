"""Tables of videos and labels of one's own, and files of class names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from mmaction.datasets.scan.clips import SPLITS, Clip, Found, Split, Tree
from mmaction.datasets.scan.tables import Table, read_json, read_table, read_text
from mmaction.utils.check import shorten

_CLASS_FILE = re.compile(r'.*(class|label|categor|action|names).*\.(txt|json|csv)', re.IGNORECASE)


def read_lists(tree: Tree, number: int) -> Found | None:
    """Tables that name videos and labels, one for all or one per split."""
    parts = []
    for path in tree.texts:
        if path.lower().endswith('.json'):
            continue
        part = _read_list(tree, path)
        if part is not None:
            parts.append(part)
    # Subsets are often listed besides the whole: a table whose split is known, and that has most videos, counts.
    chosen: dict[Split | None, _Part] = {}
    for part in parts:
        best = chosen.get(part.split)
        if best is None or len(part.clips) > len(best.clips):
            chosen[part.split] = part
    if len(chosen) > 1:
        chosen.pop(None, None)
    if not chosen:
        return None
    used = [part.path for part in chosen.values()]
    notes = [note for part in chosen.values() for note in part.notes()]
    unused = [part.path for part in parts if part.path not in used]
    if unused:
        notes.append(f'tables that are not used, as larger ones list the same split: {shorten(unused)}')
    clips = [clip for part in chosen.values() for clip in part.clips]
    classes, clips = settle_labels(tree, clips, notes, [part.path for part in parts])
    return Found('lists', shorten(used), clips, classes, notes)


def settle_labels(
    tree: Tree, clips: list[Clip], notes: list[str], tables: Sequence[str] = ()
) -> tuple[list[str] | None, list[Clip]]:
    """Find the names of the classes, and replace labels that are numbers by them.

    Args:
        tree: the files.
        clips: with labels as they were found.
        notes: what was assumed is added.
        tables: see :func:`find_class_names`.

    Returns:
        Class names by index, None if the labels themselves are the names in no order; and the clips.
    """
    clips = _without_decimals(clips)
    labels = {clip.label for clip in clips}
    classes = find_class_names(tree, labels, tables)
    if not all(label.isdigit() for label in labels):
        return classes, clips
    if classes is None:
        return _number(clips, notes)
    return classes, _name(clips, classes, notes)


@dataclass
class _Part:
    """The clips of one table."""

    path: str
    split: Split | None
    clips: list[Clip]
    absent: list[str]

    def notes(self) -> Iterator[str]:
        if self.absent:
            yield f'{self.path}: {len(self.absent)} rows name no video and are left out: {shorten(self.absent)}'


def _read_list(tree: Tree, path: str) -> _Part | None:
    """Read a table; None if fewer than half of its rows name a video, or if it has no labels."""
    table = read_table(tree.absolute(path))
    words = re.split(r'[\W_]+', path.lower())
    split = next((SPLITS[word] for word in reversed(words) if word in SPLITS), None)
    beside = str(PurePosixPath(path).parent)
    columns = table.columns
    if not table.has_header:
        columns = _guess_columns(tree, table, beside, split)
    if 'path' not in columns or 'label' not in columns:
        return None
    table = Table(columns, table.rows, table.has_header)
    clips = []
    absent = []
    for row in table.rows:
        own = SPLITS.get(table.get(row, 'split').lower(), split)
        video = tree.find(table.get(row, 'path'), beside, own)
        label = table.get(row, 'label')
        if video is None or not label:
            absent.append(table.get(row, 'path'))
        else:
            clips.append(Clip(video, label, own, table.get(row, 'group')))
    if len(clips) < len(absent) or not clips:
        return None
    return _Part(path, split, clips, absent)


def _guess_columns(tree: Tree, table: Table, beside: str, split: str | None) -> dict[str, int]:
    """Find the column of videos, and that of labels: of the others the last one that has repeated values."""
    sample = table.rows[:100]
    width = min((len(row) for row in sample), default=0)
    paths = [
        column
        for column in range(width)
        if sum(tree.find(row[column], beside, split) is not None for row in sample) > len(sample) / 2
    ]
    if not paths:
        return {}
    labels = [column for column in range(width) if column != paths[0]]
    return {'path': paths[0], 'label': labels[-1]} if labels else {}


def _without_decimals(clips: list[Clip]) -> list[Clip]:
    """Read the labels 0.0, 1.0, ... of a spreadsheet as 0, 1, ..."""
    if not all(re.fullmatch(r'\d+(\.0*)?', clip.label) for clip in clips):
        return clips
    return [_relabel(clip, str(int(float(clip.label)))) for clip in clips]


def find_class_names(tree: Tree, labels: Collection[str], leave_out: Sequence[str] = ()) -> list[str] | None:
    """Class names, in their order, from a file that names exactly these labels, or enough for labels that are numbers.

    Files have one name per line, possibly with its index before or after it, or hold a list or dict of json.

    Args:
        tree: the files.
        labels: of the clips.
        leave_out: tables of videos, which may be called labels.csv as well.
    """
    are_numbers = all(label.isdigit() for label in labels)
    for path in tree.texts:
        if path in leave_out or not _CLASS_FILE.fullmatch(PurePosixPath(path).name):
            continue
        names = _read_names(tree.absolute(path))
        if names is None or len({*names}) < len(names):
            continue
        if {*labels} <= {*names} or (are_numbers and max(map(int, labels)) <= len(names) and len(labels) > 1):
            return names
    return None


def _read_names(path: str) -> list[str] | None:
    if path.lower().endswith('.json'):
        content = read_json(path)
        if isinstance(content, dict) and all(str(value).isdigit() for value in content.values()):
            return sorted(map(str, content), key=lambda name: int(content[name]))
        if isinstance(content, dict) and all(key.isdigit() for key in content):
            return [str(content[key]) for key in sorted(content, key=int)]
        return [str(name) for name in content] if isinstance(content, list) else None
    lines = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    for pattern in (r'(?P<index>\d+)[\s,;:]+(?P<name>.+)', r'(?P<name>.+?)[\s,;:]+(?P<index>\d+)'):
        matches = [match for match in (re.fullmatch(pattern, line) for line in lines) if match]
        indices = [int(match['index']) for match in matches]
        counted = indices in ([*range(len(lines))], [*range(1, len(lines) + 1)])
        names = [match['name'] for match in matches]
        if counted and len(matches) == len(lines) == len({*names}):
            return names
    if any(re.search(r'\.(mp4|avi|mkv|webm|mov)\b', line.lower()) for line in lines[:5]):
        return None  # a table of videos
    return lines or None


def _number(clips: list[Clip], notes: list[str]) -> tuple[list[str], list[Clip]]:
    """Name classes by their numbers."""
    first = min(int(clip.label) for clip in clips)
    last = max(int(clip.label) for clip in clips)
    first = min(first, 1)
    notes.append(f'labels are the numbers {first} to {last}, for which there are no names; add a file classes.txt')
    names = [f'class {number}' for number in range(first, last + 1)]
    return names, [_relabel(clip, names[int(clip.label) - first]) for clip in clips]


def _name(clips: list[Clip], classes: list[str], notes: list[str]) -> list[Clip]:
    """Replace numbers by names; those from 1 to the number of classes count from 1."""
    numbers = {int(clip.label) for clip in clips}
    first = 1 if max(numbers) == len(classes) else 0
    if first and 0 in numbers:
        raise ValueError(f'Labels are 0 to {max(numbers)}, but there are names of {len(classes)} classes only.')
    if first:
        notes.append(f'labels count from 1 to {len(classes)}; from here on they count from 0')
    return [_relabel(clip, classes[int(clip.label) - first]) for clip in clips]


def _relabel(clip: Clip, label: str) -> Clip:
    return Clip(clip.path, label, clip.split, clip.group)
