"""Parts of the temporal pyramid network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmaction.models.base import build
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.heads.base import full_precision, gather_labels
from mmaction.structures import ActionDataSample

_CONV = dict(type='Conv3d')
_BN = dict(type='BN3d', requires_grad=True)
_RELU = dict(type='ReLU', inplace=True)
_GROUPS = 32
Triple = tuple[int, int, int]


def _halve_space(in_channels: int, out_channels: int) -> ConvModule:
    return ConvModule(
        in_channels,
        out_channels,
        (1, 3, 3),
        stride=(1, 2, 2),
        padding=(0, 1, 1),
        bias=False,
        conv_cfg=_CONV,
        norm_cfg=_BN,
        act_cfg=_RELU,
    )


class DownSample(nn.Module):
    """A convolution and a max pooling.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: as of ``torch.nn.Conv3d``, like ``stride``, ``padding``, ``groups`` and ``bias``.
        conv_cfg: layer of the convolution.
        norm_cfg: layer of the norm, or None.
        act_cfg: layer of the activation, or None.
        downsample_position: whether to pool 'after' or 'before' the convolution.
        downsample_scale: (t, h, w) that the pooling divides by.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Triple = (3, 1, 1),
        stride: Triple = (1, 1, 1),
        padding: Triple = (1, 0, 0),
        groups: int = 1,
        bias: bool = False,
        conv_cfg: Config = _CONV,
        norm_cfg: Config | None = None,
        act_cfg: Config | None = None,
        downsample_position: Literal['after', 'before'] = 'after',
        downsample_scale: Triple = (1, 2, 2),
    ) -> None:
        super().__init__()
        if downsample_position not in ('after', 'before'):
            raise ValueError(f"downsample_position ({downsample_position!r}) must be 'after' or 'before'.")
        self.conv = ConvModule(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            groups=groups,
            bias=bias,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        scale = tuple(downsample_scale)
        self.pool = nn.MaxPool3d(scale, scale, ceil_mode=True)
        self.downsample_position = downsample_position

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, T, H, W) -> (N, out_channels, T', H', W')."""
        return self.conv(self.pool(x)) if self.downsample_position == 'before' else self.pool(self.conv(x))


class LevelFusion(nn.Module):
    """Brings all levels to one size, and joins them.

    Args:
        in_channels: channels of each level.
        mid_channels: channels that each is brought to.
        out_channels: channels of the output.
        downsample_scales: (t, h, w) that each level is pooled by.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        mid_channels: Sequence[int],
        out_channels: int,
        downsample_scales: Sequence[Triple] = ((1, 1, 1), (1, 1, 1)),
    ) -> None:
        super().__init__()
        self.downsamples = nn.ModuleList(
            DownSample(
                channels,
                mid,
                kernel_size=(1, 1, 1),
                padding=(0, 0, 0),
                groups=_GROUPS,
                norm_cfg=_BN,
                act_cfg=_RELU,
                downsample_position='before',
                downsample_scale=scale,
            )
            for channels, mid, scale in zip(in_channels, mid_channels, downsample_scales, strict=True)
        )
        self.fusion_conv = ConvModule(
            sum(mid_channels), out_channels, 1, bias=False, conv_cfg=_CONV, norm_cfg=_BN, act_cfg=_RELU
        )

    def forward(self, x: Sequence[Tensor]) -> Tensor:
        """Levels (N, C_i, T_i, H_i, W_i) -> (N, out_channels, T, H, W)."""
        return self.fusion_conv(torch.cat([down(level) for down, level in zip(self.downsamples, x)], dim=1))


class SpatialModulation(nn.Module):
    """Brings all levels to the channels and the size of the last, by strided convolutions.

    Args:
        in_channels: channels of each level.
        out_channels: those channels; each level's, doubled some times.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int) -> None:
        super().__init__()
        self.spatial_modulation = nn.ModuleList()
        for channels in in_channels:
            steps = max(int(math.log2(out_channels // channels)) if out_channels >= channels else 0, 0)
            convs = (_halve_space(channels * 2**i, channels * 2 ** (i + 1)) for i in range(steps))
            self.spatial_modulation.append(nn.Sequential(*convs) if steps else nn.Identity())

    def forward(self, x: Sequence[Tensor]) -> list[Tensor]:
        return [op(level) for op, level in zip(self.spatial_modulation, x)]


class TemporalModulation(nn.Module):
    """Convolves time in groups of channels, then takes the maximum over some frames: the tempo of a level.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        downsample_scale: frames that become one.
    """

    def __init__(self, in_channels: int, out_channels: int, downsample_scale: int = 8) -> None:
        super().__init__()
        self.conv = ConvModule(
            in_channels,
            out_channels,
            (3, 1, 1),
            padding=(1, 0, 0),
            groups=_GROUPS,
            bias=False,
            conv_cfg=_CONV,
            act_cfg=None,
        )
        scale = (downsample_scale, 1, 1)
        self.pool = nn.MaxPool3d(scale, scale, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, T, H, W) -> (N, out_channels, T / downsample_scale, H, W)."""
        return self.pool(self.conv(x))


class AuxHead(nn.Module):
    """Classifies an early level while training, so that it gets a gradient of its own.

    Args:
        in_channels: channels of the level.
        out_channels: classes.
        loss_weight: factor of its loss.
        loss_cls: config of the loss.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        loss_weight: float = 0.5,
        loss_cls: dict[str, Any] = dict(type='CrossEntropyLoss'),
    ) -> None:
        super().__init__()
        self.conv = _halve_space(in_channels, in_channels * 2)
        self.dropout = nn.Dropout(p=0.5)
        self.fc = nn.Linear(in_channels * 2, out_channels)
        self.loss_weight = loss_weight
        self.loss_cls = build(loss_cls)

    def init_weights(self) -> None:
        """Normal weights of the classifier; the convolution is initialised with those of the neck."""
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor, data_samples: Sequence[ActionDataSample]) -> dict[str, Tensor]:
        """Loss of features (N * views, in_channels, T, H, W); each view has its sample's label."""
        scores = self.fc(self.dropout(self.conv(x).mean(dim=(2, 3, 4))))
        labels = gather_labels(data_samples, self.fc.out_features, multi_class=False).to(scores.device)
        labels = labels.repeat_interleave(len(scores) // len(labels), dim=0)
        return {'loss_aux': self.loss_weight * self.loss_cls(full_precision(scores), labels)}
