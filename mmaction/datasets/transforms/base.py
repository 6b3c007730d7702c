"""Base of the transforms: mmcv's ``BaseTransform`` with a generated ``repr``."""

from __future__ import annotations

import inspect
from typing import Any

from mmcv.transforms import BaseTransform as _BaseTransform

__all__ = ['BaseTransform']


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


class BaseTransform(_BaseTransform):
    """A step of a pipeline: ``results`` dict in, ``results`` dict out (or None to drop the sample).

    A subclass keeps each constructor argument under its own name, or does without it in its ``repr``.
    """

    def __repr__(self) -> str:
        shown: dict[str, Any] = {n: getattr(self, n) for n in _params(type(self)) if hasattr(self, n)}
        return f'{type(self).__name__}({", ".join(f"{n}={v!r}" for n, v in shown.items())})'
