"""Python names of the 0.x line: each works, or raises an error that names its successor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import MappingProxyType, ModuleType
from typing import Any

from mmaction.compat.api_table import REFUSED, RENAMED, SAME


@cache
def targets() -> Mapping[str, str]:
    """Full name of 0.x -> ``'module:name'`` of today."""
    found = {f'{module}.{name}': f'{today}:{name}' for module, (today, names) in SAME.items() for name in names.split()}
    return MappingProxyType(found | dict(RENAMED))


@cache
def old_modules() -> Mapping[str, Mapping[str, str]]:
    """Module of 0.x -> its public names, each with the full name of where it was defined; packages export all below."""
    found: dict[str, dict[str, str]] = {}
    for full in (*targets(), *REFUSED):
        module, name = full.rsplit('.', 1)
        while module != 'mmaction':
            found.setdefault(module, {}).setdefault(name, full)
            module = module.rpartition('.')[0]
    return MappingProxyType(found)


def resolve(module: str, name: str) -> Any:
    """Find what a name of 0.x stands for.

    Raises:
        ImportError: it has no successor of the same arguments, or this version lacks it. Not AttributeError, whose
            message ``from module import name`` would swallow.
        AttributeError: it is no name of 0.x.
    """
    full = old_modules().get(module, {}).get(name)
    if full is None:
        raise AttributeError(f'module {module!r} has no attribute {name!r}')
    if full in REFUSED:
        raise ImportError(f'{module}.{name} is of MMAction2 0.x: {REFUSED[full]}.', name=module)
    target, attribute = targets()[full].split(':')
    try:
        if (target, attribute) == (module, name):  # which was searched before this table
            raise AttributeError(attribute)
        return getattr(import_module(target), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ImportError(
            f'{module}.{name} is of MMAction2 0.x and is {target}.{attribute} in 1.x, which this version lacks.',
            name=module,
        ) from error


class _Loader:
    """Loader of modules that have only names of the table."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Use the default."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Give the module the names of the table, each resolved on first use."""
        names = old_modules()[module.__name__]
        module.__doc__ = 'Historic path (MMAction2 0.x).'
        module.__dict__['__all__'] = sorted(name for name, full in names.items() if full not in REFUSED)
        module.__dict__['__getattr__'] = lambda name: resolve(module.__name__, name)


def find_module(name: str) -> ModuleSpec | None:
    """Find the spec of a module of 0.x; None for other names."""
    modules = old_modules()
    if name not in modules:
        return None
    is_package = any(other.startswith(f'{name}.') for other in modules)
    return ModuleSpec(name, _Loader(), is_package=is_package)  # type: ignore[arg-type]  # a loader by its methods
