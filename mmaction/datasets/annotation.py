"""Annotation lists: one sample per line, a path followed by integers."""

from __future__ import annotations

import os.path as osp
import re
from collections.abc import Iterator, Sequence

from mmengine.fileio import exists, list_from_file, load

from mmaction.utils.files import read_as_utf8
from mmaction.video.source import is_remote, is_url

_INTEGER = re.compile(r'[+-]?\d+', re.ASCII)


def load_dict(path: str, remedy: str, name: str = '') -> dict:
    """Load a JSON (or YAML, pickle) file that must hold a dict; ``name`` is its argument, for messages.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is malformed, or holds something else.
    """
    if not is_remote(path) and not exists(path):
        raise FileNotFoundError(f'There is no file {path}. {remedy}')
    of_name = f' ({name})' if name else ''
    try:
        table = load(path)
    except ValueError as error:
        raise ValueError(f'{path}{of_name} cannot be read: {error}') from error
    if not isinstance(table, dict):
        raise ValueError(f'{path}{of_name} must hold a dict, found {type(table).__name__}.')
    return table


def join_media_path(prefix: str | None, path: str) -> str:
    """Join a local folder, or the URL of a remote one, with a relative path."""
    if not prefix or is_remote(path) or osp.isabs(path):
        return path
    if is_remote(prefix):
        return f'{prefix.rstrip("/")}/{path}'
    return osp.join(prefix, path)


def read_annotation_lines(ann_file: str) -> Iterator[tuple[int, str]]:
    """Yield ``(line number from 1, text)`` of the lines that are not blank.

    Windows line endings and a byte order mark are accepted. There are no comments, since file names may start with
    ``#``.

    Raises:
        FileNotFoundError: ``ann_file`` does not exist.
        ValueError: the file is not UTF-8 text.
    """
    if not ann_file:
        raise ValueError('ann_file is empty. Give the annotation list, one sample per line.')
    # mmengine's backend for URLs fetches a file but cannot test whether it exists.
    if not is_url(ann_file) and not exists(ann_file):
        raise FileNotFoundError(
            f'There is no annotation file {ann_file} (absolute: {osp.abspath(ann_file)}). Correct ann_file; a relative '
            'one is looked up in data_root where that is given, else in the working directory.'
        )
    with read_as_utf8(ann_file, 'Is it an annotation list?'):
        lines = list_from_file(ann_file, encoding='utf-8-sig')
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text:
            yield number, text


def read_json_records(ann_file: str, media_key: str, multi_class: bool) -> Iterator[tuple[str, str, dict]]:
    """Yield place, text and record of each entry of a json list, as ``tools/data/anno_txt2json.py`` writes it.

    Args:
        ann_file: the file.
        media_key: ``'filename'`` or ``'frame_dir'``, which each entry must have.
        multi_class: entries may have several labels.

    Raises:
        FileNotFoundError: ``ann_file`` does not exist.
        ValueError: it is no list, an entry lacks its path, or has labels that are no whole numbers, or too many.
    """
    if not is_url(ann_file) and not exists(ann_file):
        raise FileNotFoundError(f'There is no annotation file {ann_file}. Correct ann_file, or data_root.')
    entries = load(ann_file)
    if not isinstance(entries, list):
        raise ValueError(f'{ann_file} must hold a list of records, found {type(entries).__name__}.')
    for number, entry in enumerate(entries):
        where = f'{ann_file}, entry {number}'
        if not isinstance(entry, dict) or not isinstance(entry.get(media_key), str):
            raise ValueError(f'{where} ({entry}) lacks {media_key}, the path of the video or of its frames.')
        label = entry.get('label', [])
        labels = label if isinstance(label, list) else [label]
        if not all(isinstance(one, int) for one in labels):
            raise ValueError(f'{where}: label ({label}) must be a whole number, or a list of them.')
        if len(labels) > 1 and not multi_class:
            raise ValueError(f'{where} has {len(labels)} labels {labels}. Set multi_class=True and num_classes.')
        yield where, entry[media_key], {**entry, 'label': labels}


def split_trailing_integers(line: str, delimiter: str = ' ') -> tuple[str, list[int]]:
    """Split ``path 3 5`` into the path and the integers at the end of the line.

    The first field always belongs to the path, so a folder may be called ``100218``, and a path may contain the
    delimiter. The default delimiter, one space, matches any run of whitespace.

    >>> split_trailing_integers('a clip.mp4 3 5')
    ('a clip.mp4', [3, 5])
    """
    separator = None if delimiter == ' ' else delimiter
    numbers: list[int] = []
    rest = line.strip()
    while True:
        head, *tail = rest.rsplit(separator, 1)
        if not tail or not _INTEGER.fullmatch(tail[0].strip()):
            return rest, numbers[::-1]
        numbers.append(int(tail[0]))
        rest = head.rstrip()


def check_labels(labels: Sequence[int], num_classes: int | None, unlabelled: bool = False) -> None:
    """Raise ValueError for a label without a class.

    Args:
        labels: class indices.
        num_classes: number of classes; None leaves the upper limit open.
        unlabelled: accept -1, which marks an unlabelled sample.
    """
    for label in labels:
        if label < 0 and not (unlabelled and label == -1):
            raise ValueError(f'label {label} is negative; labels count from 0.')
        if num_classes is not None and label >= num_classes:
            raise ValueError(
                f'label {label} is out of [0, {num_classes}). Correct the label, or num_classes of the dataset.'
            )
