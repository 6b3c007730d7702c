"""MobileNetV2 (Sandler et al., 2018, https://arxiv.org/abs/1801.04381)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.backbones.freezing import TrainingSwitches
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule, conv_add_act
from mmaction.models.common.packed_conv import is_observed
from mmaction.models.common.recompute import recomputed
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.weights import PretrainedConvNet
from mmaction.weights.tables.torchvision import MOBILENET_V2


def make_divisible(value: float, divisor: int, min_value: int | None = None, min_ratio: float = 0.9) -> int:
    """Nearest multiple of ``divisor`` to ``value``, at least ``min_ratio * value``."""
    rounded = max(min_value or divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < min_ratio * value else rounded


# expand_ratio, channels, blocks, stride of the stages (table 2)
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def from_torchvision(name: str) -> str:
    """Our name of an entry of torchvision's MobileNetV2; other names are kept."""
    return MOBILENET_V2.rename(name) or name


class InvertedResidual(nn.Module):
    """Inverted bottleneck: widen, convolve each channel separately, narrow; a shortcut if the shape is kept.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        stride: 1 or 2.
        expand_ratio: channels inside per channel of the input.
        conv_cfg: convolution layer.
        norm_cfg: norm layer.
        act_cfg: activation layer.
        with_cp: recompute the block in the backward pass.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int,
        expand_ratio: int,
        conv_cfg: Config | None = None,
        norm_cfg: Config = dict(type='BN2d'),
        act_cfg: Config = dict(type='ReLU6'),
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        pick((1, 2), stride, 'stride')
        self.stride, self.with_cp = stride, with_cp
        self.use_res_connect = stride == 1 and in_channels == out_channels
        conv = partial(ConvModule, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        hidden = round(in_channels * expand_ratio)
        layers = [conv(hidden, hidden, 3, stride=stride, padding=1, groups=hidden)]
        if expand_ratio != 1:
            layers.insert(0, conv(in_channels, hidden, 1))
        self.conv = nn.Sequential(*layers, conv(hidden, out_channels, 1, act_cfg=None))

    def _add(self, x: Tensor) -> Tensor:
        if not self.use_res_connect:
            return self.conv(x)
        if is_observed(self.conv):
            return self.conv(x) + x
        return conv_add_act(self.conv[-1], self.conv[:-1](x), None, x)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H / stride, W / stride)."""
        if self.with_cp and torch.is_grad_enabled():
            return recomputed(self, self._add, x)
        return self._add(x)


@MODELS.register_module()
class MobileNetV2(TrainingSwitches, PretrainedConvNet):
    """MobileNetV2 without its classifier.

    Args:
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        widen_factor: factor of the channels.
        out_indices: of ``layer1`` ... ``layer7``, ``conv2`` (0..7), whose output is returned.
        frozen_stages: -1 none, 0 the stem, n also the first n of the same list: no gradients, evaluation mode.

    The other arguments are those of :class:`~mmaction.models.backbones.ResNet`.
    """

    arch_settings = _STAGES
    tables = (MOBILENET_V2,)

    def __init__(
        self,
        pretrained: str | None = None,
        widen_factor: float = 1.0,
        out_indices: Sequence[int] = (7,),
        frozen_stages: int = -1,
        conv_cfg: Config = dict(type='Conv'),
        norm_cfg: Config = dict(type='BN2d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU6', inplace=True),
        norm_eval: bool = False,
        with_cp: bool = False,
        init_cfg: Any = [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', layer=['GroupNorm', '_BatchNorm'], val=1.0),
        ],
    ) -> None:
        super().__init__(pretrained, init_cfg)
        if not out_indices or not all(0 <= index <= 7 for index in out_indices):
            raise ValueError(f'out_indices {tuple(out_indices)} must be in 0..7: layer1 ... layer7, conv2.')
        if not -1 <= frozen_stages <= 8:
            raise ValueError(f'frozen_stages ({frozen_stages}) must be in -1..8: -1 none, 0 the stem.')
        self.widen_factor, self.out_indices = widen_factor, tuple(out_indices)
        self.frozen_stages, self.norm_eval, self.with_cp = frozen_stages, norm_eval, with_cp
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        conv = partial(ConvModule, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)

        self.in_channels = make_divisible(32 * widen_factor, 8)
        self.conv1 = conv(3, self.in_channels, 3, stride=2, padding=1)
        self.layers: list[str] = []
        for index, (expand_ratio, channels, blocks, stride) in enumerate(self.arch_settings, start=1):
            channels = make_divisible(channels * widen_factor, 8)
            self.add_module(f'layer{index}', self.make_layer(channels, blocks, stride, expand_ratio))
            self.layers.append(f'layer{index}')
        self.out_channel = int(1280 * widen_factor) if widen_factor > 1.0 else 1280
        self.conv2 = conv(self.in_channels, self.out_channel, 1)
        self.layers.append('conv2')
        self.feat_dim = self.out_channel

    def make_layer(self, out_channels: int, num_blocks: int, stride: int, expand_ratio: int) -> nn.Sequential:
        """Build a stage of blocks, the first of which takes the stride; updates ``self.in_channels``."""
        layers = []
        for index in range(num_blocks):
            layers.append(
                InvertedResidual(
                    self.in_channels,
                    out_channels,
                    stride if index == 0 else 1,
                    expand_ratio,
                    conv_cfg=self.conv_cfg,
                    norm_cfg=self.norm_cfg,
                    act_cfg=self.act_cfg,
                    with_cp=self.with_cp,
                )
            )
            self.in_channels = out_channels
        return nn.Sequential(*layers)

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        return [getattr(self, self.layers[stage - 1])]

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, 3, H, W) -> features of the layers in ``out_indices``; one tensor if that is one layer."""
        x = self.conv1(x)
        outs = []
        for index, name in enumerate(self.layers):
            x = getattr(self, name)(x)
            if index in self.out_indices:
                outs.append(x)
        return outs[0] if len(outs) == 1 else tuple(outs)
