"""Recognize the layout of a folder of videos: well-known data sets first, then folders of classes, then tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mmaction.datasets.scan.clips import SPLITS, Clip, Found, Split, Tree
from mmaction.datasets.scan.lists import find_class_names, read_lists
from mmaction.datasets.scan.names import class_in_names
from mmaction.datasets.scan.tables import read_json, read_table, read_text
from mmaction.utils.check import shorten

Layout = Callable[[Tree, int], 'Found | None']


@dataclass
class _Listed:
    """Clips of the entries of a list, and the names of those without a video."""

    clips: list[Clip]
    absent: list[str]

    def notes(self) -> list[str]:
        """The note about listed videos that do not exist."""
        if not self.absent:
            return []
        return [f'{len(self.absent)} listed videos are not there and are left out: {shorten(self.absent)}']


def _resolve(tree: Tree, entries: Iterator[tuple[str, str, Split | None]]) -> _Listed:
    """Find the videos of entries (name, label, split)."""
    listed = _Listed([], [])
    for name, label, split in entries:
        path = tree.find(name, split=split)
        if path is None:
            listed.absent.append(name)
        else:
            listed.clips.append(Clip(path, label, split))
    return listed


def _named(tree: Tree, pattern: str) -> list[str]:
    """Annotation files whose name matches, in natural order."""
    return [path for path in tree.texts if re.fullmatch(pattern, PurePosixPath(path).name, re.IGNORECASE)]


def ucf101(tree: Tree, number: int) -> Found | None:
    """UCF101: ``trainlist01.txt``, ``testlist01.txt`` and ``classInd.txt``."""
    lists: dict[Split, list[str]] = {
        'train': _named(tree, f'trainlist0?{number}.txt'),
        'val': _named(tree, f'testlist0?{number}.txt'),
    }
    if not (lists['train'] and lists['val']):
        return None

    def entries() -> Iterator[tuple[str, str, Split | None]]:
        for split, paths in lists.items():
            for line in read_text(tree.absolute(paths[0])).splitlines():
                if line.strip():
                    name = line.split()[0]
                    yield name, PurePosixPath(name).parent.name, split

    listed = _resolve(tree, entries())
    classes = None
    index = _named(tree, 'classInd.txt')
    if index:
        classes = [line.split()[-1] for line in read_text(tree.absolute(index[0])).splitlines() if line.strip()]
    notes = ['the test list serves for validation, as in the protocol of UCF101', *listed.notes()]
    return Found('UCF101', f'{lists["train"][0]} and {lists["val"][0]}', listed.clips, classes, notes)


def hmdb51(tree: Tree, number: int) -> Found | None:
    """HMDB51: ``CLASS_test_splitN.txt``, whose lines end in 1 for training, 2 for testing or 0 for neither."""
    lists = _named(tree, rf'.+_test_split{number}.txt')
    if len(lists) < 2:
        return None
    ends: dict[str, Split] = {'1': 'train', '2': 'val'}

    def entries() -> Iterator[tuple[str, str, Split | None]]:
        for path in lists:
            label = re.sub(r'_test_split\d+\.txt$', '', PurePosixPath(path).name)
            for line in read_text(tree.absolute(path)).splitlines():
                name, _, mark = line.strip().rpartition(' ')
                if mark in ends:
                    yield name, label, ends[mark]

    listed = _resolve(tree, entries())
    notes = ['the test list serves for validation, as in the protocol of HMDB51', *listed.notes()]
    return Found('HMDB51', f'{len(lists)} lists such as {lists[0]}', listed.clips, None, notes)


def something_something(tree: Tree, number: int) -> Found | None:
    """Something-Something v2: ``labels.json`` from templates to indices, and a list of ids per split."""
    parts: dict[Split, list[Any]] = {}
    classes: list[str] | None = None
    used = []
    for path in _named(tree, r'.*(labels|train|validation|val|test)\.json'):
        content = read_json(tree.absolute(path))
        kind = re.split(r'[-_.]', PurePosixPath(path).stem.lower())[-1]
        if kind == 'labels' and isinstance(content, dict) and all(str(index).isdigit() for index in content.values()):
            classes = [_plain(template) for template in sorted(content, key=lambda key: int(content[key]))]
            used.append(path)
        elif kind in SPLITS and isinstance(content, list) and content and 'template' in content[0]:
            parts[SPLITS[kind]] = content
            used.append(path)
    if classes is None or 'train' not in parts:
        return None

    def entries() -> Iterator[tuple[str, str, Split | None]]:
        for split, entry in ((split, entry) for split, part in parts.items() for entry in part):
            yield str(entry['id']), _plain(entry['template']), split

    listed = _resolve(tree, entries())
    return Found('Something-Something', ' and '.join(used), listed.clips, classes, listed.notes())


def _plain(template: str) -> str:
    return re.sub(r'[\[\]]', '', template)


def kinetics(tree: Tree, number: int) -> Found | None:
    """Kinetics: csv with ``label``, ``youtube_id``, ``time_start``, ``time_end``; videos ``ID_START_END``."""
    entries: list[tuple[str, str, Split | None]] = []
    used = []
    for path in tree.texts:
        if not path.lower().endswith('.csv'):
            continue
        table = read_table(tree.absolute(path))
        if not {'path', 'label', 'start', 'end'} <= {*table.columns}:
            continue
        used.append(path)
        in_name = next((SPLITS[word] for word in re.split(r'[-_.\W]+', path.lower()) if word in SPLITS), None)
        for row in table.rows:
            video, start, end = (table.get(row, column) for column in ('path', 'start', 'end'))
            split = SPLITS.get(table.get(row, 'split').lower(), in_name)
            label = table.get(row, 'label')
            if label:
                name = f'{video}_{int(float(start)):06d}_{int(float(end)):06d}'
                entries.append((name if tree.find(name) else video, label, split))
    if not entries:
        return None
    listed = _resolve(tree, iter(entries))
    return Found('Kinetics', ' and '.join(used), listed.clips, None, listed.notes())


def fiftyone(tree: Tree, number: int) -> Found | None:
    """FiftyOne: ``labels.json`` with ``classes`` and ``labels`` per file, or ``samples.json`` of a whole data set."""
    for path in _named(tree, r'(labels|samples)\.json'):
        content = read_json(tree.absolute(path))
        if not isinstance(content, dict):
            continue
        if isinstance(content.get('labels'), dict):
            listed = _resolve(tree, _fiftyone_labels(path, content))
        elif isinstance(content.get('samples'), list):
            listed = _resolve(tree, _fiftyone_samples(content['samples']))
        else:
            continue
        if not listed.clips:
            continue
        classes = content.get('classes') or None
        return Found('FiftyOne', path, listed.clips, classes, listed.notes())
    return None


def _fiftyone_labels(path: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str, Split | None]]:
    classes = content.get('classes')
    split = next((SPLITS[part] for part in path.lower().split('/') if part in SPLITS), None)
    for name, label in content['labels'].items():
        if isinstance(label, list):
            raise ValueError(
                f'{path} labels segments of videos (temporal detection), but a scan prepares recognition: one label '
                'per video. Export the segments as clips, or train a localizer on them in the format of ActivityNet.'
            )
        if isinstance(label, dict):
            label = label.get('label')
        if isinstance(label, int) and classes:
            label = classes[label]
        if label is not None:
            yield name, str(label), split


def _fiftyone_samples(samples: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, Split | None]]:
    for sample in samples:
        label = next(
            (value['label'] for value in sample.values() if isinstance(value, dict) and 'label' in value), None
        )
        split = next((SPLITS[tag] for tag in sample.get('tags') or () if tag in SPLITS), None)
        if label is not None and 'filepath' in sample:
            yield sample['filepath'], label, split


def folders(tree: Tree, number: int) -> Found | None:
    """Folders of classes, possibly below or above folders named ``train``, ``val`` and ``test``."""
    top = _common_folder(tree.videos)
    clips = []
    loose = []
    for path in tree.videos:
        parts = path[len(top) :].split('/')[:-1]
        splits = [part for part in parts[:2] if part.lower() in SPLITS]
        if splits:
            parts.remove(splits[0])
        if parts:
            clips.append(Clip(path, parts[0], SPLITS[splits[0].lower()] if splits else None))
        else:
            loose.append(path)
    labels = {clip.label for clip in clips}
    if len(labels) < 2 or len(loose) > len(clips):
        return None
    found = {clip.split for clip in clips}
    kind = 'a folder of classes'
    if found != {None}:
        names = '/'.join(split for split in ('train', 'val', 'test') if split in found)
        kind = f'{names} folders of classes'
    reason = f'{len(labels)} folders with videos: {shorten(sorted(labels))}'
    notes = [f'{len(loose)} videos lie in no folder of a class and are left out: {shorten(loose)}'] if loose else []
    return Found(kind, reason, clips, find_class_names(tree, labels), notes)


def _common_folder(paths: list[str]) -> str:
    """The folder that holds all paths, with a slash; a folder named like a split is no such folder."""
    top = ''
    while True:
        firsts = Counter(path[len(top) :].split('/')[0] for path in paths)
        name = next(iter(firsts))
        below = {path[len(top) + len(name) + 1 :].count('/') for path in paths}
        if len(firsts) > 1 or name.lower() in SPLITS or below == {0} or not all('/' in p[len(top) :] for p in paths):
            return top
        top += f'{name}/'


LAYOUTS: tuple[Layout, ...] = (
    ucf101,
    hmdb51,
    something_something,
    kinetics,
    fiftyone,
    folders,
    read_lists,
    class_in_names,
)


def recognize(tree: Tree, number: int = 1) -> Found:
    """Recognize the layout of a folder.

    Args:
        tree: its files.
        number: the official split, of data sets that have several.

    Raises:
        ValueError: it has none of the known layouts.
    """
    for layout in LAYOUTS:
        found = layout(tree, number)
        if found is not None and found.clips:
            return found
    tables = 'there is no table of labels'
    if tree.texts:
        tables = f'no row of {shorten(tree.texts)} names one of them and its label'
    raise ValueError(
        f'{tree.root} holds {len(tree.videos)} videos (such as {tree.videos[0]}) without labels: they are in fewer '
        f'than two folders, and {tables}. Put the videos of each class into a folder of its name, or add a file '
        'labels.csv with the columns path and label.'
    )
