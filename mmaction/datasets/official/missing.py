"""Videos of a data set that are not in its folder."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mmaction.utils.check import shorten
from mmaction.utils.files import complete_or_absent
from mmaction.video.suffixes import VIDEO_SUFFIXES


def files_below(root: str, suffixes: tuple[str, ...]) -> list[str]:
    """List the files with one of some suffixes below a folder, as sorted paths below it; none if there is no folder."""
    return sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
        if name.lower().endswith(suffixes)
    )


def stems_in(folder: str) -> set[str]:
    """Collect the names, without suffix, of the videos below a folder; none if there is no folder."""
    return {os.path.splitext(os.path.basename(path))[0] for path in files_below(folder, VIDEO_SUFFIXES)}


def write_missing(names: Iterable[str], path: str) -> None:
    """Write names, one per line; an interrupted run leaves no file."""
    with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        file.writelines(f'{name}\n' for name in names)


def missing_report(missing: list[str], total: int, folder: str, path: str, source: str) -> str:
    """Word what is missing, where the list is, and what to do.

    Args:
        missing: names.
        total: number of videos of the data set.
        folder: where they should be.
        path: list of the missing ones.
        source: where to get them, a sentence.
    """
    here = f'{total - len(missing)} of {total} videos are in {folder}.'
    if not missing:
        return here
    return f'{here} {len(missing)} are missing ({shorten(missing)}); {path} lists them. {source}'
