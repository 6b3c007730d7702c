"""Fixes of mmengine that need no torch: they run when :mod:`mmaction` is imported, or mmengine after it.

The other fixes are in :mod:`mmaction.engine.mmengine_fixes`. Each states the newest mmengine that needs it; all of them
change only what is broken, are silent, and may run twice.
"""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any


def replace_everywhere(old: object, new: object) -> None:
    """Put ``new`` wherever an mmengine module that is already loaded holds ``old`` under a name of its own."""
    for name, module in list(sys.modules.items()):
        if name.split('.', 1)[0] != 'mmengine' or module is None:
            continue
        for attribute, value in list(vars(module).items()):
            if value is old:
                setattr(module, attribute, new)


class _BeforeConfigs(MetaPathFinder):
    """Run :func:`fix_utils` right before mmengine's configs are imported; find nothing."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == 'mmengine.config':
            fix_utils()


def fix_utils_before_configs() -> None:
    """Run :func:`fix_utils` now if mmengine is loaded, else together with it: `import mmaction` does not load it.

    A config may name others (``_base_ = 'mmaction::...'``) and be read before anything is built.
    """
    if 'mmengine.config' in sys.modules:
        fix_utils()
    else:
        sys.meta_path.insert(0, _BeforeConfigs())


@cache
def fix_utils() -> None:
    """Progress over a DataLoader, and looking up packages without what Python and setuptools have removed."""
    from mmengine.utils import package_utils, progressbar

    # mmengine 0.10.7 wants a Sequence, and rejects what has a length and can be iterated, such as a DataLoader.
    replace_everywhere(progressbar.track_iter_progress, _track_iter_progress(progressbar.track_iter_progress))
    # mmengine 0.10.7 imports pkg_resources for these three; setuptools 81 removed it.
    replace_everywhere(package_utils.is_installed, is_installed)
    replace_everywhere(package_utils.get_installed_path, get_installed_path)
    replace_everywhere(package_utils.package2module, package2module)
    # Python 3.14 removed `find_loader`, which mmengine 0.10.7 (`mmcv_full_available`, for every optimizer) and
    # mmcv-lite 2.2 (`ext_loader`) call. Adding it back serves both, also in modules that are not loaded yet.
    if not hasattr(pkgutil, 'find_loader'):
        setattr(pkgutil, 'find_loader', find_loader)  # noqa: B010 (typeshed knows the removed function)


def _track_iter_progress(original: Callable[..., Iterator]) -> Callable[..., Iterator]:
    def track_iter_progress(tasks: Any, bar_width: int = 50, file: Any = None) -> Iterator:
        if not isinstance(tasks, tuple) and isinstance(tasks, Iterable) and isinstance(tasks, Sized):
            tasks = (tasks, len(tasks))
        yield from original(tasks, bar_width, file or sys.stdout)

    return track_iter_progress


def find_loader(fullname: str) -> object | None:
    """The loader of a module, None if there is no such module."""
    spec: ModuleSpec | None = importlib.util.find_spec(fullname)
    return None if spec is None else spec.loader


# mmengine asks for the distribution of the scope `mmaction` by the original name, and installs it with pip if missing.
_OURS = frozenset({'mmaction2', 'mmaction-next'})


def is_installed(package: str) -> bool:
    """True if ``package``, the name of a distribution or of a module, is installed."""
    from importlib import metadata

    if package in _OURS:
        return True
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None
    return True


def package2module(package: str) -> str:
    """Name of the module that a distribution installs: ``'mmaction2' -> 'mmaction'``."""
    from importlib import metadata

    if package in _OURS:
        return 'mmaction'
    for module, distributions in metadata.packages_distributions().items():
        if package in distributions and not module.startswith('_'):
            return module
    raise ValueError(f'The distribution {package} installs no module that its metadata names.')


def get_installed_path(package: str) -> str:
    """Folder of the package that a distribution, or a module of that name, is imported from."""
    from importlib.metadata import PackageNotFoundError

    try:
        module = package2module(package)
    except ValueError:  # no distribution of this name: it may be a module
        module = package
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise PackageNotFoundError(package)
    if spec.origin is None:
        raise RuntimeError(f'{package} is a namespace package, which has no single path.')
    return os.path.dirname(spec.origin)


# --- registries ------------------------------------------------------------------------------------------------------
@cache
def alias_scope(alias: str, scope: str) -> None:
    """Read ``_scope_ = alias`` in a config as ``_scope_ = scope``.

    mmengine 0.10.7 imports the package that has the name of a scope, and advises to install it where it is absent.
    """
    from mmengine.registry import Registry

    original = Registry.switch_scope_and_registry

    def switch_scope_and_registry(self: Any, named: str | None) -> Any:
        return original(self, scope if named == alias else named)

    setattr(Registry, 'switch_scope_and_registry', switch_scope_and_registry)  # noqa: B010 (mypy: it is a method)


# --- torch -----------------------------------------------------------------------------------------------------------
@cache
def fix_grad_scaler() -> None:
    """Provide ``torch.cuda.amp.GradScaler``, which mmengine 0.10.7 imports, in a torch that has removed it.

    It must be there before anything of mmengine that uses torch is imported, and `import mmaction` must not import
    torch: hence the look at torch's files instead of its attributes.
    """
    spec = importlib.util.find_spec('torch')
    if spec is None or spec.origin is None:
        return
    try:
        with open(os.path.join(os.path.dirname(spec.origin), 'cuda', 'amp', '__init__.py'), encoding='utf-8') as file:
            is_there = 'GradScaler' in file.read()
    except OSError:
        is_there = False
    if not is_there:
        provide_grad_scaler()


def provide_grad_scaler() -> None:
    """Add ``torch.cuda.amp.GradScaler``, and the module if it is gone too."""
    from types import ModuleType

    import torch

    class GradScaler(torch.amp.GradScaler):
        """``torch.amp.GradScaler`` on CUDA."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__('cuda', *args, **kwargs)

    try:
        from torch.cuda import amp
    except ImportError:
        amp = ModuleType('torch.cuda.amp')
        sys.modules['torch.cuda.amp'] = torch.cuda.amp = amp
    amp.GradScaler = GradScaler  # type: ignore[misc, assignment]
