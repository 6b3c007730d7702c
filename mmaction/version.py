"""Version of the package, and the 1.x helpers that compare it."""

from __future__ import annotations

import re

__version__ = '2.0.0.dev0'


def parse_version_info(version_str: str) -> tuple[int | str, ...]:
    """Split a version into comparable parts: ``'1.2.0rc1' -> (1, 2, 0, 'rc1')``."""
    parts: list[int | str] = []
    for piece in version_str.split('.'):
        match = re.fullmatch(r'(\d+)(.*)', piece)
        if match is None:
            parts.append(piece)
            continue
        parts.append(int(match[1]))
        if match[2]:
            parts.append(match[2])
    return tuple(parts)


version_info = parse_version_info(__version__)
