"""Reading and writing the annotation files of commands."""

from __future__ import annotations

import json
import os.path as osp
import pickle
from collections.abc import Sequence
from typing import Any

from mmaction.distributed.jobs import complete_or_absent
from mmaction.utils.files import read_as_utf8


def read_json(path: str, content: str = 'annotation file') -> Any:
    """Read a json file; ``content`` names in messages what it should hold.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'There is no {content} at {path}.')
    with read_as_utf8(path), open(path, encoding='utf-8') as file:
        try:
            return json.load(file)
        except json.JSONDecodeError as error:
            raise ValueError(f'{path} is not json: {error}') from error


def read_results(path: str, content: str) -> dict[str, Any]:
    """Read a file in the format of ActivityNet's results, json or another format of mmengine.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed, or has no results.
    """
    from mmengine.fileio import exists, load

    if not exists(path):
        raise FileNotFoundError(f'There is no file of {content} at {path}.')
    try:
        data = load(path)
    except (TypeError, UnicodeDecodeError, json.JSONDecodeError, pickle.UnpicklingError, EOFError) as error:
        raise ValueError(f'{path} ({content}) cannot be read as json, yaml or pkl: {error}.') from error
    if not isinstance(data, dict) or not isinstance(data.get('results'), dict):
        raise ValueError(f'{path} ({content}) must be a dict with the key "results", a dict of videos.')
    return data


def write_json(content: Any, path: str, indent: int | None = None) -> None:
    """Write a json file; an interrupted run leaves none."""
    with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        json.dump(content, file, indent=indent)


def write_pickle(content: Any, path: str) -> None:
    """Write a pickle that Python 3.4 and later read; an interrupted run leaves none."""
    with complete_or_absent(path) as unfinished, open(unfinished, 'wb') as file:
        pickle.dump(content, file, protocol=4)


def report_missing_videos(names: Sequence[str], folder: str, source: str) -> None:
    """Print which videos are not in a folder, and list them in ``FOLDER_missing.txt``.

    Args:
        names: file names of all videos, without suffix.
        folder: where they should be.
        source: where to get them, a sentence.
    """
    from mmaction.datasets.official.missing import missing_report, stems_in, write_missing

    existing = stems_in(folder)
    missing = [name for name in names if name not in existing]
    path = f'{osp.normpath(folder)}_missing.txt'
    if missing:
        write_missing(missing, path)
    print(missing_report(missing, len(names), folder, path, source))
