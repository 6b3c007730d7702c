"""Public names of a package that load their module on first use (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec


def attach(
    package: str, names: Mapping[str, Sequence[str]] | None = None, submodules: Sequence[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Build ``__getattr__``, ``__dir__`` and ``__all__`` for a package's ``__init__``.

    Args:
        package: ``__name__`` of the package.
        names: sub-module (relative, without a leading dot) -> the public names it defines.
        submodules: sub-modules that are themselves public attributes.
    """
    origin = {name: module for module, public in (names or {}).items() for name in public}
    public = sorted(origin) + sorted(submodules)

    def __getattr__(name: str) -> object:
        if name in origin:
            value = getattr(import_module(f'{package}.{origin[name]}'), name)
        elif name in submodules:
            value = import_module(f'{package}.{name}')
        else:
            raise AttributeError(f'module {package!r} has no attribute {name!r}')
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *public})

    return __getattr__, __dir__, public


def old_names(package: str) -> Callable[[str], object]:
    """Build a package's ``__getattr__`` that answers names of the 0.x line, or names their successors."""

    def __getattr__(name: str) -> object:
        if name.startswith('__'):
            raise AttributeError(f'module {package!r} has no attribute {name!r}')
        return import_module('mmaction.compat.api').resolve(package, name)

    return __getattr__


class OldModules:
    """Finder of modules of the 0.x line (``mmaction.core`` and others); asked last, when there is no such file."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a module of 0.x; None for other names."""
        if not name.startswith('mmaction.'):
            return None
        return import_module('mmaction.compat.api').find_module(name)
