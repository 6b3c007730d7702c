"""ResNet, ResNeXt and wide ResNet under the key names of torchvision and mmpretrain.

He et al., 2016 (https://arxiv.org/abs/1512.03385); Xie et al., 2017 (https://arxiv.org/abs/1611.05431). MMAction2's
own ResNet nests each convolution and norm (``conv1.conv``, ``conv1.bn``); these do not (``conv1``, ``bn1``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmaction.models.backbones.freezing import TrainingSwitches, freeze

from ._pretrained import PretrainedBackbone, select_outputs

Style = Literal['pytorch', 'caffe']


class _Basic(nn.Module):
    expansion: ClassVar[int] = 1

    def __init__(self, channels: int, width: int, stride: int, groups: int, group_width: int, style: Style) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        x = self.bn1(self.conv1(x)).relu_()
        return (self.bn2(self.conv2(x)) + identity).relu_()


class _Bottleneck(nn.Module):
    expansion: ClassVar[int] = 4

    def __init__(self, channels: int, width: int, stride: int, groups: int, group_width: int, style: Style) -> None:
        super().__init__()
        inner, out = width * group_width // 64 * groups, width * self.expansion
        first, second = (1, stride) if style == 'pytorch' else (stride, 1)
        self.conv1 = nn.Conv2d(channels, inner, 1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=second, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample = _shortcut(channels, out, stride)

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        x = self.bn1(self.conv1(x)).relu_()
        x = self.bn2(self.conv2(x)).relu_()
        return (self.bn3(self.conv3(x)) + identity).relu_()


def _shortcut(channels: int, out: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels == out:
        return None
    return nn.Sequential(nn.Conv2d(channels, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out))


_STAGES: dict[int, tuple[type[_Basic] | type[_Bottleneck], tuple[int, int, int, int]]] = {
    18: (_Basic, (2, 2, 2, 2)),
    34: (_Basic, (3, 4, 6, 3)),
    50: (_Bottleneck, (3, 4, 6, 3)),
    101: (_Bottleneck, (3, 4, 23, 3)),
    152: (_Bottleneck, (3, 8, 36, 3)),
}


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


class ResNet(TrainingSwitches, PretrainedBackbone):
    """ResNet without its classifier.

    Args:
        depth: 18, 34, 50, 101 or 152.
        groups: groups of the 3x3 convolution of a bottleneck.
        width_per_group: channels per group in the first stage.
        in_channels: channels of the input.
        num_stages: stages to build, 1 to 4.
        out_indices: stages whose output is returned.
        style: ``pytorch`` strides in the 3x3 convolution of a bottleneck, ``caffe`` in the first 1x1.
        frozen_stages: stages 1 to this, and the stem (0), are not trained; -1 freezes nothing.
        norm_eval: keep the statistics of batch norms fixed while training.
        with_cp: trade time for memory by recomputing each block in the backward pass.
        zero_init_residual: start each residual branch at zero.
        pretrained: see :class:`PretrainedBackbone`.
        init_cfg: see :class:`PretrainedBackbone`.

    Shape:
        (N, 3, H, W) -> (N, C, H/32, W/32), or a tuple for several ``out_indices``.
    """

    classifier = ('fc.',)

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
        if depth not in _STAGES:
            raise ValueError(f'depth ({depth}) must be one of {", ".join(map(str, _STAGES))}.')
        if style not in ('pytorch', 'caffe'):
            raise ValueError(f"style ({style!r}) must be 'pytorch' or 'caffe'.")
        block, depths = _STAGES[depth]
        if block is _Basic and (groups, width_per_group) != (1, 64):
            raise ValueError(f'groups ({groups}) and width_per_group ({width_per_group}) need depth 50 or more.')
        if not 1 <= num_stages <= 4 or not out_indices or not all(0 <= i < num_stages for i in out_indices):
            raise ValueError(
                f'out_indices ({tuple(out_indices)}) must lie in 0..num_stages-1, num_stages ({num_stages}) in 1..4.'
            )
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.with_cp = with_cp
        self.zero_init_residual = zero_init_residual

        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        for i in range(num_stages):
            width = 64 << i
            stride = 1 if i == 0 else 2
            blocks = []
            for j in range(depths[i]):
                blocks.append(block(channels, width, stride if j == 0 else 1, groups, width_per_group, style))
                channels = width * block.expansion
            setattr(self, f'layer{i + 1}', nn.Sequential(*blocks))
        self.num_stages = num_stages
        self.out_channels = channels

    def init_rest(self) -> None:
        """Start the blocks as identities, if ``zero_init_residual`` and nothing else is asked for."""
        if self.zero_init_residual and self.init_cfg == self.default_init:
            for module in self.modules():
                if isinstance(module, _Basic):
                    nn.init.zeros_(module.bn2.weight)
                elif isinstance(module, _Bottleneck):
                    nn.init.zeros_(module.bn3.weight)

    def _stages(self) -> list[nn.Sequential]:
        return [getattr(self, f'layer{i + 1}') for i in range(self.num_stages)]

    def _run(self, stage: nn.Sequential, x: Tensor) -> Tensor:
        if not (self.with_cp and torch.is_grad_enabled() and x.requires_grad):
            return stage(x)
        for block in stage:
            x = checkpoint(block, x, use_reentrant=False)
        return x

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = self.maxpool(self.bn1(self.conv1(x)).relu_())
        outs = []
        for i, stage in enumerate(self._stages()):
            x = self._run(stage, x)
            if i in self.out_indices:
                outs.append(x)
        return select_outputs(outs)

    def _freeze_stages(self) -> None:
        if self.frozen_stages >= 0:
            freeze([self.conv1, self.bn1, *self._stages()[: self.frozen_stages]])


class TorchvisionResNet(ResNet):
    """ResNet with torchvision's name, e.g. ``resnet50``, ``resnext101_32x8d``, ``wide_resnet50_2``.

    Args:
        arch: torchvision's name.
        pretrained: see :class:`PretrainedBackbone`; True means torchvision's ImageNet weights.
        zero_init_residual: start each residual branch at zero.
        init_cfg: see :class:`PretrainedBackbone`.

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
