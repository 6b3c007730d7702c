"""Optional dependencies: import them, or name the command that installs them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmengine.registry import Registry
    from packaging.requirements import Requirement


def require(dep: str, install: str | None = None) -> ModuleType:
    """Import an optional module.

    Args:
        dep: name of the module, e.g. ``'onnxruntime'``, optionally with a version range of the distribution of that
            name, e.g. ``'transformers>=4.28.0'``.
        install: command that installs it. Default: ``pip install "<dep>"``.

    Returns:
        The imported module.

    Raises:
        ImportError: the module is absent, fails to load, or its version is out of range. Names the command.
    """
    requirement = _requirement(dep)
    command = install or f'pip install "{dep}"'
    try:
        module = import_module(requirement.name)
    # Not ImportError alone: torchvision built for another torch raises RuntimeError, a missing library OSError.
    except Exception as error:
        raise ImportError(
            f'{requirement.name} is needed here and cannot be imported ({type(error).__name__}: {error}). '
            f'Install it with: {command}'
        ) from error
    if requirement.specifier and not satisfy_requirement(dep):
        raise ImportError(
            f'{requirement.name} {_installed(requirement.name)} is installed, {requirement.specifier} is needed here. '
            f'Install it with: {command}'
        )
    return module


def satisfy_requirement(dep: str) -> bool:
    """Check that the distribution of ``dep``, e.g. ``'torch>=2.6'``, is installed in a version within its range."""
    requirement = _requirement(dep)
    installed = _installed(requirement.name)
    return installed is not None and requirement.specifier.contains(installed, prereleases=True)


def _requirement(dep: str) -> Requirement:
    # This, and the metadata below, take longer to import than the rest of `import mmaction`.
    from packaging.requirements import Requirement

    return Requirement(dep)


@cache
def _installed(distribution: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def register_multimodal_placeholder(names: Iterable[str], registry: Registry) -> None:
    """Register names whose dependency is absent; building one raises an ImportError that names the command."""
    for name in names:

        def build(*args: Any, _name: str = name, **kwargs: Any) -> None:
            raise ImportError(
                f'{_name} needs the multimodal extra. Install it with: pip install "mmaction2[multimodal]"'
            )

        registry.register_module(name=name, module=build)


def __getattr__(name: str) -> bool:
    if name == 'WITH_MULTIMODAL':  # on first use: reading metadata takes its time
        return satisfy_requirement('transformers')
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
