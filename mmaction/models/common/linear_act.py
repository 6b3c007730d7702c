"""Linear layers at inference on a CPU: the activation, or the sum with a shortcut, in the same pass.

PyTorch writes the output of a linear layer to memory and reads it again for its activation, which for the wide layers
of a transformer takes about as long as the product itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmaction.models.common.packed_conv import is_observed, may_fuse

_GELU = {'none': 'none', 'tanh': 'tanh'}
_IS_AVAILABLE = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, '_linear_pointwise')
# With fewer rows the rearrangement of the weights in each call takes longer than the activation.
_LEAST_ROWS = 256


def linear_act(linear: nn.Module, act: nn.Module, x: Tensor) -> Tensor:
    """Compute ``act(linear(x))``, in one pass where that is possible.

    Args:
        linear: linear layer, or any module in its place.
        act: activation.
        x: (*, C).
    """
    fused = _activation(act)
    if fused is None or not _can_fuse(linear, x):
        return act(linear(x))
    return torch.ops.mkldnn._linear_pointwise.default(x, linear.weight, linear.bias, *fused)


def _activation(act: nn.Module) -> tuple[str, list[float], str] | None:
    """The activation, as oneDNN takes it; None for another."""
    if type(act) is nn.GELU and act.approximate in _GELU and not is_observed(act):
        return 'gelu', [], _GELU[act.approximate]
    if type(act) is nn.ReLU and not is_observed(act):
        return 'relu', [], ''
    return None


def _can_fuse(linear: nn.Module, x: Tensor) -> bool:
    # Exact type: a subclass, parametrized or quantized, may compute something else.
    if not _IS_AVAILABLE or type(linear) is not nn.Linear or is_observed(linear):
        return False
    return may_fuse(x, linear.weight) and x.is_contiguous() and x.numel() >= _LEAST_ROWS * x.shape[-1]
