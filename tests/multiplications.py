"""Operations of networks, best on the ``meta`` device, counted by PyTorch's formulas.

PyTorch's own counter tries to take every operator apart, and most kernels of ``meta`` are decompositions in Python.
This one looks at the operators as they come, and asks PyTorch once for each operator and layout of its inputs: networks
repeat their blocks, and families their networks.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class _Layout(tuple):
    """Shape, strides and type of a tensor."""


# Operators with the layouts of their inputs -> those of their outputs, and their operations
_KNOWN: dict[tuple, tuple[Any, int]] = {}


def _describe(value: Any) -> Any:
    """An argument or an output without its numbers, hashable."""
    if isinstance(value, Tensor):
        return _Layout((value.shape, value.stride(), value.dtype, value.device.type))
    if isinstance(value, (list, tuple)):
        return tuple(map(_describe, value))
    return value if value is None else (type(value), value)


def _allocate(described: Any) -> Any:
    """The output that was described."""
    if isinstance(described, _Layout):
        shape, strides, dtype, _ = described
        return torch.empty_strided(shape, strides, dtype=dtype, device='meta')
    return tuple(map(_allocate, described))


def _measure(function: Any, args: tuple, kwargs: dict) -> tuple[Any, int]:
    out = function(*args, **kwargs)
    formula = flop_registry.get(function._overloadpacket)
    return out, formula(*args, **kwargs, out_val=out) if formula else 0


def _is_on_meta(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_is_on_meta, value))
    return isinstance(value, Tensor) and value.is_meta


class MultiplicationCounter(TorchDispatchMode):
    """Count the multiplications of convolutions and matrix products while the context is open.

    Tensors on ``meta`` have no numbers: what would change these in place does nothing, and what would be a view is
    another tensor of its layout. Networks that are built in the context are initialized at no cost.
    """

    def __init__(self) -> None:
        super().__init__()
        self._operations = 0

    @property
    def gmacs(self) -> float:
        """10^9 multiplications, as metafiles state them."""
        return self._operations / 2e9

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if not _is_on_meta(args) or torch.Tag.inplace_view in function.tags:
            out, operations = _measure(function, args, kwargs)
            self._operations += operations
            return out
        if function._schema.name.endswith('_'):
            return args[0]
        key = function, _describe(args), _describe([*kwargs.items()])
        if key not in _KNOWN:
            out, operations = _measure(function, args, kwargs)
            _KNOWN[key] = _describe(out), operations
        described, operations = _KNOWN[key]
        self._operations += operations
        return _allocate(described)
