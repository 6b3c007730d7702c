"""Base of the transforms: mmcv's ``BaseTransform`` with a declared contract and a generated ``repr``."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from mmcv.transforms import BaseTransform as _BaseTransform

__all__ = ['BaseTransform', 'Role']

Role = Literal['open', 'sample', 'decode', 'pixels', 'pose', 'features', 'labels', 'format', 'pack']
"""Place of a step in a pipeline.

========  ==============================================================================================
open      opens the medium and writes its length
sample    chooses frames: writes ``frame_inds``
decode    loads the chosen frames
pixels    changes frames (and the boxes and keypoints in them)
pose      changes keypoints, or draws them
features  loads or changes features of a video
labels    makes the targets of the loss
format    changes the layout of the arrays, not their values
pack      ends the pipeline: ``inputs`` and ``data_samples``
========  ==============================================================================================
"""


def _params(cls: type) -> list[str]:
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


def warn_ignored(step: object, kwargs: Mapping[str, Any]) -> None:
    """Warn of keywords that a step accepts and ignores, as it did in MMAction2 1.x."""
    if kwargs:
        found = ', '.join(f'{name}={value!r}' for name, value in kwargs.items())
        warnings.warn(
            f'{type(step).__name__} has no use for {found}, and ignores it as MMAction2 1.x does; its arguments are '
            f'{", ".join(_params(type(step)))}. Remove it from the config.',
            stacklevel=3,
        )


_reported: set[type] = set()


def _report_unused_hooks(cls: type[BaseTransform]) -> None:
    """Warn, once per class, of methods of a user's subclass that MMAction2 1.x calls and nothing calls here."""
    if cls in _reported:
        return
    _reported.add(cls)
    for number, holder in enumerate(cls.__mro__):
        table: Mapping[str, str] = vars(holder).get('unused_hooks', {})
        for name, remedy in table.items():
            owner = next((sub for sub in cls.__mro__[:number] if name in vars(sub)), None)
            if owner is not None and 'transform' not in vars(owner):
                warnings.warn(
                    f'{owner.__name__}.{name} is never called: {holder.__name__} does without it, other than in '
                    f'MMAction2 1.x. {remedy}',
                    stacklevel=4,
                )


def overrides(step: object, base: type, *names: str) -> bool:
    """True if the class of a step defines one of these methods anew, below ``base``.

    For methods that a transform can do without: it calls them only where a subclass overrides one.
    """
    return any(getattr(type(step), name) is not getattr(base, name) for name in names)


class BaseTransform(_BaseTransform):
    """A step of a pipeline: ``results`` dict in, ``results`` dict out (or None to drop the sample).

    A subclass keeps each constructor argument under its own name, or does without it in its ``repr``. It declares its
    contract, which :mod:`mmaction.datasets.transforms.contract` reads; a subclass inherits it. An instance whose keys
    depend on its arguments sets ``reads`` and ``writes`` of its own.

    Attributes:
        role: place of the step in a pipeline. None: undeclared, the step may do anything.
        reads: keys of ``results`` that the step cannot do without; ``'imgs|keypoint'`` needs one of the two.
        writes: keys that it adds or replaces, always or sometimes.
        unused_hooks: methods that MMAction2 1.x calls and this class does not, and for each the remedy for a subclass
            that overrides it: building such a step warns.
    """

    role: ClassVar[Role | None] = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    unused_hooks: ClassVar[Mapping[str, str]] = {}

    def __new__(cls, *args: Any, **kwargs: Any) -> BaseTransform:
        _report_unused_hooks(cls)
        return super().__new__(cls)

    def __repr__(self) -> str:
        shown: dict[str, Any] = {n: getattr(self, n) for n in _params(type(self)) if hasattr(self, n)}
        return f'{type(self).__name__}({", ".join(f"{n}={v!r}" for n, v in shown.items())})'
