"""Folders of data sets, seen from the root of a checkout or from the folder of a script."""

from __future__ import annotations

import os

_FROM_SCRIPT = os.path.join(*[os.pardir] * 3, 'data')


def default_root(name: str) -> str:
    """Find the folder of a data set: ``data/NAME``, or ``../../../data/NAME`` for a script run in its own folder."""
    here = os.path.join('data', name)
    from_script = os.path.join(_FROM_SCRIPT, name)
    return from_script if not os.path.isdir(here) and os.path.isdir(from_script) else here
