"""ResNet, ResNeXt and wide ResNet under the key names of torchvision and mmpretrain.

He et al., 2016 (https://arxiv.org/abs/1512.03385); Xie et al., 2017 (https://arxiv.org/abs/1611.05431). MMAction2's
own ResNet nests each convolution and norm (``conv1.conv``, ``conv1.bn``); these do not (``conv1``, ``bn1``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, get_args

import torch
from torch import Tensor, nn

from mmaction.models.backbones.resnet.blocks import Style
from mmaction.models.backbones.resnet.stages import ResidualNet, check_stages, depth_table, stage_depths
from mmaction.models.common.recompute import recomputed
from mmaction.utils.check import pick

from ._pretrained import PretrainedBackbone


class _Block(nn.Module):
    """Convolutions, each followed by its norm, beside a shortcut: (N, C, H, W) -> (N, C', H / stride, W / stride)."""

    expansion: ClassVar[int]

    def __init__(self, channels: int, stride: int, convs: Sequence[nn.Conv2d], with_cp: bool) -> None:
        super().__init__()
        self.numbers = range(1, len(convs) + 1)
        self.with_cp = with_cp
        for number, conv in zip(self.numbers, convs):
            self.add_module(f'conv{number}', conv)
            self.add_module(f'bn{number}', nn.BatchNorm2d(conv.out_channels))
        out = convs[-1].out_channels
        self.downsample = None
        if stride != 1 or channels != out:
            shortcut = nn.Conv2d(channels, out, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(out))

    @property
    def last_norm(self) -> nn.Module:
        """The norm whose output is added to the shortcut."""
        return getattr(self, f'bn{self.numbers[-1]}')

    def _add(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        for number in self.numbers:
            x = getattr(self, f'bn{number}')(getattr(self, f'conv{number}')(x))
            if number != self.numbers[-1]:
                x = x.relu_()
        return x + identity

    def forward(self, x: Tensor) -> Tensor:
        if self.with_cp and torch.is_grad_enabled():
            return recomputed(self, self._add, x).relu_()
        return self._add(x).relu_()


class _Basic(_Block):
    expansion = 1

    def __init__(
        self, channels: int, width: int, stride: int, groups: int, group_width: int, style: Style, with_cp: bool
    ) -> None:
        if (groups, group_width) != (1, 64):
            raise ValueError(f'groups ({groups}) and width_per_group ({group_width}) need depth 50 or more.')
        convs = (
            nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
        )
        super().__init__(channels, stride, convs, with_cp)


class _Bottleneck(_Block):
    expansion = 4

    def __init__(
        self, channels: int, width: int, stride: int, groups: int, group_width: int, style: Style, with_cp: bool
    ) -> None:
        inner = width * group_width // 64 * groups
        strides = (1, stride) if style == 'pytorch' else (stride, 1)
        convs = (
            nn.Conv2d(channels, inner, 1, stride=strides[0], bias=False),
            nn.Conv2d(inner, inner, 3, stride=strides[1], padding=1, groups=groups, bias=False),
            nn.Conv2d(inner, width * self.expansion, 1, bias=False),
        )
        super().__init__(channels, stride, convs, with_cp)


_STAGES = depth_table(_Basic, _Bottleneck)


class Variant(NamedTuple):
    """Depth, groups, and channels per group in a network whose first stage has 64 channels."""

    depth: int
    groups: int = 1
    width_per_group: int = 64


TORCHVISION: dict[str, Variant] = {
    **{f'resnet{depth}': Variant(depth) for depth in _STAGES},
    'resnext50_32x4d': Variant(50, 32, 4),
    'resnext101_32x8d': Variant(101, 32, 8),
    'resnext101_64x4d': Variant(101, 64, 4),
    'wide_resnet50_2': Variant(50, 1, 128),
    'wide_resnet101_2': Variant(101, 1, 128),
}


class ResNet(PretrainedBackbone, ResidualNet):
    """ResNet without its classifier.

    Args:
        depth: 18, 34, 50, 101 or 152.
        groups: groups of the 3x3 convolution of a bottleneck.
        width_per_group: channels per group in the first stage.
        zero_init_residual: start each residual branch at zero.
        pretrained, init_cfg: see :class:`PretrainedBackbone`.

    The other arguments are those of :class:`mmaction.models.backbones.ResNet`.

    Shape:
        (N, 3, H, W) -> (N, C, H/32, W/32), or a tuple for several ``out_indices``.
    """

    classifier = ('fc.',)
    stem_names = ('conv1', 'bn1')

    def __init__(
        self,
        depth: int,
        groups: int = 1,
        width_per_group: int = 64,
        *,
        in_channels: int = 3,
        num_stages: int = 4,
        out_indices: tuple[int, ...] = (3,),
        style: Style = 'pytorch',
        frozen_stages: int = -1,
        norm_eval: bool = False,
        with_cp: bool = False,
        zero_init_residual: bool = True,
        pretrained: bool | str | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        pick(get_args(Style), style, 'style')
        pick(_STAGES, depth, 'depth')  # ValueError here, KeyError for the networks of MMAction2
        block, depths = stage_depths(_STAGES, depth, num_stages)
        check_stages(num_stages, out_indices)
        self.num_stages, self.out_indices = num_stages, tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.zero_init_residual = zero_init_residual

        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        stages = []
        channels = 64
        for stage, depth in enumerate(depths):
            width = 64 << stage
            strides = [1 if stage == 0 else 2] + [1] * (depth - 1)
            blocks = []
            for stride in strides:
                blocks.append(block(channels, width, stride, groups, width_per_group, style, with_cp))
                channels = width * block.expansion
            stages.append(nn.Sequential(*blocks))
        self._add_stages(stages)
        self.out_channels = channels

    def init_rest(self) -> None:
        """Start the blocks as identities, if ``zero_init_residual`` and nothing else is asked for."""
        if self.zero_init_residual and self.init_cfg == self.default_init:
            for module in self.modules():
                if isinstance(module, _Block):
                    nn.init.zeros_(module.last_norm.get_parameter('weight'))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self._run_stages(self.maxpool(self.bn1(self.conv1(x)).relu_()))


class TorchvisionResNet(ResNet):
    """ResNet with torchvision's name, e.g. ``resnet50``, ``resnext101_32x8d``, ``wide_resnet50_2``.

    Args:
        arch: torchvision's name.
        pretrained, init_cfg: see :class:`PretrainedBackbone`; True means torchvision's ImageNet weights.
        zero_init_residual: start each residual branch at zero.

    Shape:
        (N, 3, H, W) -> (N, C, 1, 1), pooled as torchvision does.
    """

    def __init__(
        self,
        arch: str,
        pretrained: bool | str | None = None,
        *,
        zero_init_residual: bool = False,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        self.arch = arch
        super().__init__(
            *TORCHVISION[arch], zero_init_residual=zero_init_residual, pretrained=pretrained, init_cfg=init_cfg
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)

    def published(self) -> str:
        return f'torchvision://{self.arch}'

    def forward(self, x: Tensor) -> Tensor:
        return self.avgpool(super().forward(x))


class ResNeXt(ResNet):
    """ResNet with grouped bottlenecks, 32x4d by default. Arguments and shapes as for :class:`ResNet`."""

    def __init__(self, depth: int, groups: int = 32, width_per_group: int = 4, **kwargs: Any) -> None:
        super().__init__(depth, groups, width_per_group, **kwargs)
