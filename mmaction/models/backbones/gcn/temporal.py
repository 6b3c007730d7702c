"""Temporal convolutions of each joint separately: (N, C, T, V) -> (N, C', T', V).

The layers have the names of MMAction2, by which people select them (``type(layer).__name__``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.bricks import Config, build_norm

__all__ = ['BranchTCN', 'mstcn', 'unit_tcn']

_INIT = (
    dict(type='Constant', layer='BatchNorm2d', val=1),
    dict(type='Kaiming', layer='Conv2d', mode='fan_out'),
)
Scale = Sequence[Any] | str  # (kernel, dilation), ('max', kernel) or '1x1'


def named_norm(norm: Config | str) -> Config:
    """Config of a layer that may be given by its name alone."""
    return dict(type=norm) if isinstance(norm, str) else norm


class unit_tcn(BaseModule):
    """Temporal convolution, norm and dropout.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: frames.
        stride: frames.
        dilation: frames.
        norm: config or name of the norm; None for none.
        dropout: ratio.
        init_cfg: initialization. Default: Kaiming by fan-out.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 9,
        stride: int = 1,
        dilation: int = 1,
        norm: Config | str | None = 'BN',
        dropout: float = 0,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=list(_INIT) if init_cfg is None else init_cfg)
        self.in_channels, self.out_channels, self.stride = in_channels, out_channels, stride
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            (kernel_size, 1),
            stride=(stride, 1),
            padding=(dilation * (kernel_size - 1) // 2, 0),
            dilation=(dilation, 1),
        )
        self.bn = nn.Identity() if norm is None else build_norm(named_norm(norm), out_channels)[1]
        self.drop = nn.Dropout(dropout, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.bn(self.conv(x)))


