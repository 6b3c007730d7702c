"""Hooks that a user's subclass overrides: which ones, and those that nothing calls."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any


def overrides(instance: Any, base: type, *names: str) -> bool:
    """True if the class of an object defines one of these methods anew, below ``base``."""
    return any(getattr(type(instance), name) is not getattr(base, name) for name in names)


def report_unused_hooks(cls: type) -> None:
    """Warn of methods of a class that MMAction2 1.x calls and nothing calls here: their code would silently not run.

    The bases of the class declare them in ``unused_hooks``, a dict from the name to the remedy. To be called in
    ``__init_subclass__``, so that a class is reported once, where it is defined.
    """
    for base in cls.__mro__[1:]:
        table: Mapping[str, str] = vars(base).get('unused_hooks', {})
        for name in table.keys() & vars(cls).keys():
            warnings.warn(
                f'{cls.__name__}.{name} is never called: {base.__name__} does without it, other than in MMAction2 1.x. '
                f'{table[name]}',
                stacklevel=3,
            )
