"""Hooks that a user's subclass overrides: which ones, and those that nothing calls."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar


def overrides(instance: Any, base: type, *names: str) -> bool:
    """True if the class of an object defines one of these methods anew, below ``base``."""
    return any(getattr(type(instance), name) is not getattr(base, name) for name in names)


def report_unused_hooks(cls: type, replaced_with: str | None = None) -> None:
    """Warn of methods of a class that MMAction2 1.x calls and nothing calls here: their code would silently not run.

    :class:`ReportsUnusedHooks` calls it, so that a class is reported once, where it is defined.

    Args:
        cls: the class. Its bases declare such methods in ``unused_hooks``, a dict from the name to the remedy.
        replaced_with: method that calls the others in MMAction2: a class that defines it, too, may call them itself.
    """
    for number, base in enumerate(cls.__mro__):
        table: Mapping[str, str] = vars(base).get('unused_hooks', {})
        for name, remedy in table.items():
            owner = next((sub for sub in cls.__mro__[:number] if name in vars(sub)), None)
            # A base that knows of the hook was reported when it was defined; a mixin knows nothing of it.
            if owner is None or (owner is not cls and issubclass(owner, base)) or replaced_with in vars(owner):
                continue
            warnings.warn(
                f'{owner.__name__}.{name} is never called: {base.__name__} does without it, other than in MMAction2 '
                f'1.x. {remedy}',
                stacklevel=3,
            )


class ReportsUnusedHooks:
    """Mixin whose subclasses are checked for methods that MMAction2 1.x calls and nothing calls here.

    Attributes:
        unused_hooks: such methods of this class, and for each the remedy for a subclass that overrides it.
        calls_hooks: method that calls the others in MMAction2; see :func:`report_unused_hooks`.
    """

    unused_hooks: ClassVar[Mapping[str, str]] = {}
    calls_hooks: ClassVar[str | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        report_unused_hooks(cls, cls.calls_hooks)
