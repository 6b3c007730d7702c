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
from torch.nn.modules.module import _global_forward_hooks, _global_forward_pre_hooks
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

from mmaction.models.common.bricks import Swish
from mmaction.models.common.conv_training import convolve

__all__ = [
    'EndsInConv',
    'PackedConvs',
    'conv_norm_act',
    'drop_packed',
    'is_observed',
    'is_observed_inside',
    'layer_by_layer',
    'may_fuse',
]

_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
_CONVS = (nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
# Activations that oneDNN applies to the output: name, numbers, algorithm. Exact types, as of the layers.
_Act = tuple[str, list[float], str]
_NO_ACT: _Act = ('none', [], '')
_ACTS: dict[type[nn.Module], _Act] = {
    nn.ReLU: ('relu', [], ''),
    nn.ReLU6: ('hardtanh', [0.0, 6.0], ''),
    nn.SiLU: ('swish', [], ''),
    Swish: ('swish', [], ''),
    nn.Hardswish: ('hardswish', [], ''),
}
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
        return convolve(self.last_conv, self.before_conv(x))


def conv_norm_act(
    conv: nn.Module,
    norm: nn.Module | None,
    act: nn.Module | None,
    x: Tensor,
    shortcut: Tensor | None = None,
    overwrite: bool = False,
) -> Tensor:
    """Apply a convolution, the norm and the activation behind it, in one pass where that is possible.

    Args:
        conv: the convolution, or any module in its place.
        norm: the norm, or None.
        act: the activation, or None.
        x: (N, C, *S).
        shortcut: added before the activation, in the same pass.
        overwrite: whether the output may take the memory of the shortcut.
    """
    last = conv.last_conv if isinstance(conv, EndsInConv) and not is_observed(conv) else conv
    if not _can_pack(last, norm, x) or not _can_add(shortcut):
        x = convolve(conv, x)
        if norm is not None:
            x = norm(x)
        if shortcut is not None:
            x = x + shortcut
        return x if act is None else act(x)
    if isinstance(conv, EndsInConv):
        x = conv.before_conv(x)
    fused = _fused_act(act, shortcut is not None)
    x = _packed.run(last, norm, x, fused, shortcut, overwrite)
    return x if act is None or fused is not _NO_ACT else act(x)


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
    # torch.compile comes first: it can follow none of the questions below, and fuses on its own.
    if not _IS_AVAILABLE or torch.compiler.is_compiling():
        return False
    # Exact types: a subclass, parametrized or quantized, may compute something else.
    if type(conv) not in _CONVS or (norm is not None and type(norm) not in _NORMS):
        return False
    if x.ndim != conv.weight.ndim or conv.padding_mode != 'zeros' or isinstance(conv.padding, str):
        return False
    if norm is not None and (norm.training or norm.running_mean is None or norm.weight is None):
        return False
    return not (is_observed(conv) or is_observed(norm)) and may_fuse(x, conv.weight)


def may_fuse(x: Tensor, weight: Tensor | None = None) -> bool:
    """True if a layer may run on these tensors in one pass with others: at inference in float32 on a CPU, unobserved.

    Args:
        x: input of the layer.
        weight: its weights, if it has any.
    """
    if torch.compiler.is_compiling():  # which cannot look into a context variable
        return False
    if torch.is_grad_enabled() or not _is_allowed.get() or not torch.backends.mkldnn.enabled:
        return False
    if type(x) is not Tensor or x.dtype != torch.float32 or x.device.type != 'cpu' or x.numel() == 0:
        return False
    if weight is not None and (weight.dtype != torch.float32 or not weight.is_cpu or weight.is_inference()):
        return False
    return not _is_traced()


def _fused_act(act: nn.Module | None, after_sum: bool) -> _Act:
    """The activation, if oneDNN applies it in the same pass."""
    if act is None or is_observed(act):
        return _NO_ACT
    fused = _ACTS.get(type(act), _NO_ACT)
    # After a sum it knows no other.
    return _NO_ACT if after_sum and fused[0] != 'relu' else fused


def _can_add(shortcut: Tensor | None) -> bool:
    if shortcut is None:
        return True
    return type(shortcut) is Tensor and shortcut.dtype == torch.float32 and shortcut.device.type == 'cpu'


def is_observed(module: nn.Module | None) -> bool:
    """True if the module has hooks, which see its input and output."""
    return module is not None and bool(module._forward_hooks or module._forward_pre_hooks)


def is_observed_inside(module: nn.Module) -> bool:
    """True if the module or a part of it has hooks, which may keep its output."""
    return any(is_observed(part) for part in module.modules())


def _is_traced() -> bool:
    if _global_forward_hooks or _global_forward_pre_hooks:
        return True
    if torch.jit.is_tracing() or torch.onnx.is_in_onnx_export():
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

    def run(
        self, conv: Any, norm: Any, x: Tensor, act: _Act, shortcut: Tensor | None = None, overwrite: bool = False
    ) -> Tensor:
        """Convolution, norm, sum with the shortcut and activation.

        Args:
            conv: convolution of PyTorch.
            norm: batch norm that follows, or None.
            x: (N, C, *S).
            act: the activation, as oneDNN takes it.
            shortcut: added before the activation, or None.
            overwrite: whether the output may take the memory of the shortcut.

        Returns:
            (N, C', *S'), with the channels innermost in memory, as is fastest for the next convolution.
        """
        x = x.contiguous(memory_format=_CHANNELS_LAST[x.ndim])
        packed = self._packed.get(conv)
        state = _state(conv, norm)
        if packed is None or packed.state != state or not torch.equal(packed.sample, _sample(conv.weight)):
            packed = _pack(conv, norm, x, state)
            self._packed[conv] = packed
        geometry = conv.padding, conv.stride, conv.dilation, conv.groups
        if shortcut is None:
            return _run(x, packed.weight, packed.bias, *geometry, *act)
        shortcut = shortcut.contiguous(memory_format=_CHANNELS_LAST[x.ndim])
        unary = None if act is _NO_ACT else act[0]
        if overwrite:
            return _run_add_(shortcut, x, packed.weight, packed.bias, *geometry, 'add', 1.0, unary, [], '')
        return _run_add(x, shortcut, packed.weight, packed.bias, *geometry, 'add', 1.0, unary, [], '')


_packed = PackedConvs()
if _IS_AVAILABLE:
    # The overloads themselves, which spares each call the search for them.
    _run = torch.ops.mkldnn._convolution_pointwise.default
    _run_add = torch.ops.mkldnn._convolution_pointwise.binary
    _run_add_ = torch.ops.mkldnn._convolution_pointwise_.binary


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
