"""3D convolution split into space and time."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import constant_init, kaiming_init
from torch import Tensor, nn

from mmaction.models.common.bricks import Config, build_norm
from mmaction.models.common.packed_conv import EndsInConv, conv_norm_act, drop_packed
from mmaction.registry import MODELS


def triple(value: int | Sequence[int]) -> tuple[int, int, int]:
    """Expand one number for all three axes, or check that there are three."""
    if isinstance(value, int):
        return value, value, value
    time, height, width = value
    return time, height, width


def balanced_channels(in_channels: int, out_channels: int, kernel: Sequence[int], time: int = 3) -> int:
    """Channels between the two convolutions that keep the parameter count of a full ``time`` x d x d kernel (sec. 3.5).

    The published weights count three frames even for kernels with fewer, so ``time`` does not follow the kernel.
    """
    area = kernel[1] * kernel[2]
    return time * in_channels * out_channels * area // (in_channels * area + time * out_channels)


@MODELS.register_module()
class Conv2plus1d(EndsInConv):
    """R(2+1)D convolution: 1 x d x d, norm, ReLU, t x 1 x 1 (Tran et al., 2018, https://arxiv.org/abs/1711.11248).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: (t, d, d); one number or three, like ``stride`` and ``padding``.
        stride: see ``kernel_size``.
        padding: see ``kernel_size``.
        dilation: must be 1.
        groups: groups of both convolutions.
        bias: whether both convolutions have a bias.
        norm_cfg: norm between them.
        mid_channels: channels between them. Default: see :func:`balanced_channels`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool | str = True,
        norm_cfg: Config = dict(type='BN3d'),
        *,
        mid_channels: int | None = None,
    ) -> None:
        super().__init__()
        if triple(dilation) != (1, 1, 1):
            raise ValueError(f'Conv2plus1d has no dilation, got {dilation}. Use Conv3d for a dilated kernel.')
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kt, kh, kw = triple(kernel_size)
        self.stride = st, sh, sw = triple(stride)
        self.padding = pt, ph, pw = triple(padding)
        mid = mid_channels or balanced_channels(in_channels, out_channels, self.kernel_size)
        self.conv_s = nn.Conv3d(in_channels, mid, (1, kh, kw), (1, sh, sw), (0, ph, pw), groups=groups, bias=bool(bias))
        _, self.bn_s = build_norm(norm_cfg, mid)
        self.relu = nn.ReLU(inplace=True)
        self.conv_t = nn.Conv3d(mid, out_channels, (kt, 1, 1), (st, 1, 1), (pt, 0, 0), groups=groups, bias=bool(bias))

    def init_weights(self) -> None:
        """Initialize the convolutions with Kaiming's normal distribution and the norm with the identity.

        A network does so itself, from its ``init_cfg``; this is for convolutions that are used on their own.
        """
        kaiming_init(self.conv_s)
        kaiming_init(self.conv_t)
        constant_init(self.bn_s, 1, bias=0)

    @property
    def last_conv(self) -> nn.Module:
        """The convolution over time."""
        return self.conv_t

    def before_conv(self, x: Tensor) -> Tensor:
        """Convolution over space, norm, ReLU: (N, C, T, H, W) -> (N, mid, T, H', W')."""
        return conv_norm_act(self.conv_s, self.bn_s, self.relu, x)

    def train(self, mode: bool = True) -> Conv2plus1d:
        """Set the mode of the parts; packed weights are freed when training begins."""
        if mode:
            drop_packed(self.conv_s)
        super().train(mode)
        return self
