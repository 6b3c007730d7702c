"""Convolution of a spectrogram split into time and frequency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from mmengine.model import constant_init, kaiming_init
from torch import Tensor, nn

from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS
from mmaction.utils.check import pick

Op = Literal['concat', 'sum']

_JOIN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    'concat': lambda time, frequency: torch.cat([time, frequency], dim=1),
    'sum': torch.add,
}


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    time, frequency = value
    return time, frequency


@MODELS.register_module()
class ConvAudio(nn.Module):
    """Two parallel convolutions with norm and ReLU: k x 1 over time and 1 x k over frequency.

    AVSlowFast, Xiao et al., 2020, sec. 3.2, https://arxiv.org/abs/2001.08740.

    Args:
        in_channels: channels of the input.
        out_channels: channels of each of the two.
        kernel_size: (time, frequency); one number or two, like ``stride`` and ``dilation``.
        op: 'concat' concatenates the two (2 * out_channels), 'sum' adds them (out_channels).
        stride: see ``kernel_size``.
        padding: ignored; accepted so that the class can replace a plain convolution. Each of the two pads by half of
            its reach, because their outputs would differ in size otherwise.
        dilation: see ``kernel_size``.
        groups: groups of both.
        bias: whether both have a bias.
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
        pick(_JOIN, op, 'op')
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.op = op
        self.kernel_size = _pair(kernel_size)
        self.stride = _pair(stride)
        self.dilation = _pair(dilation)
        if any(k % 2 == 0 for k in self.kernel_size):
            raise ValueError(f'kernel_size {self.kernel_size} must be odd, or the two outputs would differ in size.')
        self.padding = tuple(d * (k // 2) for d, k in zip(self.dilation, self.kernel_size))

        def conv(kernel: tuple[int, int], padding: tuple[int, int]) -> ConvModule:
            return ConvModule(
                in_channels,
                out_channels,
                kernel,
                stride=self.stride,
                padding=padding,
                dilation=self.dilation,
                groups=groups,
                bias=bias,
                norm_cfg=dict(type='BN'),
            )

        self.conv_1 = conv((self.kernel_size[0], 1), (self.padding[0], 0))
        self.conv_2 = conv((1, self.kernel_size[1]), (0, self.padding[1]))

    def init_weights(self) -> None:
        """Initialize the convolutions with Kaiming's normal distribution and the norms with the identity."""
        for branch in (self.conv_1, self.conv_2):
            kaiming_init(branch.conv)
            constant_init(branch.norm, 1, bias=0)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, F) -> (N, C', T / stride, F / stride), rounded up."""
        return _JOIN[self.op](self.conv_1(x), self.conv_2(x))
