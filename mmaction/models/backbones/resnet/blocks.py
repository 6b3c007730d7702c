"""Residual blocks over images and clips (He et al., 2016, https://arxiv.org/abs/1512.03385)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from mmaction.models.backbones.resnet.kernels import BASIC_2D, BOTTLENECK_2D, Kernel, Kernels, same_padding
from mmaction.models.backbones.resnet.recompute import recomputed
from mmaction.models.common.bricks import Config, build_act
from mmaction.models.common.conv_module import ConvModule

Style = Literal['pytorch', 'caffe']


class ResidualBlock(nn.Module):
    """relu(residual(x) + downsample(x)), then a non-local block where there is one.

    Args:
        inplanes: channels of the input.
        planes: channels inside; the output has ``planes * expansion``.
        stride: one number, or one an axis.
        dilation: of the spatial axes.
        downsample: module on the shortcut, where the shape changes.
        style: 'pytorch' strides in the second convolution of a bottleneck, 'caffe' in the first.
        conv_cfg: layer of the convolutions. Default: by the number of axes of the kernels.
        norm_cfg: layer of the norms.
        act_cfg: layer of the activations.
        with_cp: recompute the block in the backward pass rather than keep its activations.
        kernels: one kernel a convolution; their length says whether the block is over (H, W) or (T, H, W).
        non_local_block: module behind the block.
    """

    expansion: ClassVar[int]
    num_convs: ClassVar[int]

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int | Sequence[int] = 1,
        dilation: int = 1,
        downsample: nn.Module | None = None,
        style: Style = 'pytorch',
        conv_cfg: Config | None = None,
        norm_cfg: Config = dict(type='BN', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        with_cp: bool = False,
        *,
        kernels: Kernels,
        non_local_block: nn.Module | None = None,
    ) -> None:
        super().__init__()
        if style not in ('pytorch', 'caffe'):
            raise ValueError(f"style ({style}) must be 'pytorch' or 'caffe'.")
        if len(kernels) != self.num_convs:
            raise ValueError(f'{type(self).__name__} has {self.num_convs} convolutions, got kernels {kernels}.')
        dims = len(kernels[0])
        self.inplanes, self.planes, self.style, self.with_cp = inplanes, planes, style, with_cp
        self.conv_cfg = conv_cfg or dict(type=f'Conv{dims}d')
        self.norm_cfg, self.act_cfg = norm_cfg, act_cfg
        self.stride: Kernel = (stride,) * dims if isinstance(stride, int) else tuple(stride)
        self.dilation: Kernel = (1,) * (dims - 2) + (dilation,) * 2
        self.kernels = kernels
        self._build_convs()
        self.downsample = downsample
        self.relu = build_act(act_cfg)
        if non_local_block is not None:
            self.non_local_block = non_local_block

    def _build_convs(self) -> None:
        raise NotImplementedError

    def _conv(
        self,
        index: int,
        inplanes: int,
        planes: int,
        strided: bool = False,
        dilated: bool = False,
        activate: bool = True,
        groups: int = 1,
    ) -> ConvModule:
        """Convolution ``index`` with the block's kernel, and its stride and dilation where asked."""
        kernel = self.kernels[index]
        ones = (1,) * len(kernel)
        dilation = self.dilation if dilated else ones
        return ConvModule(
            inplanes,
            planes,
            kernel,
            stride=self.stride if strided else ones,
            padding=same_padding(kernel, dilation),
            dilation=dilation,
            groups=groups,
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg if activate else None,
        )

    def residual(self, x: Tensor) -> Tensor:
        """The convolutions of the block."""
        raise NotImplementedError

    @property
    def last_conv(self) -> ConvModule:
        """The convolution whose output is added to the shortcut."""
        return getattr(self, f'conv{self.num_convs}')

    def _add(self, x: Tensor) -> Tensor:
        return self.residual(x) + (x if self.downsample is None else self.downsample(x))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, *S) -> (N, planes * expansion, *S / stride)."""
        out = recomputed(self, self._add, x) if self.with_cp and torch.is_grad_enabled() else self._add(x)
        out = self.relu(out)
        return self.non_local_block(out) if hasattr(self, 'non_local_block') else out


class BasicBlock(ResidualBlock):
    """Two convolutions, the first one strided. Arguments as of :class:`ResidualBlock`."""

    expansion = 1
    num_convs = 2

    def __init__(self, *args, kernels: Kernels = BASIC_2D, **kwargs) -> None:
        super().__init__(*args, kernels=kernels, **kwargs)

    def _build_convs(self) -> None:
        self.conv1 = self._conv(0, self.inplanes, self.planes, strided=True, dilated=True)
        self.conv2 = self._conv(1, self.planes, self.planes, activate=False)

    def residual(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


class Bottleneck(ResidualBlock):
    """Narrow, convolve, widen. Arguments as of :class:`ResidualBlock`."""

    expansion = 4
    num_convs = 3

    def __init__(self, *args, kernels: Kernels = BOTTLENECK_2D, **kwargs) -> None:
        super().__init__(*args, kernels=kernels, **kwargs)

    def _build_convs(self) -> None:
        first = self.style == 'caffe'
        self.conv1 = self._conv(0, self.inplanes, self.planes, strided=first)
        self.conv2 = self._conv(1, self.planes, self.planes, strided=not first, dilated=True)
        self.conv3 = self._conv(2, self.planes, self.planes * self.expansion, activate=False)

    def residual(self, x: Tensor) -> Tensor:
        return self.conv3(self.conv2(self.conv1(x)))
