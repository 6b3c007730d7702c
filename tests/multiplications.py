"""Operations of networks on the ``meta`` device, counted by PyTorch's formulas.

PyTorch's own counter tries to take every operator apart, and the kernels of ``meta`` for norms and the like are
decompositions in Python. This one looks at the operators as they come and allocates the outputs of the slowest itself,
which takes a third of the time.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

_aten = torch.ops.aten


def _normalized(x: Tensor, *_: Any) -> tuple[Tensor, Tensor, Tensor]:
    return torch.empty_like(x), x.new_empty(0), x.new_empty(0)


def _alike(x: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(x)


_SHAPES = {
    _aten.native_layer_norm.default: _normalized,
    _aten.native_batch_norm.default: _normalized,
    _aten._safe_softmax.default: _alike,
    _aten.gelu.default: _alike,
    _aten.addmm.default: lambda _, a, b: a.new_empty(len(a), b.shape[1]),
}


class MultiplicationCounter(TorchDispatchMode):
    """Count the multiplications of convolutions and matrix products while the context is open."""

    def __init__(self) -> None:
        super().__init__()
        self._operations = 0

    @property
    def gmacs(self) -> float:
        """10^9 multiplications, as metafiles state them."""
        return self._operations / 2e9

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        shape = _SHAPES.get(function) if isinstance(args[0], Tensor) and args[0].is_meta and not kwargs else None
        out = function(*args, **kwargs) if shape is None else shape(*args)
        formula = flop_registry.get(function._overloadpacket)
        if formula is not None:
            self._operations += formula(*args, **kwargs, out_val=out)
        return out
