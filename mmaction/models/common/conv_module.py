"""Convolution, norm and activation in one module."""

from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule as _McvConvModule
from torch import Tensor, nn

from mmaction.models.common.bricks import Config, build_act, build_conv, build_norm
from mmaction.models.common.packed_conv import conv_norm_act, drop_packed, is_observed, is_observed_inside


class ConvModule(_McvConvModule):
    """Convolution -> norm -> activation, with the checkpoint keys ``conv.*`` and ``bn.*`` (or ``gn``, ``ln``, ``in``).

    A subclass of mmcv's module of this name, by which scripts that freeze, prune or quantize select layers. At
    inference on a CPU the parts run in one pass, on packed weights.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: see ``torch.nn.Conv2d``, like ``stride``, ``padding``, ``dilation`` and ``groups``.
        stride: see there.
        padding: see there.
        dilation: see there.
        groups: see there.
        bias: whether the convolution has a bias; 'auto' leaves it out if a norm follows.
        conv_cfg: layer of the convolution. Default: Conv2d.
        norm_cfg: layer of the norm, or None.
        act_cfg: layer of the activation, or None.
        inplace: whether the activation overwrites its input, unless ``act_cfg`` states it.
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
        bias: bool | str = 'auto',
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = None,
        act_cfg: Config | None = dict(type='ReLU'),
        inplace: bool = True,
    ) -> None:
        # Not the constructor of mmcv, which draws initial weights that the network would draw again.
        nn.Module.__init__(self)
        self.conv_cfg = conv_cfg
        self.norm_cfg = norm_cfg
        self.act_cfg = act_cfg
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.inplace = inplace
        self.order = ('conv', 'norm', 'act')
        self.with_spectral_norm = self.with_explicit_padding = False
        self.with_norm = norm_cfg is not None
        self.with_activation = act_cfg is not None
        self.with_bias = norm_cfg is None if bias == 'auto' else bool(bias)
        self.conv = build_conv(
            conv_cfg,
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            bias=self.with_bias,
        )
        self.norm_name: str | None = None
        if norm_cfg is not None:
            self.norm_name, norm = build_norm(norm_cfg, out_channels)
            self.add_module(self.norm_name, norm)  # mmcv names it by its kind, which is a part of the keys
        if act_cfg is not None:
            self.activate = build_act(act_cfg, inplace)

    def init_weights(self) -> None:
        """Do nothing: the network initializes its convolutions and norms itself, from its ``init_cfg``."""

    @property
    def norm(self) -> nn.Module | None:
        """The norm layer, independent of its name; None without one."""
        return getattr(self, self.norm_name) if self.norm_name else None

    def forward(self, x: Tensor, activate: bool = True, norm: bool = True) -> Tensor:
        """Apply the parts; ``activate=False`` and ``norm=False`` skip theirs."""
        norm_layer = getattr(self, self.norm_name) if norm and self.norm_name else None
        act_layer = self.activate if activate and self.with_activation else None
        return conv_norm_act(self.conv, norm_layer, act_layer, x)

    def train(self, mode: bool = True) -> ConvModule:
        """Set the mode of the parts; packed weights are freed when training begins."""
        if mode:
            drop_packed(self.conv)
        super().train(mode)
        return self


def conv_add_act(
    last: nn.Module, x: Tensor, act: nn.Module | None, shortcut: Tensor | None = None, overwrite: bool = False
) -> Tensor:
    """Compute ``act(last(x) + shortcut)``, as at the end of a residual block, in one pass where that is possible.

    Args:
        last: a convolution without an activation of its own, or any module in its place.
        x: (N, C, *S).
        act: the activation that follows, or None.
        shortcut: (N, C', *S'), or None.
        overwrite: whether the output may take the memory of the shortcut.
    """
    # Exact type: a subclass may do more. An activation of its own comes before the sum.
    if type(last) is ConvModule and not last.with_activation and not is_observed(last):
        return conv_norm_act(last.conv, last.norm, act, x, shortcut, overwrite)
    x = last(x)
    if shortcut is not None:
        x = x + shortcut
    return x if act is None else act(x)


def makes_its_output(module: nn.Module | None) -> bool:
    """True if nobody but the caller holds the output of the module, which may then be overwritten."""
    return module is not None and type(module) is ConvModule and not is_observed_inside(module)
