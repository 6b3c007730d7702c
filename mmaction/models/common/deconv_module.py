"""Transposed 3D convolution, norm and activation as one module."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmaction.models.common.conv2plus1d import triple


class DeConvModule(nn.Module):
    """Transposed convolution -> norm -> ReLU that makes each axis exactly ``stride`` times as long.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: see ``torch.nn.ConvTranspose3d``, like ``stride`` and ``padding``.
        stride: see there.
        padding: see there.
        bias: whether the convolution has a bias.
        with_bn: whether a batch norm follows.
        with_relu: whether a ReLU follows.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = (1, 1, 1),
        padding: int | Sequence[int] = 0,
        bias: bool = False,
        with_bn: bool = True,
        with_relu: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = triple(stride)
        self.padding = padding
        self.with_bn = with_bn
        self.with_relu = with_relu
        self.conv = nn.ConvTranspose3d(
            in_channels, out_channels, triple(kernel_size), self.stride, triple(padding), bias=bias
        )
        if with_bn:
            self.bn = nn.BatchNorm3d(out_channels)
        if with_relu:
            self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> (N, C', T * st, H * sh, W * sw)."""
        # A transposed convolution has several possible output sizes; this one is stated, not left to the padding.
        x = self.conv(x, output_size=[size * step for size, step in zip(x.shape[2:], self.stride)])
        if self.with_bn:
            x = self.bn(x)
        return self.relu(x) if self.with_relu else x
