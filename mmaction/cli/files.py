"""Reading and writing the annotation files of commands."""

from __future__ import annotations

import json
import os.path as osp
import pickle
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from mmaction.distributed.jobs import complete_or_absent


def read_json(path: str, content: str = 'annotation file') -> Any:
    """Read a json file; ``content`` names in messages what it should hold.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'There is no {content} at {path}.')
    with open(path, encoding='utf-8') as file:
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
    data = load(path)
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


def find_program(remedy: str, *names: str) -> str:
    """Path of the first of some programs that is installed.

    Raises:
        FileNotFoundError: none is; the message tells how to install the first one.
    """
    for name in names:
        path = shutil.which(name)
        if path is not None:
            return path
    raise FileNotFoundError(f'{names[0]} is needed for downloads. Install it with {remedy}.')


def download_from_youtube(program: str, video: str, options: Sequence[str]) -> str | None:
    """Download a video with yt-dlp; returns the reason of a failure."""
    command = [program, '--quiet', '--no-warnings', '--format', 'mp4', *options]
    command.append(f'https://www.youtube.com/watch?v={video}')
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return done.stderr.strip() or f'{program} ended with {done.returncode}'
