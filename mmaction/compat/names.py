"""Old names of configs: ``tsn/tsn_r50_1x1x3_100e_kinetics400_rgb.py`` and the like."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from mmaction.compat.config_table import TABLE
from mmaction.utils.shipped import shipped_file


@cache
def successors() -> Mapping[str, str | None]:
    """Build the table: file of 0.x, relative to ``configs`` -> file of today, None where no file took its place."""
    table: dict[str, str | None] = {}
    task = ''
    today: str | None = None
    for line in TABLE.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 4
        name = line.strip()
        if depth == 0:
            task = name
        elif depth == 1:
            today = None if name == '-' else f'{task}/{name}.py'
        else:
            table[f'{task}/{name}.py'] = today
    return MappingProxyType(table)


def old_name(path: str | os.PathLike) -> str | None:
    """Find the entry of the table that a path or a bare name means; None for others.

    The folders above ``recognition/...`` do not matter, and a name without folders is enough, as no two are alike.
    """
    parts = PurePosixPath(os.fspath(path).replace(os.sep, '/')).parts
    if not parts:
        return None
    name = parts[-1] if parts[-1].endswith('.py') else f'{parts[-1]}.py'
    found = next((old for old in successors() if PurePosixPath(old).name == name), None)
    if found is None:
        return None
    # Folders that are given must fit: a file of the same name in a folder of the user's is not ours.
    given = parts[-len(PurePosixPath(found).parts) : -1]
    folders = PurePosixPath(found).parts[:-1]
    return found if not given or folders[-len(given) :] == given else None


def successor_path(path: str | os.PathLike) -> Path | None:
    """Find the file of today for a config of 0.x that is not there; None for other names.

    Raises:
        FileNotFoundError: it is a config of 0.x, but no file took its place, or that file is not in this version.
    """
    old = old_name(path)
    if old is None:
        return None
    today = successors()[old]
    if today is None:
        raise FileNotFoundError(
            f'There is no config at {os.fspath(path)}. {old} is a config of MMAction2 0.x, and none of today has its '
            'model and data. A copy of the 0.x file itself can be given: it is converted when it is read.'
        )
    found = shipped_file(Path('configs', today))
    if found is not None:
        return found
    raise FileNotFoundError(
        f'There is no config at {os.fspath(path)}. {old} is a config of MMAction2 0.x, which became {today}; '
        'this version does not have it.'
    )
