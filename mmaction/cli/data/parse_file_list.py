"""The official splits of data sets, and the extracted frames that exist: parts of ``build_file_list.py``.

A split is a tuple of train, val and test; each a list of ``(video, label)``: the path of the video without its suffix,
below the folder of the videos, and a class index (-1 for none), or several of them.
"""

from __future__ import annotations

import csv
import json
import os
import os.path as osp
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mmaction.utils.files import is_unfinished
from mmaction.utils.progress import track

Item = tuple[str, int | list[int]]
Split = tuple[list[Item], list[Item], list[Item]]


def parse_directory(
    path: str,
    rgb_prefix: str = 'img_',
    flow_x_prefix: str = 'flow_x_',
    flow_y_prefix: str = 'flow_y_',
    level: int = 1,
) -> dict[str, tuple[str, int, int]]:
    """Count the extracted frames of videos.

    Args:
        path: folder of the folders of frames.
        rgb_prefix: start of the names of RGB images.
        flow_x_prefix: start of the names of horizontal flow images.
        flow_y_prefix: start of the names of vertical flow images.
        level: 1 for ``PATH/video/``, 2 for ``PATH/class/video/``.

    Returns:
        For each video, by its path below ``path``: its folder, and the number of RGB images and of flow pairs.

    Raises:
        FileNotFoundError: there is no such folder, or no folder in it.
        ValueError: unknown level, or a video has unequal numbers of horizontal and vertical images.
    """
    folders = [folder for folder in _entries(path, level) if folder.is_dir() and not is_unfinished(folder.name)]
    if not folders:
        raise FileNotFoundError(f'There are no folders of frames at level {level} of {path}.')
    found = {}
    for folder in track(folders, 'Counting frames'):
        names = os.listdir(folder)
        rgb, x, y = (sum(name.startswith(p) for name in names) for p in (rgb_prefix, flow_x_prefix, flow_y_prefix))
        if x != y:
            raise ValueError(f'{folder} has {x} horizontal and {y} vertical flow images. Extract its flow again.')
        found[folder.relative_to(path).as_posix()] = (str(folder), rgb, x)
    return found


def list_videos(path: str, level: int) -> dict[str, str]:
    """List videos: name of the file below ``path``, by the same without its suffix.

    Raises:
        FileNotFoundError: there is no such folder, or no file in it.
        ValueError: two files differ in nothing but the suffix.
    """
    videos: dict[str, str] = {}
    for file in _entries(path, level):
        if not file.suffix or is_unfinished(file.name):
            continue
        name = file.relative_to(path).as_posix()
        key = name.removesuffix(file.suffix)
        if videos.setdefault(key, name) != name:
            raise ValueError(f'{path} has {videos[key]} and {name}: which of them? Move one of them away.')
    if not videos:
        raise FileNotFoundError(f'There are no videos at level {level} of {path}.')
    return videos


def _entries(path: str, level: int) -> list[Path]:
    if level not in (1, 2):
        raise ValueError(f'level ({level}) must be 1 or 2.')
    if not osp.isdir(path):
        raise FileNotFoundError(f'There is no folder {path}.')
    return sorted(Path(path).glob('*/' * (level - 1) + '*'))


def parse_ucf101_splits(level: int, root: str = 'data') -> list[Split]:
    """The three splits of UCF101: ``classInd.txt``, ``trainlist01.txt``, ``testlist01.txt``, ..."""
    lines = _lines(root, 'ucf101', 'classInd.txt')
    classes = {name: int(number) - 1 for number, name in map(str.split, lines)}

    def read(name: str) -> list[Item]:
        return [
            (_at_level(line.split()[0], level), _index(classes, osp.dirname(line.split()[0]), name))
            for line in _lines(root, 'ucf101', name)
        ]

    return [_without_test(read(f'trainlist{i:02d}.txt'), read(f'testlist{i:02d}.txt')) for i in (1, 2, 3)]


def parse_hmdb51_split(level: int, root: str = 'data') -> list[Split]:
    """The three splits of HMDB51: ``<class>_test_split1.txt``, ... with 1 for training and 2 for testing."""
    folder = Path(root, 'hmdb51', 'annotations')
    names = sorted(file.name.removesuffix('_test_split1.txt') for file in folder.glob('*_test_split1.txt'))
    if not names:
        raise FileNotFoundError(f'There is no <class>_test_split1.txt in {folder}: download the annotations there.')
    splits = []
    for i in (1, 2, 3):
        parts: dict[str, list[Item]] = {'0': [], '1': [], '2': []}
        for label, name in enumerate(names):
            for line in _lines(root, 'hmdb51', f'{name}_test_split{i}.txt'):
                video, part = line.rsplit(None, 1)
                parts[part].append((_at_level(f'{name}/{video}', level), label))
        splits.append(_without_test(parts['1'], parts['2']))
    return splits


def parse_jester_splits(level: int, root: str = 'data') -> list[Split]:
    """The split of Jester: ``jester-v1-{labels,train,validation,test}.csv``."""
    return _parse_20bn('jester', 'jester-v1', level, root)


def parse_sthv1_splits(level: int, root: str = 'data') -> list[Split]:
    """The split of Something-Something V1: ``something-something-v1-{labels,train,validation,test}.csv``."""
    return _parse_20bn('sthv1', 'something-something-v1', level, root)


def _parse_20bn(dataset: str, stem: str, level: int, root: str) -> list[Split]:
    names = _lines(root, dataset, f'{stem}-labels.csv')
    classes = {name: number for number, name in enumerate(names)}

    def read(part: str) -> list[Item]:
        items: list[Item] = []
        for line in _lines(root, dataset, f'{stem}-{part}.csv'):
            video, _, label = line.partition(';')
            items.append((_at_level(video, level), _index(classes, label, part) if label else -1))
        return items

    return [(read('train'), read('validation'), read('test'))]


