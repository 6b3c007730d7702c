"""Checks of arguments where they enter; each error names the value and the limit.

The argument order is the same everywhere: the limit, the value, the name that the user knows the value by.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Hashable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar, overload

T = TypeVar('T')
K = TypeVar('K')
Number = TypeVar('Number', int, float)


@overload
def pick(options: Mapping[K, T], value: object, name: str, also: str = '') -> T: ...
@overload
def pick(options: Sequence[T], value: object, name: str, also: str = '') -> T: ...
def pick(options: Mapping[Any, Any] | Sequence[Any], value: object, name: str, also: str = '') -> Any:
    """Look up one of a closed set of options.

    Args:
        options: a table, whose entry for ``value`` is returned; or a sequence, such as the arguments of a ``Literal``,
            of which the equal element is returned.
        value: the user's choice.
        name: the argument, as the user wrote it.
        also: what else is accepted, added to the message after the options, e.g. ``'or None'``.

    Raises:
        ValueError: ``value`` is none of the options.
    """
    # Not `value in options`: that raises TypeError for a list or a dict given by mistake, and takes True for 1.
    for option in options if isinstance(value, Hashable) else ():
        if option == value and isinstance(option, bool) == isinstance(value, bool):
            return options[option] if isinstance(options, Mapping) else option
    choices = ', '.join(map(repr, options))
    raise ValueError(f'{name} ({value!r}) must be one of {choices}{also and f" {also}"}.')


def _is_number(value: object) -> bool:
    # None and text are rejected here and not by `<`: whose TypeError names neither the argument nor its limit.
    return isinstance(value, Real) and not isinstance(value, bool)


def at_least(limit: float, value: Number, name: str, hint: str = '') -> Number:
    """Check a number against its lower limit.

    Args:
        limit: the smallest accepted value.
        value: the user's number.
        name: the argument, as the user wrote it.
        hint: remedy, added to the message.

    Returns:
        ``value``.

    Raises:
        ValueError: ``value`` is smaller, or is no number (None, text, NaN).
    """
    if not _is_number(value) or not value >= limit:
        raise ValueError(f'{name} ({value!r}) must be at least {limit}.{hint and f" {hint}"}')
    return value


def within(low: float, high: float, value: Number, name: str) -> Number:
    """Check a number against its limits, both of which are accepted; see :func:`at_least`."""
    if not _is_number(value) or not low <= value <= high:
        raise ValueError(f'{name} ({value!r}) must be in [{low}, {high}].')
    return value


def positive(value: Number, name: str, hint: str = '') -> Number:
    """Check that a number, which need not be whole, is above 0; see :func:`at_least`."""
    if not _is_number(value) or not value > 0:
        raise ValueError(f'{name} ({value!r}) must be positive.{hint and f" {hint}"}')
    return value


def known_keys(name: str, cfg: Mapping[str, Any] | None, known: Iterable[str]) -> dict[str, Any]:
    """Copy a config whose keys must all be known; None counts as empty.

    Raises:
        ValueError: ``cfg`` has keys that nothing reads.
    """
    copied = dict(cfg or {})
    accepted = list(known)
    unknown = sorted(str(key) for key in copied if key not in accepted)
    if unknown:
        accepts = ', '.join(accepted) or 'no keys'
        raise ValueError(f'{name} has unknown keys {unknown}, which nothing reads. It accepts {accepts}.')
    return copied


def constructor_arguments(cls: type) -> list[str]:
    """Names of the constructor arguments, own and inherited, in the order they are declared."""
    names: list[str] = []
    for klass in cls.__mro__:
        init = vars(klass).get('__init__')
        if init is None or klass is object:
            continue
        kinds = inspect.signature(init).parameters
        names += [n for n, p in kinds.items() if n != 'self' and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if not any(p.kind is p.VAR_KEYWORD for p in kinds.values()):
            break
    return list(dict.fromkeys(names))


def warn_unread(owner: object, keywords: Mapping[str, Any]) -> None:
    """Warn of keywords that a constructor takes only because MMAction2 1.x takes and ignores them."""
    if keywords:
        found = ', '.join(f'{name}={value!r}' for name, value in keywords.items())
        warnings.warn(
            f'{type(owner).__name__} has no use for {found}, and ignores it as MMAction2 1.x does; its arguments are '
            f'{", ".join(constructor_arguments(type(owner)))}. Remove it from the config.',
            stacklevel=3,
        )


def shorten(names: Iterable[object], count: int = 4) -> str:
    """List the first ``count`` names in a message, and how many more there are."""
    listed = [str(name) for name in names]
    text = ', '.join(listed[:count])
    if len(listed) > count:
        text += f' and {len(listed) - count} more'
    return text
