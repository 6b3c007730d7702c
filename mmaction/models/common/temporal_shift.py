"""Temporal shift (Lin et al., 2019, TSM, https://arxiv.org/abs/1811.08383)."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def check_segments(frames: int, num_segments: int) -> None:
    """Raise where a batch of frames is no whole number of clips."""
    if not torch.jit.is_tracing() and frames % num_segments:
        raise ValueError(
            f'The batch of {frames} frames is not a whole number of clips of num_segments ({num_segments}) frames. '
            'The pipeline must sample a multiple of num_segments frames, in training and in testing.'
        )


def _shift(x: Tensor, num_segments: int, fold: int, back: bool = True) -> Tensor:
    """Channels [0, fold) from the next frame and [fold, 2*fold) from the one before; not ``back``: the other way."""
    out = torch.empty_like(x)  # keeps channels_last
    x, y = (t.unflatten(0, (-1, num_segments)) for t in (x, out))  # (N*T, C, *S) -> (N, T, C, *S)
    first, second = slice(fold), slice(fold, 2 * fold)
    ahead, behind = (first, second) if back else (second, first)
    y[:, :-1, ahead] = x[:, 1:, ahead]
    y[:, -1, ahead] = 0
    y[:, 1:, behind] = x[:, :-1, behind]
    y[:, 0, behind] = 0
    y[:, :, 2 * fold :] = x[:, :, 2 * fold :]
    return out


class _Shift(torch.autograd.Function):
    """The gradient of a shift is the opposite shift: three times faster than the graph of the copies."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, num_segments: int, fold: int, back: bool) -> Tensor:
        ctx.arguments = num_segments, fold, not back
        return _shift(x, num_segments, fold, back)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        return _Shift.apply(grad, *ctx.arguments), None, None, None


def _shift_graph(x: Tensor, num_segments: int, fold: int) -> Tensor:
    """The shift without writes in place, for compilers and exporters."""
    clips = x.unflatten(0, (-1, num_segments))
    edge = (0, 0) * (x.dim() - 1)  # no padding of C, *S
    ahead = F.pad(clips[:, 1:, :fold], (*edge, 0, 1)).flatten(0, 1)
    behind = F.pad(clips[:, :-1, fold : 2 * fold], (*edge, 1, 0)).flatten(0, 1)
    return torch.cat([ahead, behind, x[:, 2 * fold :]], dim=1)


def temporal_shift(x: Tensor, num_segments: int, shift_div: int = 3) -> Tensor:
    """Move a part of the channels one frame back and as many one frame ahead; zeros fill the ends.

    Args:
        x: (N*T, C, *S), the T = ``num_segments`` frames of a clip one after another.
        num_segments: frames of a clip.
        shift_div: the first C // shift_div channels come from the next frame, as many from the one before.

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


class TemporalShift(nn.Module):
    """Shift the channels of a clip, then apply ``net``.

    Args:
        net: module that takes the shifted frames.
        num_segments: frames of a clip.
        shift_div: see :func:`temporal_shift`.
    """

    def __init__(self, net: nn.Module, num_segments: int = 3, shift_div: int = 8) -> None:
        super().__init__()
        if num_segments < 1 or shift_div < 2:
            raise ValueError(
                f'num_segments ({num_segments}) must be at least 1 and shift_div ({shift_div}) at least 2.'
            )
        self.net = net
        self.num_segments = num_segments
        self.shift_div = shift_div

    shift = staticmethod(temporal_shift)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, C, *S) -> what ``net`` gives."""
        return self.net(temporal_shift(x, self.num_segments, self.shift_div))
