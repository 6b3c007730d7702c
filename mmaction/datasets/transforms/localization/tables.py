"""Files that hold a table of numbers: csv, npy, npz and pt."""

from __future__ import annotations

import io
import os
import os.path as osp
from collections.abc import Callable

import numpy as np
from mmengine.fileio import get

from mmaction.datasets.annotation import is_remote

_NPZ_KEYS = ('feature', 'features', 'feats', 'feat')


def _read_csv(file: io.BytesIO, path: str) -> np.ndarray:
    lines = io.TextIOWrapper(file, encoding='utf-8-sig').read().splitlines()
    skip = 1 if lines and _is_header(lines[0], alone=len(lines) == 1) else 0
    if not any(line.strip() for line in lines[skip:]):
        columns = len(lines[0].split(',')) if skip else 0
        return np.zeros((0, columns), np.float32)
    return np.loadtxt(lines[skip:], dtype=np.float32, delimiter=',', ndmin=2)


def _is_header(line: str, alone: bool) -> bool:
    """True if the first line names the columns.

    pandas names columns without names ``0,1,2,...``; the features that were published for ActivityNet have that.
    """
    try:
        values = [float(value) for value in line.split(',')]
    except ValueError:
        return True
    return not alone and len(values) > 1 and values in ([*range(len(values))], [*range(1, len(values) + 1)])


def _read_npy(file: io.BytesIO, path: str) -> np.ndarray:
    return np.load(file, allow_pickle=False)


def _read_npz(file: io.BytesIO, path: str) -> np.ndarray:
    with np.load(file, allow_pickle=False) as arrays:
        if len(arrays.files) == 1:
            return arrays[arrays.files[0]]
        for key in _NPZ_KEYS:
            if key in arrays.files:
                return arrays[key]
        raise ValueError(f'it holds the arrays {arrays.files}; one of them must be called {_NPZ_KEYS[0]!r}')


def _read_pt(file: io.BytesIO, path: str) -> np.ndarray:
    import torch

    value = torch.load(file, map_location='cpu', weights_only=True)
    if isinstance(value, dict):
        value = next((value[key] for key in _NPZ_KEYS if key in value), None)
    if not isinstance(value, torch.Tensor):
        raise ValueError(f'it holds no tensor, or a dict without one called {_NPZ_KEYS[0]!r}')
    return value.float().numpy()


_READERS: dict[str, Callable[[io.BytesIO, str], np.ndarray]] = {
    '.csv': _read_csv,
    '.npy': _read_npy,
    '.npz': _read_npz,
    '.pt': _read_pt,
    '.pth': _read_pt,
}


def check_table_ext(ext: str, name: str) -> str:
    """Raise ValueError unless files of this ending can be read."""
    if ext not in _READERS:
        raise ValueError(f'{name} ({ext!r}) must be one of {", ".join(map(repr, _READERS))}.')
    return ext


def read_table(path: str | os.PathLike, what: str = 'table') -> np.ndarray:
    """A table of finite numbers.

    Args:
        path: ``.csv`` (with or without a line of column names), ``.npy``, ``.npz`` (its one array, or that called
            ``feature``) or ``.pt`` (a tensor); local or remote.
        what: what the file is, for the messages, e.g. ``'features of video v_1'``.

    Returns:
        float32 (rows, columns)

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, is not a table, is empty, or holds a NaN or an infinity.
    """
    path = os.fspath(path)
    ext = osp.splitext(path)[1].lower()
    if ext not in _READERS:
        raise ValueError(f'{path} ({what}) ends in {ext!r}; files of {", ".join(_READERS)} can be read.')
    if not is_remote(path) and not osp.isfile(path):
        raise FileNotFoundError(f'There is no file {path} ({what}; absolute: {osp.abspath(path)}).')
    try:
        table = _READERS[ext](io.BytesIO(get(path)), path)
    except OSError:
        raise
    except Exception as error:
        raise ValueError(f'{path} ({what}) cannot be read: {error}') from error
    table = np.asarray(table, dtype=np.float32)
    if table.ndim != 2 or not table.size:
        raise ValueError(
            f'{path} ({what}) holds an array of shape {table.shape}; a table (rows, columns) with at least one row is '
            'needed.'
        )
    broken = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if broken.size:
        raise ValueError(
            f'{path} ({what}) holds values that are no numbers (NaN or infinite) in {broken.size} of {len(table)} '
            f'rows, the first in row {broken[0]} (from 0). Extract it anew, or leave the video out.'
        )
    return table


def read_features(path: str | os.PathLike, video: str) -> np.ndarray:
    """Features of a video, float32 (T, C); see :func:`read_table` for files and errors."""
    try:
        return read_table(path, f'features of video {video}')
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f'{error} Correct data_prefix=dict(video=FOLDER) or feature_ext of the dataset, extract the features of '
            'this video, or take it out of the annotation file.'
        ) from None
