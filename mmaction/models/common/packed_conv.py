"""Convolutions at inference on a CPU: the norm folded in, the weights packed once, the activation in the same pass.

Outside of training PyTorch runs a convolution, its batch norm and its ReLU one after the other, and lets oneDNN
rearrange the weights in every call. Here the weights are scaled by the norm and rearranged in the first call and kept
beside the module, which is not changed: its parameters, its keys and its copies are those of an unused one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

__all__ = ['EndsInConv', 'PackedConvs', 'conv_norm_act', 'drop_packed', 'layer_by_layer']

_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
_CONVS = (nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
_IS_AVAILABLE = torch.backends.mkldnn.is_available() and all(
    hasattr(torch._C._nn, f'mkldnn_reorder_conv{dims}d_weight') for dims in (2, 3)
)

_is_allowed = ContextVar('_is_allowed', default=True)


class EndsInConv(nn.Module):
    """A module in the place of a convolution: some steps, then a convolution.

    The convolution can then run in one pass with the norm and the activation that follow the module.
    """

    @property
    def last_conv(self) -> nn.Module:
        """The convolution."""
        raise NotImplementedError

    def before_conv(self, x: Tensor) -> Tensor:
        """The steps before it."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The steps, then the convolution."""
        return self.last_conv(self.before_conv(x))


def conv_norm_act(conv: nn.Module, norm: nn.Module | None, act: nn.Module | None, x: Tensor) -> Tensor:
    """Apply a convolution, the norm and the activation behind it, in one pass where that is possible.

    Args:
        conv: the convolution, or any module in its place.
        norm: the norm, or None.
        act: the activation, or None.
        x: (N, C, *S).
    """
    last = conv.last_conv if isinstance(conv, EndsInConv) and not _is_observed(conv) else conv
    if not _can_pack(last, norm, x):
        x = conv(x)
        if norm is not None:
            x = norm(x)
        return x if act is None else act(x)
    if isinstance(conv, EndsInConv):
        x = conv.before_conv(x)
    fuses_relu = type(act) is nn.ReLU and not _is_observed(act)
    x = _packed.run(last, norm, x, fuses_relu)
    return x if act is None or fuses_relu else act(x)


def drop_packed(conv: nn.Module) -> None:
    """Free the packed weights of a convolution, or of the module in its place."""
    _packed.drop(conv.last_conv if isinstance(conv, EndsInConv) else conv)


@contextmanager
def layer_by_layer() -> Iterator[None]:
    """Run convolutions, norms and activations one after the other in this thread, as in training."""
    token = _is_allowed.set(False)
    try:
        yield
    finally:
        _is_allowed.reset(token)


def _can_pack(conv: Any, norm: Any, x: Tensor) -> bool:
    """True if the convolution may be replaced by a packed one in this call.

    That is so on a CPU, in float32, without gradients, for the layers of PyTorch itself whose steps nobody observes:
    neither a hook, nor a trace or an export, nor a counter of operations.
    """
    if not _IS_AVAILABLE or torch.is_grad_enabled() or not _is_allowed.get() or not torch.backends.mkldnn.enabled:
        return False
    # Exact types: a subclass, parametrized or quantized, may compute something else.
    if type(conv) not in _CONVS or (norm is not None and type(norm) not in _NORMS):
        return False
    if type(x) is not Tensor or x.dtype != torch.float32 or x.device.type != 'cpu' or x.numel() == 0:
        return False
    if x.ndim != conv.weight.ndim or conv.weight.dtype != torch.float32 or conv.padding_mode != 'zeros':
        return False
    if isinstance(conv.padding, str) or conv.weight.is_inference() or not conv.weight.is_cpu:
        return False
    if norm is not None and (norm.training or norm.running_mean is None or norm.weight is None):
        return False
    return not (_is_observed(conv) or _is_observed(norm) or _is_traced())


def _is_observed(module: nn.Module | None) -> bool:
    return module is not None and bool(module._forward_hooks or module._forward_pre_hooks)


def _is_traced() -> bool:
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or torch.onnx.is_in_onnx_export():
        return True
    return torch.is_autocast_enabled('cpu') or bool(_get_current_dispatch_mode_stack())


@dataclass(frozen=True)
class _Packed:
    """The weights of a convolution and its norm, packed, and the state of the parameters that they were made of."""

    weight: Tensor
    bias: Tensor | None
    state: tuple[Any, ...]
    sample: Tensor


class PackedConvs:
    """The packed weights of all convolutions; they live as long as the convolution.

    Packed weights are made anew when a parameter of the convolution or of its norm was assigned, loaded or changed in
    place. A change through ``.data``, which PyTorch does not record, is noticed by a sample of the weights, of at least
    one in each filter.
    """

    def __init__(self) -> None:
        self._packed: WeakKeyDictionary[nn.Module, _Packed] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._packed)

    def drop(self, conv: nn.Module) -> None:
        """Free the packed weights of a convolution."""
        self._packed.pop(conv, None)

    def run(self, conv: Any, norm: Any, x: Tensor, relu: bool) -> Tensor:
        """Convolution, norm and, if ``relu``, ReLU.

        Args:
            conv: convolution of PyTorch.
            norm: batch norm that follows, or None.
            x: (N, C, *S).
            relu: whether to apply a ReLU.

        Returns:
            (N, C', *S'), with the channels innermost in memory, as is fastest for the next convolution.
        """
        x = x.contiguous(memory_format=_CHANNELS_LAST[x.ndim])
        packed = self._packed.get(conv)
        state = _state(conv, norm)
        if packed is None or packed.state != state or not torch.equal(packed.sample, _sample(conv.weight)):
            packed = _pack(conv, norm, x, state)
            self._packed[conv] = packed
        return torch.ops.mkldnn._convolution_pointwise(
            x,
            packed.weight,
            packed.bias,
            conv.padding,
            conv.stride,
            conv.dilation,
            conv.groups,
            'relu' if relu else 'none',
            [],
            '',
        )


_packed = PackedConvs()


def _tensors(conv: Any, norm: Any) -> list[Tensor]:
    tensors = [conv.weight, conv.bias]
    if norm is not None:
        tensors += [norm.weight, norm.bias, norm.running_mean, norm.running_var]
    return [tensor for tensor in tensors if tensor is not None]


def _state(conv: Any, norm: Any) -> tuple[Any, ...]:
    state = [(tensor.data_ptr(), tensor._version) for tensor in _tensors(conv, norm)]
    return (*state, None if norm is None else norm.eps)


def _sample(weight: Tensor) -> Tensor:
    # A step one short of the length of a filter: each filter has a sample, each at another place. No copy is made.
    step = max(weight[0].numel() - 1, 1)
    values = weight.detach()
    return (values if values.is_contiguous() else values.movedim(1, -1)).reshape(-1)[::step]


def _pack(conv: Any, norm: Any, x: Tensor, state: tuple[Any, ...]) -> _Packed:
    weight, bias = conv.weight.detach(), conv.bias
    if norm is not None:
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)  # (C',)
        weight = weight * scale.view(-1, *[1] * (weight.ndim - 1))
        shift = norm.bias - norm.running_mean * scale
        bias = shift if bias is None else shift + bias * scale
    reorder: Any = getattr(torch._C._nn, f'mkldnn_reorder_conv{x.ndim - 2}d_weight')
    packed = reorder(weight.to_mkldnn(), conv.padding, conv.stride, conv.dilation, conv.groups, list(x.shape))
    return _Packed(packed, bias, state, _sample(conv.weight).clone())
