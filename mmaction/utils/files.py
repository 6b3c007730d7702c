"""Files and folders that exist either completely or not at all."""

from __future__ import annotations

import errno
import os
import os.path as osp
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

# Codes of the errors after which no further file can be written.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

# Temporary names have the number of the process, or this word for a folder that is about to be replaced.
_REPLACED = 'replaced'
_UNFINISHED = re.compile(rf'(.+)\.(\d+|{_REPLACED})\.part(\.[^.]+)?')


def _unfinished_name(path: str, mark: int | str) -> str:
    # The suffix stays at the end: writers choose the format by it.
    stem, suffix = osp.splitext(path)
    return f'{stem}.{mark}.part{suffix}'


def is_unfinished(name: str) -> bool:
    """True for names of files and folders that were being written, see :func:`complete_or_absent`."""
    return _UNFINISHED.fullmatch(name) is not None


@contextmanager
def read_as_utf8(path: str | os.PathLike[str], hint: str = '') -> Iterator[None]:
    """Name the file in the error of a block that reads it as text.

    Args:
        path: the file.
        hint: a sentence that follows the message.

    Raises:
        ValueError: the block read bytes that are no UTF-8.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        text = f'{os.fspath(path)} is not a text file in UTF-8: {error}.'
        raise ValueError(f'{text} {hint}'.strip()) from error


@contextmanager
def complete_or_absent(path: str) -> Iterator[str]:
    """Yield a temporary name beside ``path`` to write to; it is renamed to ``path`` if no error is raised.

    An interrupted run leaves no half-written file, which the next run would take for a complete one.
    """
    os.makedirs(osp.dirname(path) or '.', exist_ok=True)
    unfinished = _unfinished_name(path, os.getpid())
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        if osp.exists(unfinished):
            os.unlink(unfinished)


@contextmanager
def complete_folder_or_absent(path: str, keep: Callable[[str], bool] = lambda name: False) -> Iterator[str]:
    """Yield a temporary folder beside ``path`` to write into; it becomes ``path`` if no error is raised.

    Args:
        path: the folder. It may exist: then it stays as it is until the new one is complete.
        keep: tells the files of an existing folder, by name, that the new one takes over.
    """
    path = osp.normpath(path)
    unfinished = _unfinished_name(path, os.getpid())
    shutil.rmtree(unfinished, ignore_errors=True)  # of a process that had the same number
    os.makedirs(unfinished)
    try:
        yield unfinished
        if osp.isdir(path):
            _take_over(path, unfinished, keep)
            replaced = _unfinished_name(path, _REPLACED)
            os.rename(path, replaced)
            os.rename(unfinished, path)
            shutil.rmtree(replaced)
        else:
            os.rename(unfinished, path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _take_over(old: str, new: str, keep: Callable[[str], bool]) -> None:
    for name in os.listdir(old):
        source = osp.join(old, name)
        if not keep(name):
            continue
        if osp.isdir(source):
            shutil.copytree(source, osp.join(new, name), symlinks=True)
            continue
        try:
            os.link(source, osp.join(new, name), follow_symlinks=False)
        except OSError:  # a file system without hard links
            shutil.copy2(source, osp.join(new, name), follow_symlinks=False)


def remove_unfinished(paths: Iterable[str]) -> None:
    """Remove what killed runs left of these files and folders; no other process may be writing them.

    A folder that was being replaced in the moment of the kill gets its name back.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        folder, name = osp.split(osp.normpath(path))
        names[folder or '.'].add(name)
    for folder, wanted in names.items():
        if not osp.isdir(folder):
            continue
        for name in os.listdir(folder):
            match = _UNFINISHED.fullmatch(name)
            if match and match[1] + (match[3] or '') in wanted:
                _settle(osp.join(folder, name), osp.join(folder, match[1] + (match[3] or '')), match[2])


def _settle(leftover: str, path: str, mark: str) -> None:
    if mark == _REPLACED and not osp.exists(path):
        os.rename(leftover, path)
    elif osp.isdir(leftover) and not osp.islink(leftover):
        shutil.rmtree(leftover)
    else:
        os.unlink(leftover)