class mstcn(BaseModule):
    """Parallel branches of several receptive fields, mixed by a 1x1 convolution: ``mstcn`` of STGCN++.

    PYSKL (https://arxiv.org/abs/2205.09443), Sec. 3.2.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        mid_channels: channels of a branch as a fraction of ``out_channels``. None: the branches share
            ``out_channels`` equally, and the first also takes the remainder.
        dropout: ratio after the last norm.
        ms_cfg: the branches: ``(kernel, dilation)`` for a convolution, ``('max', kernel)`` for pooling, both in
            frames, or ``'1x1'``.
        stride: frames.
        init_cfg: initialization. Default: Kaiming by fan-out.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        mid_channels: float | None = None,
        dropout: float = 0.0,
        ms_cfg: Sequence[Scale] = ((3, 1), (3, 2), (3, 3), (3, 4), ('max', 3), '1x1'),
        stride: int = 1,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=list(_INIT) if init_cfg is None else init_cfg)
        self.ms_cfg = tuple(ms_cfg)
        self.num_branches = len(self.ms_cfg)
        self.in_channels, self.out_channels = in_channels, out_channels
        if not self.ms_cfg:
            raise ValueError('ms_cfg () must have at least one branch.')
        if mid_channels is None:
            width = out_channels // self.num_branches
            first = out_channels - width * (self.num_branches - 1)
        else:
            if not isinstance(mid_channels, float) or mid_channels <= 0:
                raise ValueError(f'mid_channels ({mid_channels!r}) must be a float above 0, in units of out_channels.')
            width = first = int(out_channels * mid_channels)
        if width < 1:
            raise ValueError(
                f'out_channels ({out_channels}) must be at least the number of branches ({self.num_branches}). '
                'Widen the network, or give ms_cfg fewer branches.'
            )
        widths = [first, *[width] * (self.num_branches - 1)]
        self.branches = nn.ModuleList(
            _branch(scale, in_channels, channels, stride) for scale, channels in zip(self.ms_cfg, widths)
        )
        self.transform = nn.Sequential(
            nn.BatchNorm2d(sum(widths)), nn.ReLU(inplace=True), nn.Conv2d(sum(widths), out_channels, 1)
        )
        self.bn = nn.BatchNorm2d(out_channels)
        self.drop = nn.Dropout(dropout, inplace=True)

    def inner_forward(self, x: Tensor) -> Tensor:
        """The mixed branches, before the last norm and dropout; the hook of a subclass."""
        return self.transform(torch.cat([branch(x) for branch in self.branches], dim=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.bn(self.inner_forward(x)))


def _branch(scale: Scale, in_channels: int, channels: int, stride: int) -> nn.Module:
    if scale == '1x1':
        return nn.Conv2d(in_channels, channels, 1, stride=(stride, 1))
    if isinstance(scale, str) or len(scale) != 2:
        raise ValueError(f"ms_cfg has {scale!r}; a branch must be (kernel, dilation), ('max', kernel) or '1x1'.")
    kind: Any = scale[0]
    size: Any = scale[1]
    temporal: nn.Module
    if kind == 'max':
        temporal = _max_pool(size, stride)
    else:
        temporal = unit_tcn(channels, channels, kernel_size=kind, stride=stride, dilation=size, norm=None)
    return nn.Sequential(nn.Conv2d(in_channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU(inplace=True), temporal)


def _max_pool(kernel: int, stride: int) -> nn.MaxPool2d:
    return nn.MaxPool2d((kernel, 1), stride=(stride, 1), padding=(kernel // 2, 0))


class BranchTCN(BaseModule):
    """Parallel dilated convolutions, max pooling and a 1x1 convolution: ``MSTCN`` of MS-G3D and CTR-GCN.

    MS-G3D (https://arxiv.org/abs/2003.14111), Sec. 4.2.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output; the ``len(dilations) + 2`` branches share them.
        kernel_size: frames; one for all dilations, or one per dilation.
        stride: frames.
        dilations: frames; one branch per dilation.
        residual: add the input.
        tcn_dropout: ratio at the end.
        act: end with a ReLU.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int] = 3,
        stride: int = 1,
        dilations: Sequence[int] = (1, 2, 3, 4),
        residual: bool = True,
        tcn_dropout: float = 0,
        *,
        act: bool = True,
    ) -> None:
        super().__init__(init_cfg=list(_INIT))
        kernels = (kernel_size,) * len(dilations) if isinstance(kernel_size, int) else tuple(kernel_size)
        if len(kernels) != len(dilations):
            raise ValueError(f'kernel_size {kernels} must have one entry per dilation in {tuple(dilations)}.')
        num_branches = len(dilations) + 2
        channels, rest = divmod(out_channels, num_branches)
        if rest or not channels:
            raise ValueError(
                f'out_channels ({out_channels}) must be a multiple of the {num_branches} branches '
                f'(dilations {tuple(dilations)}, pooling, 1x1). Change base_channels.'
            )
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(in_channels, channels, 1),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
                unit_tcn(channels, channels, kernel_size=kernel, stride=stride, dilation=dilation),
            )
            for kernel, dilation in zip(kernels, dilations)
        )
        self.branches.append(
            nn.Sequential(
                nn.Conv2d(in_channels, channels, 1),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
                _max_pool(3, stride),
                nn.BatchNorm2d(channels),
            )
        )
        self.branches.append(
            nn.Sequential(nn.Conv2d(in_channels, channels, 1, stride=(stride, 1)), nn.BatchNorm2d(channels))
        )
        self.residual = shortcut(in_channels, out_channels, stride) if residual else None
        self.act = nn.ReLU(inplace=True) if act else nn.Identity()
        self.drop = nn.Dropout(tcn_dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.cat([branch(x) for branch in self.branches], dim=1)
        if self.residual is not None:
            y = y + self.residual(x)
        return self.drop(self.act(y))


def shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """Identity, or a projection to another number of channels and frames."""
    if in_channels == out_channels and stride == 1:
        return nn.Identity()
    return unit_tcn(in_channels, out_channels, kernel_size=1, stride=stride)
