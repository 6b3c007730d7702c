"""Source files and folders, each paired with the file or folder to make of it."""

from __future__ import annotations

import os.path as osp
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmaction.utils.check import shorten
from mmaction.utils.files import is_unfinished


@dataclass(frozen=True)
class Job:
    """A source (a file, or what stands for it, such as the ID of a video), and the file or folder to make of it."""

    source: str
    target: str


def find_jobs(root: str, target_root: str, level: int, ext: str | Sequence[str], target_ext: str | None) -> list[Job]:
    """Find the files ``level - 1`` folders below ``root``; targets have the same folders below ``target_root``.

    Args:
        root: folder of the sources.
        target_root: folder of the targets.
        level: 1 for ``ROOT/file``, 2 for ``ROOT/folder/file``.
        ext: suffix or suffixes of the files, in upper or lower case.
        target_ext: suffix of the targets; empty for folders, None for that of the source.

    Returns:
        Jobs, sorted by source.

    Raises:
        FileNotFoundError: there is no such folder, or no such file in it; names a level or suffixes that it has.
        ValueError: targets would be found as sources by the next run, or two sources have one target.
    """
    _check_folder(root)
    suffixes = [f'.{name.lstrip(".").lower()}' for name in ([ext] if isinstance(ext, str) else ext)]
    base = Path(root)
    files = _files_at(base, level)
    found = [path for path in files if path.suffix.lower() in suffixes]
    if not found:
        wanted = ' or '.join(f'*{suffix}' for suffix in suffixes)
        raise FileNotFoundError(f'There is no {wanted} at level {level} of {root}.{_hint(base, level, suffixes)}')
    if target_ext is None or target_ext in suffixes:
        _check_apart(base, Path(target_root))
    jobs = []
    for path in found:
        name = path.stem + (path.suffix if target_ext is None else target_ext)
        jobs.append(Job(str(path), str(Path(target_root, path.parent.relative_to(base), name))))
    return _check_distinct(jobs)


def find_folder_jobs(
    root: str, target_root: str, level: int, target_ext: str = '', in_place: bool = False
) -> list[Job]:
    """Find the folders ``level - 1`` folders below ``root``, such as the folders of frames of videos.

    Args:
        root: folder of the sources.
        target_root: folder of the targets.
        level: 1 for ``ROOT/source``, 2 for ``ROOT/folder/source``.
        target_ext: suffix of the targets; empty for folders.
        in_place: ``target_root`` may be ``root``.

    Returns:
        Jobs, sorted by source.

    Raises:
        FileNotFoundError, ValueError: see :func:`find_jobs`.
    """
    _check_folder(root)
    base = Path(root)
    found = sorted(path for path in _at(base, level) if path.is_dir() and not is_unfinished(path.name))
    if not found:
        raise FileNotFoundError(f'There is no folder at level {level} of {root}.')
    if not (in_place and base.resolve() == Path(target_root).resolve()):
        _check_apart(base, Path(target_root))
    jobs = [Job(str(path), f'{Path(target_root, path.relative_to(base))}{target_ext}') for path in found]
    return _check_distinct(jobs)


def _check_folder(root: str) -> None:
    if not osp.isdir(root):
        raise FileNotFoundError(f'There is no folder {root}.')


def _at(base: Path, level: int) -> list[Path]:
    return [*base.glob('*/' * (level - 1) + '*')]


def _files_at(base: Path, level: int) -> list[Path]:
    # Files of interrupted runs are no sources. Names tell enough: a check of each file takes long on a network drive.
    return sorted(path for path in _at(base, level) if path.suffix and not is_unfinished(path.name))


def _hint(base: Path, level: int, suffixes: Sequence[str]) -> str:
    """The files that a folder has instead."""
    for depth in (1, 2, 3):
        if depth != level and any(path.suffix.lower() in suffixes for path in _files_at(base, depth)):
            return f' There are some at level {depth}.'
    counts = Counter(path.suffix for path in _files_at(base, level) if path.is_file())
    if not counts:
        return ' It has no files there.'
    return f' It has {shorten(f"{count} *{suffix}" for suffix, count in counts.most_common())}.'


def _check_apart(root: Path, target_root: Path) -> None:
    """Reject targets among the sources: the next run would take them for sources, or they replace sources."""
    source = root.resolve()
    target = target_root.resolve()
    if source == target or source in target.parents:
        raise ValueError(
            f'The output folder {target_root} is the input folder {root} or lies in it, so that results would be '
            'taken for sources. Choose one outside of it.'
        )


def _check_distinct(jobs: list[Job]) -> list[Job]:
    sources: dict[str, str] = {}
    for job in jobs:
        other = sources.setdefault(job.target, job.source)
        if other != job.source:
            raise ValueError(f'{other} and {job.source} would both become {job.target}. Rename one of them.')
    return jobs
