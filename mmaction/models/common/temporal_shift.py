"""Temporal shift (Lin et al., 2019, TSM, https://arxiv.org/abs/1811.08383)."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.packed_conv import EndsInConv
from mmaction.utils.check import at_least


def check_segments(frames: int, num_segments: int) -> None:
    """Raise ValueError unless a batch of frames divides into clips."""
    if not torch.jit.is_tracing() and frames % num_segments:
        raise ValueError(
            f'The batch of {frames} frames does not divide into clips of num_segments ({num_segments}) frames. '
            'The pipeline must sample a multiple of num_segments frames, in training and in testing.'
        )


def _shift(x: Tensor, num_segments: int, fold: int, back: bool = True) -> Tensor:
    """Take channels [0, fold) of the next frame, [fold, 2*fold) of the previous one; the reverse if not ``back``."""
    out = torch.empty_like(x)  # keeps channels_last
    source = x.unflatten(0, (-1, num_segments))  # (N*T, C, *S) -> (N, T, C, *S)
    target = out.unflatten(0, (-1, num_segments))
    from_next = slice(fold)
    from_previous = slice(fold, 2 * fold)
    if not back:
        from_next, from_previous = from_previous, from_next  # the gradient of a shift is the opposite shift
    target[:, :-1, from_next] = source[:, 1:, from_next]
    target[:, -1, from_next] = 0
    target[:, 1:, from_previous] = source[:, :-1, from_previous]
    target[:, 0, from_previous] = 0
    target[:, :, 2 * fold :] = source[:, :, 2 * fold :]
    return out


class _Shift(torch.autograd.Function):
    """Shift whose gradient is the opposite shift: three times faster than the autograd graph of the copies."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, num_segments: int, fold: int, back: bool) -> Tensor:
        ctx.arguments = num_segments, fold, not back
        return _shift(x, num_segments, fold, back)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        return _Shift.apply(grad, *ctx.arguments), None, None, None


def _shift_graph(x: Tensor, num_segments: int, fold: int) -> Tensor:
    """Shift without writes in place, for compilers and exporters."""
    clips = x.unflatten(0, (-1, num_segments))
    edge = (0, 0) * (x.dim() - 1)  # no padding of C, *S
    from_next = F.pad(clips[:, 1:, :fold], (*edge, 0, 1)).flatten(0, 1)
    from_previous = F.pad(clips[:, :-1, fold : 2 * fold], (*edge, 1, 0)).flatten(0, 1)
    return torch.cat([from_next, from_previous, x[:, 2 * fold :]], dim=1)


def temporal_shift(x: Tensor, num_segments: int, shift_div: int = 3) -> Tensor:
    """Move some channels one frame back and as many one frame ahead; zeros fill the ends.

    Args:
        x: (N*T, C, *S), the T = ``num_segments`` frames of a clip next to one another.
        num_segments: frames per clip.
        shift_div: the first C // shift_div channels come from the next frame, as many from the previous one.

    Returns:
        A new tensor like ``x``, also in its memory format.
    """
    check_segments(x.shape[0], num_segments)
    fold = x.shape[1] // shift_div
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return _shift_graph(x, num_segments, fold)
    if torch.is_grad_enabled() and x.requires_grad:
        return _Shift.apply(x, num_segments, fold, True)
    return _shift(x, num_segments, fold)


class TemporalShift(EndsInConv):
    """Shift of the channels of a clip, followed by ``net``.

    Args:
        net: module that takes the shifted frames.
        num_segments: frames per clip.
        shift_div: see :func:`temporal_shift`.
    """

    def __init__(self, net: nn.Module, num_segments: int = 3, shift_div: int = 8) -> None:
        super().__init__()
        self.net = net
        self.num_segments = at_least(1, num_segments, 'num_segments')
        self.shift_div = at_least(2, shift_div, 'shift_div')

    shift = staticmethod(temporal_shift)

    @property
    def last_conv(self) -> nn.Module:
        """``net``."""
        return self.net

    def before_conv(self, x: Tensor) -> Tensor:
        """Shift (N*T, C, *S)."""
        return temporal_shift(x, self.num_segments, self.shift_div)