def parse_sthv2_splits(level: int, root: str = 'data') -> list[Split]:
    """The split of Something-Something V2: ``something-something-v2-{labels,train,validation,test}.json``."""

    def load(part: str) -> object:
        return _json(root, 'sthv2', f'something-something-v2-{part}.json', f'{part}.json')

    classes = {name: int(number) for name, number in load('labels').items()}  # type: ignore[attr-defined]

    def read(part: str) -> list[Item]:
        items: list[Item] = []
        for entry in load(part):  # type: ignore[attr-defined]
            template = re.sub(r'[\[\]]', '', entry.get('template', ''))
            items.append((_at_level(str(entry['id']), level), _index(classes, template, part) if template else -1))
        return items

    return [(read('train'), read('validation'), read('test'))]


def parse_kinetics_splits(level: int, dataset: str, root: str = 'data') -> list[Split]:
    """The split of Kinetics: ``kinetics_{train,val,test}.csv`` with label, youtube_id, time_start, time_end.

    Class indices follow the sorted class names of the training list.
    """
    rows = {part: _rows(root, dataset, f'kinetics_{part}.csv', f'{part}.csv') for part in ('train', 'val', 'test')}
    names = sorted({row['label'] for row in rows['train']})
    classes = {name: number for number, name in enumerate(names)}

    def read(part: str) -> list[Item]:
        items: list[Item] = []
        for row in rows[part]:
            video = f'{row["youtube_id"]}_{int(float(row["time_start"])):06d}_{int(float(row["time_end"])):06d}'
            label = row.get('label') or ''
            if label and level == 2:
                video = f'{label.replace(" ", "_")}/{video}'
            items.append((video, _index(classes, label, part) if label else -1))
        return items

    return [(read('train'), read('val'), read('test'))]


def parse_mit_splits(root: str = 'data') -> list[Split]:
    """The split of Moments in Time: ``moments_categories.txt``, ``trainingSet.csv``, ``validationSet.csv``."""
    pairs = (line.rsplit(',', 1) for line in _lines(root, 'mit', 'moments_categories.txt'))
    classes = {name: int(number) for name, number in pairs}

    def read(name: str) -> list[Item]:
        rows = csv.reader(_lines(root, 'mit', name))
        return [(osp.splitext(row[0])[0], _index(classes, osp.dirname(row[0]), name)) for row in rows]

    return [_without_test(read('trainingSet.csv'), read('validationSet.csv'))]


def parse_mmit_splits(root: str = 'data') -> list[Split]:
    """The split of Multi-Moments in Time: ``trainingSet.csv`` and ``validationSet.csv``, with several labels."""

    def read(name: str) -> list[Item]:
        rows = csv.reader(_lines(root, 'mmit', name))
        return [(osp.splitext(row[0])[0], [int(label) for label in row[1:]]) for row in rows]

    return [_without_test(read('trainingSet.csv'), read('validationSet.csv'))]


def parse_diving48_splits(root: str = 'data') -> list[Split]:
    """The split of Diving48: ``Diving48_V2_train.json`` and ``Diving48_V2_test.json``."""

    def read(name: str) -> list[Item]:
        return [(entry['vid_name'], int(entry['label'])) for entry in _json(root, 'diving48', name)]

    return [_without_test(read('Diving48_V2_train.json'), read('Diving48_V2_test.json'))]


# For build_file_list.py: each data set that has one label (or one set of labels) per video.
SPLITS: dict[str, Callable[[int, str], list[Split]]] = {
    'ucf101': parse_ucf101_splits,
    'kinetics400': lambda level, root: parse_kinetics_splits(level, 'kinetics400', root),
    'kinetics600': lambda level, root: parse_kinetics_splits(level, 'kinetics600', root),
    'kinetics700': lambda level, root: parse_kinetics_splits(level, 'kinetics700', root),
    'sthv1': parse_sthv1_splits,
    'sthv2': parse_sthv2_splits,
    'mit': lambda level, root: parse_mit_splits(root),
    'mmit': lambda level, root: parse_mmit_splits(root),
    'hmdb51': parse_hmdb51_split,
    'jester': parse_jester_splits,
    'diving48': lambda level, root: parse_diving48_splits(root),
}


def _without_test(train: list[Item], val: list[Item]) -> Split:
    """A split whose test set is public and serves as the validation set, too."""
    return train, val, val


def _at_level(path: str, level: int) -> str:
    stem = re.sub(r'\.(avi|mp4|webm|mkv|mov)$', '', path)
    return osp.basename(stem) if level == 1 else stem


def _index(classes: dict[str, int], name: str, where: str) -> int:
    if name not in classes:
        raise ValueError(f'{where} has the class {name!r}, which is none of its {len(classes)} classes.')
    return classes[name]


def _find(root: str, dataset: str, *names: str) -> Path:
    folder = Path(root, dataset, 'annotations')
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f'There is no {" or ".join(names)} in {folder}: download the annotations there.')


def _lines(root: str, dataset: str, *names: str) -> list[str]:
    text = _find(root, dataset, *names).read_text(encoding='utf-8-sig')
    return [line.strip() for line in text.splitlines() if line.strip()]


def _rows(root: str, dataset: str, *names: str) -> Sequence[dict[str, str]]:
    """Rows of a csv file; an absent one for testing has none."""
    try:
        lines: Iterable[str] = _lines(root, dataset, *names)
    except FileNotFoundError:
        if 'test.csv' in names:
            return []
        raise
    return [*csv.DictReader(lines)]


def _json(root: str, dataset: str, *names: str) -> list | dict:
    return json.loads(_find(root, dataset, *names).read_text(encoding='utf-8'))
