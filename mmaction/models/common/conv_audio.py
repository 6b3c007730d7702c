"""A convolution of a spectrogram split into time and frequency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS

Op = Literal['concat', 'sum']

_JOIN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    'concat': lambda time, frequency: torch.cat([time, frequency], dim=1),
    'sum': torch.add,
}


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


@MODELS.register_module()
class ConvAudio(nn.Module):
    """A k x 1 convolution over time beside a 1 x k one over frequency, each with norm and ReLU (AVSlowFast,
    Xiao et al., 2020, sec. 3.2, https://arxiv.org/abs/2001.08740).

    Args:
        in_channels: channels of the input.
        out_channels: channels of each of the two.
        kernel_size: (time, frequency), as ``stride`` and ``dilation`` one number or two.
        op: 'concat' puts the two side by side (2 * out_channels), 'sum' adds them (out_channels).
        stride: see ``kernel_size``.
        padding: taken so that the class can stand for a plain convolution; each of the two pads by half of its reach,
            whatever is given, as their outputs would not fit each other otherwise.
        dilation: see ``kernel_size``.
        groups: of both.
        bias: of both.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        op: Op = 'concat',
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool | str = False,
    ) -> None:
        super().__init__()
        if op not in _JOIN:
            raise ValueError(f"op ({op!r}) must be 'concat' or 'sum'.")
        kernel_size, stride, dilation = _pair(kernel_size), _pair(stride), _pair(dilation)
        if any(k % 2 == 0 for k in kernel_size):
            raise ValueError(f'kernel_size {kernel_size} must be odd: the two outputs would differ in size.')
        self.in_channels, self.out_channels, self.op = in_channels, out_channels, op
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.padding = tuple(d * (k // 2) for d, k in zip(dilation, kernel_size))

        def conv(kernel: tuple[int, int], padding: tuple[int, int]) -> ConvModule:
            return ConvModule(
                in_channels,
                out_channels,
                kernel,
                stride=stride,
                padding=padding,
                dilation=dilation,
                groups=groups,
                bias=bias,
                conv_cfg=dict(type='Conv'),
                norm_cfg=dict(type='BN'),
                act_cfg=dict(type='ReLU'),
            )

        self.conv_1 = conv((kernel_size[0], 1), (self.padding[0], 0))
        self.conv_2 = conv((1, kernel_size[1]), (0, self.padding[1]))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, F) -> (N, C', T / stride, F / stride), rounded up."""
        return _JOIN[self.op](self.conv_1(x), self.conv_2(x))
