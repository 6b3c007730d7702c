"""Convolutions of a training step on a CPU, with the channels innermost in memory.

oneDNN computes in a layout of its own. With the channels innermost its kernels read and write the tensors as they are;
in the default layout each call rearranges input and output, forward and backward. Kernels over clips that span space
or time alone become those of images and matrix products, whose gradients are faster. The sums are the same, in another
order; parameters, keys and shapes do not change.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ['convolve']

_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}


def convolve(conv: nn.Module, x: Tensor) -> Tensor:
    """``conv(x)``; in a training step on a CPU by the fastest equal means.

    Args:
        conv: the convolution, or any module in its place.
        x: (N, C, *S).

    Returns:
        (N, C', *S'); after such a step mostly with the channels innermost in memory.
    """
    if not _is_training_step(conv, x):
        return conv(x)
    x = x.contiguous(memory_format=_CHANNELS_LAST[x.ndim])
    if type(conv) is not nn.Conv3d or _is_observed(conv):
        return conv(x)
    if conv.kernel_size[0] == 1 and conv.padding[0] == 0:
        return _over_space(conv, x)
    if _spans_time_alone(conv):
        out = _OverTime.apply(x, conv.weight, conv.padding[0])
        return out if conv.bias is None else out + conv.bias.view(-1, 1, 1, 1)
    return conv(x)


def _is_training_step(conv: Any, x: Tensor) -> bool:
    # Exact types: a subclass, parametrized or quantized, may compute something else, or expect the default layout.
    if not torch.is_grad_enabled() or type(conv) not in (nn.Conv2d, nn.Conv3d):
        return False
    if type(x) is not Tensor or x.device.type != 'cpu' or x.dtype != torch.float32 or x.ndim != conv.weight.ndim:
        return False
    if isinstance(conv.padding, str) or conv.padding_mode != 'zeros' or not torch.backends.mkldnn.enabled:
        return False
    return not (torch.compiler.is_compiling() or torch.jit.is_tracing() or torch.is_autocast_enabled('cpu'))


def _is_observed(conv: nn.Module) -> bool:
    hooks = (conv._forward_hooks, conv._forward_pre_hooks, conv._backward_hooks, conv._backward_pre_hooks)
    return any(hooks)


def _over_space(conv: nn.Conv3d, x: Tensor) -> Tensor:
    """A kernel (1, kh, kw), as a convolution of the images: (N, C, T, H, W) -> (N, C', T', H', W')."""
    clips = len(x)
    images = x[:, :, :: conv.stride[0]].transpose(1, 2).flatten(0, 1)  # (N, C, T, H, W) -> (N*T', C, H, W)
    images = images.contiguous(memory_format=torch.channels_last)  # a copy only if the stride left frames out
    # squeeze, since the gradient of an index would be a copy
    kernel = conv.weight.squeeze(2)
    padding: Any = conv.padding[1:]
    images = F.conv2d(images, kernel, conv.bias, conv.stride[1:], padding, conv.dilation[1:], conv.groups)
    return images.unflatten(0, (clips, -1)).transpose(1, 2)


def _spans_time_alone(conv: nn.Conv3d) -> bool:
    """True for a kernel (kt, 1, 1) that keeps the size and mixes all channels."""
    kernel = conv.kernel_size[0]
    return (
        conv.kernel_size[1:] == (1, 1)
        and conv.padding == (kernel // 2, 0, 0)
        and kernel % 2 == 1
        and set(conv.stride) == set(conv.dilation) == {conv.groups}  # all 1
    )


def _tap(taps: int, index: int, frames: int) -> tuple[slice, slice]:
    """Frames that one tap of a kernel over time reads, and those that it adds to."""
    shift = index - taps // 2
    start = max(0, -shift)
    stop = max(start, frames - max(0, shift))
    return slice(start + shift, stop + shift), slice(start, stop)


def _rows(x: Tensor) -> Tensor:
    """(N, C, T, H, W) -> (N, T, H * W, C), no copy."""
    return x.permute(0, 2, 3, 4, 1).flatten(2, 3)


class _OverTime(torch.autograd.Function):
    """Convolution over time as one matrix product per tap and clip, without those for the padding."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, padding: int) -> Tensor:
        """(N, C, T, H, W) and (C', C, kt, 1, 1) -> (N, C', T, H, W), the channels innermost."""
        clips, _, frames, height, width = x.shape
        taps = weight.flatten(2).permute(2, 1, 0).contiguous()  # (kt, C, C')
        rows = _rows(x)
        out = x.new_zeros(clips, frames, height * width, len(weight))
        for index, tap in enumerate(taps):
            read, written = _tap(len(taps), index, frames)
            for source, target in zip(rows[:, read], out[:, written]):
                target.flatten(0, 1).addmm_(source.flatten(0, 1), tap)
        return out.unflatten(2, (height, width)).permute(0, 4, 1, 2, 3)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, int], output: Tensor) -> None:
        """Keep input and weight."""
        x, weight, ctx.padding = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        """Gradients of input and weight."""
        x, weight = ctx.saved_tensors
        needed = ctx.needs_input_grad[:2]
        if torch.is_grad_enabled():  # for a second derivative, by operations that have one
            return *_convolution_gradients(x, weight, grad, ctx.padding, needed), None
        grad = grad.contiguous(memory_format=torch.channels_last_3d)
        # The gradient of the input is a convolution with the kernel reversed in time, input and output exchanged.
        of_input = _OverTime.forward(grad, weight.transpose(0, 1).flip(2), ctx.padding) if needed[0] else None
        of_weight = _gradient_of_weight(_rows(x), _rows(grad), weight) if needed[1] else None
        return of_input, of_weight, None


def _gradient_of_weight(rows: Tensor, grads: Tensor, weight: Tensor) -> Tensor:
    """(N, T, S, C) and (N, T, S, C') -> (C', C, kt, 1, 1)."""
    taps = weight.shape[2]
    out = weight.new_zeros(taps, *weight.shape[:2])
    for index, gradient in enumerate(out):
        read, written = _tap(taps, index, rows.shape[1])
        for source, target in zip(rows[:, read], grads[:, written]):
            gradient.addmm_(target.flatten(0, 1).t(), source.flatten(0, 1))
    return out.permute(1, 2, 0)[..., None, None].contiguous()


def _convolution_gradients(
    x: Tensor, weight: Tensor, grad: Tensor, padding: int, needed: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    ones = (1, 1, 1)
    shape = (padding, 0, 0)
    of_input, of_weight, _ = torch.ops.aten.convolution_backward(
        grad, x, weight, None, ones, shape, ones, False, (0, 0, 0), 1, (*needed, False)
    )
    return of_input, of_weight
