"""SqueezeNet under torchvision's key names (Iandola et al., 2016, https://arxiv.org/abs/1602.07360)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from ._pretrained import PretrainedBackbone

# The stem (channels, kernel), then fire modules (squeeze, expand) with 'pool' in between.
_Fire = tuple[int, int]
ARCHS: dict[str, tuple[tuple[int, int], tuple[_Fire | Literal['pool'], ...]]] = {
    'squeezenet1_0': (
        (96, 7),
        ('pool', (16, 64), (16, 64), (32, 128), 'pool', (32, 128), (48, 192), (48, 192), (64, 256), 'pool', (64, 256)),
    ),
    'squeezenet1_1': (
        (64, 3),
        ('pool', (16, 64), (16, 64), 'pool', (32, 128), (32, 128), 'pool', (48, 192), (48, 192), (64, 256), (64, 256)),
    ),
}


class _FireModule(nn.Module):
    """1x1 squeeze, then parallel 1x1 and 3x3 expansions."""

    def __init__(self, channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze(x).relu_()
        return torch.cat([self.expand1x1(x), self.expand3x3(x)], 1).relu_()


class SqueezeNet(PretrainedBackbone):
    """SqueezeNet without its classifier.

    Args:
        arch: ``squeezenet1_0`` or ``squeezenet1_1``.
        pretrained, init_cfg: see :class:`PretrainedBackbone`; True means torchvision's ImageNet weights.

    Shape:
        (N, 3, H, W) -> (N, 512, about H/16, about W/16).
    """

    classifier = ('classifier.',)
    default_init = (dict(type='Kaiming', layer='Conv2d', distribution='uniform'),)
    out_channels = 512

    def __init__(
        self, arch: str, pretrained: bool | str | None = None, *, init_cfg: dict | list[dict] | None = None
    ) -> None:
        self.arch = arch
        super().__init__(pretrained, init_cfg)
        (channels, kernel), plan = ARCHS[arch]
        layers: list[nn.Module] = [nn.Conv2d(3, channels, kernel, stride=2), nn.ReLU(inplace=True)]
        for part in plan:
            if isinstance(part, str):
                layers.append(nn.MaxPool2d(3, stride=2, ceil_mode=True))
            else:
                squeeze, expand = part
                layers.append(_FireModule(channels, squeeze, expand))
                channels = 2 * expand
        self.features = nn.Sequential(*layers)

    def published(self) -> str:
        return f'torchvision://{self.arch}'

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)
