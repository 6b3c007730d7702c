"""Files that come with the package: in a checkout at its root, in an installed wheel in ``mmaction/.mim``."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED_ROOTS = (_PACKAGE.parent, _PACKAGE / '.mim')
_SCOPES = ('mmaction::', 'mmaction2::')


def shipped_file(path: str | os.PathLike[str]) -> Path | None:
    """Find a file by its path in the checkout, such as ``tools/data/kinetics/label_map_k400.txt``."""
    return next((root / path for root in SHIPPED_ROOTS if (root / path).is_file()), None)


def shipped_config(name: str) -> Path | None:
    """Find a config that comes with the package.

    Args:
        name: ``configs/recognition/tsn/NAME.py``, the same below ``configs`` or after ``mmaction::``, or the name of
            the file alone; ``.py`` may be left out.

    Raises:
        FileNotFoundError: several files have the name.
    """
    for scope in _SCOPES:
        name = name.removeprefix(scope)
    parts = [part for part in Path(name).parts if part != '.']
    if not parts or Path(name).is_absolute() or '..' in parts:
        return None
    if parts[0] == 'configs':
        parts = parts[1:]
    file = f'{os.path.join(*parts).removesuffix(".py")}.py' if parts else ''
    if len(parts) > 1:
        return shipped_file(os.path.join('configs', file))
    for root in SHIPPED_ROOTS:
        found = sorted((root / 'configs').rglob(file)) if file else []
        if len(found) > 1:
            raise FileNotFoundError(
                f'{len(found)} configs are called {name}: {", ".join(map(str, found))}. Give a path.'
            )
        if found:
            return found[0]
    return None
