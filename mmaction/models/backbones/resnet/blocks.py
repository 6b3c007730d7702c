"""Residual blocks over images and clips (He et al., 2016, https://arxiv.org/abs/1512.03385)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, get_args

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones.resnet.kernels import BASIC_2D, BOTTLENECK_2D, Kernel, Kernels, same_padding
from mmaction.models.common.bricks import Config, build_act
from mmaction.models.common.conv_module import ConvModule, conv_add_act, makes_its_output
from mmaction.models.common.packed_conv import is_observed, is_observed_inside
from mmaction.models.common.recompute import recomputed
from mmaction.utils.check import pick

Style = Literal['pytorch', 'caffe']


def joined(
    x: Tensor,
    hidden: Callable[[Tensor], Tensor],
    last_conv: nn.Module,
    downsample: nn.Module | None,
    act: nn.Module | None,
    overwrite: bool = False,
) -> Tensor:
    """``act(last_conv(hidden(x)) + shortcut)``, the shortcut being ``x`` or ``downsample(x)``.

    ``overwrite``: whether nobody needs ``x`` afterwards.
    """
    if downsample is None:
        return conv_add_act(last_conv, hidden(x), act, x, overwrite)
    shortcut = downsample(x)
    return conv_add_act(last_conv, hidden(x), act, shortcut, makes_its_output(downsample))


class ResidualBlock(BaseModule):
    """relu(residual(x) + downsample(x)), then a non-local block if there is one.

    Args:
        inplanes: channels of the input.
        planes: channels inside; the output has ``planes * expansion``.
        stride: one number, or one per axis.
        dilation: of the spatial axes.
        downsample: module on the shortcut, required where the shape changes.
        style: 'pytorch' strides in the second convolution of a bottleneck, 'caffe' in the first.
        conv_cfg: convolution layer. Default: by the number of axes of the kernels.
        norm_cfg: norm layer.
        act_cfg: activation layer.
        with_cp: recompute the block in the backward pass instead of keeping its activations.
        init_cfg: config of the initialization, of the block alone.
        kernels: one kernel per convolution; two axes make a block over (H, W), three one over (T, H, W).
            Default: those of the class.
        width: channels inside, if they are not ``planes``.
        non_local_block: module that follows the block.
    """

    expansion: ClassVar[int]
    default_kernels: ClassVar[Kernels]

    # not registered as None: a block without one has no child of this name
    non_local_block: nn.Module

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int | Sequence[int] = 1,
        dilation: int = 1,
        downsample: nn.Module | None = None,
        style: Style = 'pytorch',
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = dict(type='BN', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        with_cp: bool = False,
        init_cfg: Any = None,
        *,
        kernels: Kernels | None = None,
        width: int | None = None,
        non_local_block: nn.Module | None = None,
    ) -> None:
        super().__init__(init_cfg)
        kernels = kernels or self.default_kernels
        pick(get_args(Style), style, 'style')
        if len(kernels) != len(self.default_kernels):
            raise ValueError(
                f'{type(self).__name__} has {len(self.default_kernels)} convolutions, got kernels {kernels}.'
            )
        dims = len(kernels[0])
        self.inplanes = inplanes
        self.planes = planes
        self.width = width or planes
        self.style = style
        self.with_cp = with_cp
        self.conv_cfg = conv_cfg or dict(type=f'Conv{dims}d')
        self.norm_cfg = norm_cfg
        self.act_cfg = act_cfg
        self.stride, self.dilation = stride, dilation
        self.strides: Kernel = (stride,) * dims if isinstance(stride, int) else tuple(stride)
        self.dilations: Kernel = (1,) * (dims - 2) + (dilation,) * 2
        self.kernels = kernels
        # The subclass registers its convolutions here, ahead of the shortcut: the order of the checkpoint keys.
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
        *,
        strided: bool = False,
        dilated: bool = False,
        activate: bool = True,
        groups: int = 1,
    ) -> ConvModule:
        """Convolution ``index`` with the kernel of the block, and with its stride and dilation if requested."""
        kernel = self.kernels[index]
        ones = (1,) * len(kernel)
        dilation = self.dilations if dilated else ones
        return ConvModule(
            inplanes,
            planes,
            kernel,
            stride=self.strides if strided else ones,
            padding=same_padding(kernel, dilation),
            dilation=dilation,
            groups=groups,
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg if activate else None,
        )

    def hidden(self, x: Tensor) -> Tensor:
        """All but the last convolution of the block: (N, inplanes, *S) -> (N, width, *S / stride)."""
        raise NotImplementedError

    @property
    def last_conv(self) -> ConvModule:
        """The convolution whose output is added to the shortcut."""
        return getattr(self, f'conv{len(self.default_kernels)}')

    def _join(self, x: Tensor, overwrite: bool = False) -> Tensor:
        """The residual block without what follows it."""
        return joined(x, self.hidden, self.last_conv, self.downsample, self.relu, overwrite)

    def forward(self, x: Tensor, overwrite: bool = False) -> Tensor:
        """(N, inplanes, *S) -> (N, planes * expansion, *S / stride); at inference, ``overwrite`` may use up ``x``."""
        # Recomputing pays off only where activations are kept for a backward pass.
        if self.with_cp and torch.is_grad_enabled():
            out = recomputed(self, self._join, x)
        else:
            out = self._join(x, overwrite)
        return self.non_local_block(out) if hasattr(self, 'non_local_block') else out


class BlockSequence(nn.Sequential):
    """Blocks in sequence; at inference a residual block writes its output over that of the block before it."""

    def forward(self, x: Tensor) -> Tensor:
        is_ours = False  # nobody else holds x
        for block in self:
            # Exact forward: a block of the user's has one of its own.
            if getattr(type(block), 'forward', None) is not ResidualBlock.forward:
                x = block(x)
                is_ours = False
                continue
            x = block(x, overwrite=True) if is_ours and not is_observed(block) else block(x)
            is_ours = not torch.is_grad_enabled() and not is_observed_inside(block)
        return x


class BasicBlock(ResidualBlock):
    """Two convolutions, the first one strided. Arguments as for :class:`ResidualBlock`."""

    expansion = 1
    default_kernels = BASIC_2D

    def _build_convs(self) -> None:
        self.conv1 = self._conv(0, self.inplanes, self.width, strided=True, dilated=True)
        self.conv2 = self._conv(1, self.width, self.planes, activate=False)

    def hidden(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class Bottleneck(ResidualBlock):
    """Narrow, convolve, widen. Arguments as for :class:`ResidualBlock`."""

    expansion = 4
    default_kernels = BOTTLENECK_2D

    # not ConvModule: relatives wrap the middle convolution (CSN) or replace it (audio)
    conv2: nn.Module

    @property
    def conv1_stride(self) -> int | Sequence[int]:
        """Stride of the first convolution, as the argument ``stride``; 1 if the second one strides."""
        return self.stride if self.style == 'caffe' else 1

    @property
    def conv2_stride(self) -> int | Sequence[int]:
        """Stride of the second convolution, likewise."""
        return 1 if self.style == 'caffe' else self.stride

    def _build_convs(self) -> None:
        first = self.style == 'caffe'
        self.conv1 = self._conv(0, self.inplanes, self.width, strided=first)
        self.conv2 = self._conv(1, self.width, self.width, strided=not first, dilated=True)
        self.conv3 = self._conv(2, self.width, self.planes * self.expansion, activate=False)

    def hidden(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


def zero_residuals(module: nn.Module) -> None:
    """Zero the scale of the last norm of each residual block, so that every block starts as the identity.

    Goyal et al., 2017, sec. 5.1, https://arxiv.org/abs/1706.02677.
    """
    for block in module.modules():
        if isinstance(block, ResidualBlock) and block.last_conv.norm is not None:
            nn.init.zeros_(block.last_conv.norm.get_parameter('weight'))
