"""Captions of MSR-VTT and MSVD in the form of ``VideoTextDataset``: file name -> list of captions."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmaction.utils.check import shorten
from mmaction.utils.plain_pickle import load_plain_pickle

Captions = dict[str, list[str]]


def msrvtt_train(data: Mapping[str, Any], videos: Iterable[str]) -> Captions:
    """All captions of some videos.

    Args:
        data: content of ``MSRVTT_data.json``, with ``sentences``.
        videos: their ids, such as ``video0``.

    Raises:
        ValueError: a video has no caption.
    """
    found: Captions = {f'{video}.mp4': [] for video in videos}
    for sentence in data['sentences']:
        captions = found.get(f'{sentence["video_id"]}.mp4')
        if captions is not None:
            captions.append(sentence['caption'])
    return _with_captions(found, 'MSRVTT_data.json')


def read_column(path: str, column: str) -> list[str]:
    """Read a column of a csv file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks the column.
    """
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        if column not in (reader.fieldnames or ()):
            raise ValueError(f'{path} lacks the column {column!r}; it has {reader.fieldnames}.')
        return [row[column] for row in reader]


def msrvtt_test(path: str) -> Captions:
    """The one caption of each test video, of ``MSRVTT_JSFUSION_test.csv``."""
    names = read_column(path, 'video_id')
    return {f'{name}.mp4': [text] for name, text in zip(names, read_column(path, 'sentence'))}


def msvd(captions: Mapping[str, Sequence[Sequence[str]]], videos: Iterable[str], suffix: str = '.avi') -> Captions:
    """All captions of some videos of MSVD.

    Args:
        captions: video -> captions as lists of words, the content of ``raw-captions.pkl``.
        videos: their names, without suffix.
        suffix: of the files.

    Raises:
        ValueError: a video has no caption.
    """
    found = {f'{name}{suffix}': [' '.join(words) for words in captions.get(name, ())] for name in videos}
    return _with_captions(found, 'raw-captions.pkl')


def _with_captions(found: Captions, source: str) -> Captions:
    silent = [name for name, captions in found.items() if not captions]
    if silent:
        raise ValueError(f'{len(silent)} videos have no caption in {source}: {shorten(silent)}.')
    return found


def read_names(path: str) -> list[str]:
    """Read names, one per line."""
    with open(path, encoding='utf-8') as file:
        return [line.strip() for line in file if line.strip()]


def read_msvd_captions(path: str) -> Mapping[str, Sequence[Sequence[str]]]:
    """Read ``raw-captions.pkl`` as plain data.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds something else than captions by video.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There are no captions at {path}.')
    content = load_plain_pickle(path)
    if not isinstance(content, Mapping):
        raise ValueError(f'{path} must be a dict of captions by video, not {type(content).__name__}.')
    return content
