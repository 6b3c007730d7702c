"""Base of the transforms: mmcv's ``BaseTransform`` with a declared contract and a generated ``repr``."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from mmcv.transforms import BaseTransform as _BaseTransform

from mmaction.utils.check import constructor_arguments
from mmaction.utils.overrides import ReportsUnusedHooks

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


class BaseTransform(ReportsUnusedHooks, _BaseTransform):
    """A step of a pipeline: ``results`` dict in, ``results`` dict out (or None to drop the sample).

    A subclass keeps each constructor argument under its own name, or does without it in its ``repr``. It declares its
    contract, which :mod:`mmaction.datasets.transforms.contract` reads; a subclass inherits it. An instance whose keys
    depend on its arguments sets ``reads`` and ``writes`` of its own.

    Attributes:
        role: place of the step in a pipeline. None: undeclared, the step may do anything.
        reads: keys of ``results`` that the step cannot do without; ``'imgs|keypoint'`` needs one of the two.
        writes: keys that it adds or replaces, always or sometimes.
    """

    role: ClassVar[Role | None] = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    calls_hooks = 'transform'

    def __repr__(self) -> str:
        shown: dict[str, Any] = {n: getattr(self, n) for n in constructor_arguments(type(self)) if hasattr(self, n)}
        return f'{type(self).__name__}({", ".join(f"{n}={v!r}" for n, v in shown.items())})'
