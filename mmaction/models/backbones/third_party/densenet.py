"""DenseNet under torchvision's key names (Huang et al., 2017, https://arxiv.org/abs/1608.06993)."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.recompute import recomputed
from mmaction.weights import RenameTable
from mmaction.weights.rename import KEEP

from ._pretrained import PretrainedBackbone


class _Arch(NamedTuple):
    growth: int
    depths: tuple[int, int, int, int]
    stem: int


ARCHS: dict[str, _Arch] = {
    'densenet121': _Arch(32, (6, 12, 24, 16), 64),
    'densenet161': _Arch(48, (6, 12, 36, 24), 96),
    'densenet169': _Arch(32, (6, 12, 32, 32), 64),
    'densenet201': _Arch(32, (6, 12, 48, 32), 64),
}

# Published files have `denselayer1.norm.1.weight` for the module `norm1`.
_PUBLISHED = RenameTable(
    source="torchvision's DenseNet files",
    mark=r'denselayer\d+\.(norm|conv)\.[12]\.',
    rules=((r'(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)', r'\1\2'), *KEEP),
)


class _DenseLayer(nn.Module):
    """BN-ReLU-1x1, BN-ReLU-3x3 over the outputs of all previous layers of the block."""

    def __init__(self, channels: int, growth: int, bottleneck: int, drop_rate: float, with_cp: bool) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, bottleneck * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bottleneck * growth)
        self.conv2 = nn.Conv2d(bottleneck * growth, growth, 3, padding=1, bias=False)
        self.drop_rate = drop_rate
        self.with_cp = with_cp

    def _squeeze(self, *features: Tensor) -> Tensor:
        return self.conv1(F.relu(self.norm1(torch.cat(features, 1))))

    def forward(self, features: list[Tensor]) -> Tensor:
        if self.with_cp and torch.is_grad_enabled() and any(f.requires_grad for f in features):
            x = recomputed(self, self._squeeze, *features)
        else:
            x = self._squeeze(*features)
        return F.dropout(self.conv2(F.relu(self.norm2(x))), self.drop_rate, self.training)


class _DenseBlock(nn.ModuleDict):
    def __init__(self, depth: int, channels: int, growth: int, bottleneck: int, drop_rate: float, with_cp: bool):
        super().__init__(
            {
                f'denselayer{i + 1}': _DenseLayer(channels + i * growth, growth, bottleneck, drop_rate, with_cp)
                for i in range(depth)
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


def _transition(channels: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            norm=nn.BatchNorm2d(channels),
            relu=nn.ReLU(inplace=True),
            conv=nn.Conv2d(channels, channels // 2, 1, bias=False),
            pool=nn.AvgPool2d(2),
        )
    )


class DenseNet(PretrainedBackbone):
    """DenseNet without its classifier.

    Args:
        arch: ``densenet121``, ``densenet161``, ``densenet169`` or ``densenet201``.
        pretrained, init_cfg: see :class:`PretrainedBackbone`; True means torchvision's ImageNet weights.
        bn_size: width of the 1x1 bottleneck in units of the growth rate.
        drop_rate: dropout after each dense layer.
        memory_efficient: recompute the concatenations in the backward pass.

    Shape:
        (N, 3, H, W), H and W at least 32 -> (N, C, 1, 1), pooled as torchvision does.
    """

    classifier = ('classifier.',)
    tables = (_PUBLISHED,)

    def __init__(
        self,
        arch: str,
        pretrained: bool | str | None = None,
        *,
        bn_size: int = 4,
        drop_rate: float = 0.0,
        memory_efficient: bool = False,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        self.arch = arch
        super().__init__(pretrained, init_cfg)
        growth, depths, channels = ARCHS[arch]
        features: OrderedDict[str, nn.Module] = OrderedDict(
            conv0=nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
            norm0=nn.BatchNorm2d(channels),
            relu0=nn.ReLU(inplace=True),
            pool0=nn.MaxPool2d(3, stride=2, padding=1),
        )
        for i, depth in enumerate(depths, start=1):
            features[f'denseblock{i}'] = _DenseBlock(depth, channels, growth, bn_size, drop_rate, memory_efficient)
            channels += depth * growth
            if i < len(depths):
                features[f'transition{i}'] = _transition(channels)
                channels //= 2
        features['norm5'] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(features)
        self.out_channels = channels

    def published(self) -> str:
        return f'torchvision://{self.arch}'

    def forward_features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, C, H/32, W/32): the last norm, no ReLU after it, as MMAction2's checkpoints expect."""
        return self.features(x)

    def forward(self, x: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(self.forward_features(x), 1)
