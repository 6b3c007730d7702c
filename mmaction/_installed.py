"""A warning when the original MMAction2 is installed beside this package."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path


def find_original(folders: list[str]) -> Path | None:
    """Metadata folder of the distribution ``mmaction2`` 0.x or 1.x in one of the folders.

    A look at the folders takes a millisecond; ``importlib.metadata`` alone would take twenty to import.
    """
    for folder in folders:
        for pattern in ('mmaction2-[01].*.dist-info', 'mmaction2-[01].*.egg-info'):
            found = next(Path(folder).glob(pattern), None)
            if found is not None:
                return found
    return None


def warn_of_original() -> None:
    """Warn where both distributions are installed: they write to the same folder ``mmaction``."""
    found = find_original(sys.path)
    if found is not None:
        version = found.stem.removeprefix('mmaction2-')
        warnings.warn(
            f'mmaction2 {version} is installed beside mmaction-next ({found}); both provide the package mmaction, and '
            'one may overwrite the other. Uninstall both, then install mmaction-next alone.',
            stacklevel=3,
        )
