"""Parts of the temporal pyramid network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmaction.models.base import build
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.heads.base import full_precision, gather_labels
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick

_CONV = dict(type='Conv3d')
_BN = dict(type='BN3d', requires_grad=True)
_RELU = dict(type='ReLU', inplace=True)
_GROUPS = 32
Triple = tuple[int, int, int]


def _halve_space(in_channels: int, out_channels: int) -> ConvModule:
    return ConvModule(
        in_channels, out_channels, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False, conv_cfg=_CONV, norm_cfg=_BN
    )


class DownSample(nn.Module):
    """Convolution and max pooling.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: see ``torch.nn.Conv3d``.
        stride: see there.
        padding: see there.
        downsample_position: whether to pool 'after' or 'before' the convolution.
        downsample_scale: strides (t, h, w) of the pooling.
        **conv: further keywords of :class:`ConvModule`; by default there is no bias, norm or activation.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Triple = (3, 1, 1),
        stride: Triple = (1, 1, 1),
        padding: Triple = (1, 0, 0),
        *,
        downsample_position: Literal['after', 'before'] = 'after',
        downsample_scale: Triple = (1, 2, 2),
        **conv: Any,
    ) -> None:
        super().__init__()
        pick(('after', 'before'), downsample_position, 'downsample_position')
        settings: dict[str, Any] = dict(bias=False, conv_cfg=_CONV, act_cfg=None) | conv
        self.conv = ConvModule(in_channels, out_channels, kernel_size, stride, padding, **settings)
        scale = tuple(downsample_scale)
        self.pool = nn.MaxPool3d(scale, scale, ceil_mode=True)
        self.downsample_position = downsample_position

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, T, H, W) -> (N, out_channels, T', H', W')."""
        return self.conv(self.pool(x)) if self.downsample_position == 'before' else self.pool(self.conv(x))


class LevelFusion(nn.Module):
    """Fusion of all levels at one size.

    Args:
        in_channels: channels per level.
        mid_channels: channels per level before the fusion.
        out_channels: channels of the output.
        downsample_scales: strides (t, h, w) of the pooling per level.
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
                downsample_position='before',
                downsample_scale=scale,
                groups=_GROUPS,
                norm_cfg=_BN,
                act_cfg=_RELU,
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
    """Strided convolutions that bring all levels to the channels and the size of the last one.

    Args:
        in_channels: channels per level.
        out_channels: channels of the last level; those of each level times a power of two.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int) -> None:
        super().__init__()
        self.spatial_modulation = nn.ModuleList()
        for channels in in_channels:
            convs = []
            while channels * 2 <= out_channels:  # each step halves the size and doubles the channels
                convs.append(_halve_space(channels, channels * 2))
                channels *= 2
            self.spatial_modulation.append(nn.Sequential(*convs) if convs else nn.Identity())

    def forward(self, x: Sequence[Tensor]) -> list[Tensor]:
        return [op(level) for op, level in zip(self.spatial_modulation, x)]


class TemporalModulation(nn.Module):
    """Grouped convolution over time and max pooling, which sets the tempo of a level.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        downsample_scale: number of frames that become one.
    """

    def __init__(self, in_channels: int, out_channels: int, downsample_scale: int = 8) -> None:
        super().__init__()
        self.conv = ConvModule(
            in_channels, out_channels, (3, 1, 1), 1, (1, 0, 0), groups=_GROUPS, bias=False, conv_cfg=_CONV, act_cfg=None
        )
        scale = (downsample_scale, 1, 1)
        self.pool = nn.MaxPool3d(scale, scale, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, T, H, W) -> (N, out_channels, T / downsample_scale, H, W)."""
        return self.pool(self.conv(x))


class AuxHead(nn.Module):
    """Classifier of an early level in training, which gives the level a gradient of its own.

    Args:
        in_channels: channels of the level.
        out_channels: number of classes.
        loss_weight: factor of the loss.
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
        self.avg_pool = nn.AdaptiveAvgPool3d(1)
        self.dropout = nn.Dropout(p=0.5)
        self.fc = nn.Linear(in_channels * 2, out_channels)
        self.loss_weight = loss_weight
        self.loss_cls = build(loss_cls)

    def init_weights(self) -> None:
        """Initialize the classifier; the neck initializes the convolution along with its own."""
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Classify (N * views, in_channels, T, H, W): (N * views, out_channels)."""
        return self.fc(self.dropout(self.avg_pool(self.conv(x)).flatten(1)))

    def loss(self, x: Tensor, data_samples: Sequence[ActionDataSample]) -> dict[str, Tensor]:
        """Loss of features (N * views, in_channels, T, H, W); each view has its sample's label."""
        scores = self(x)
        labels = gather_labels(data_samples, self.fc.out_features, multi_class=False).to(scores.device)
        labels = labels.repeat_interleave(len(scores) // len(labels), dim=0)
        return {'loss_aux': self.loss_weight * self.loss_cls(full_precision(scores), labels)}
