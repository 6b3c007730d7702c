"""Optional dependencies: used where installed, asked for by name where not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

from mmengine.registry import Registry
from packaging.requirements import Requirement


def require(dep: str, install: str | None = None) -> ModuleType:
    """Import an optional module, or say what to install.

    Args:
        dep: importable module name, e.g. ``'onnxruntime'``, optionally with a version range of the distribution of
            that name, e.g. ``'transformers>=4.28.0'``.
        install: the command that makes it available. Default: ``pip install "<dep>"``.

    Returns:
        The imported module.

    Raises:
        ImportError: the module is absent, does not load, or its version is out of range. Names the command.
    """
    requirement = Requirement(dep)
    command = install or f'pip install "{dep}"'
    try:
        module = import_module(requirement.name)
    except (
        Exception
    ) as error:  # a broken install (e.g. torchvision built for another torch) raises more than ImportError
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
    """Whether the distribution that ``dep`` names (``'torch>=2.6'``) is installed in a version that fits."""
    requirement = Requirement(dep)
    found = _installed(requirement.name)
    return found is not None and requirement.specifier.contains(found, prereleases=True)


@cache
def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def register_multimodal_placeholder(names: Iterable[str], registry: Registry) -> None:
    """Keep names registered whose dependency is absent; building one says what to install."""
    for name in names:

        def build(*args: Any, _name: str = name, **kwargs: Any) -> None:
            raise ImportError(
                f'{_name} needs the multimodal extra. Install it with: pip install "mmaction2[multimodal]"'
            )

        registry.register_module(name=name, module=build)
