"""ResNet for clips and images (Duan et al., 2020, OmniSource, https://arxiv.org/abs/2003.13042)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.registry import MODELS
from mmaction.weights import PretrainedConvNet

__all__ = ['BottleNeck', 'OmniResNet', 'batch_norm']

_EXPANSION = 4
_TEMPORAL_KERNELS = (1, 1, 3, 3)  # of the first convolution of each block, per stage


def batch_norm(inputs: Tensor, module: nn.Module, training: bool | None = None) -> Tensor:
    """Apply a batch norm to an input with any number of spatial axes, with the statistics and parameters of ``module``.

    Args:
        inputs: (N, C, *S).
        module: batch norm of C channels.
        training: normalize with the statistics of the batch. Default: the mode of the module.
    """
    norm: Any = module
    batch = norm.training if training is None else training
    mean, var = (None, None) if batch else (norm.running_mean, norm.running_var)
    return F.batch_norm(inputs, mean, var, norm.weight, norm.bias, batch, norm.momentum, norm.eps)


class _TimeConv(nn.Conv3d):
    """Temporal convolution. An image is a still clip, in which all taps of the kernel see the same frame."""

    def still(self, x: Tensor) -> Tensor:
        """(N, C, 1, H, W) -> (N, C', 1, H, W), as from inside a still clip."""
        return F.conv3d(x, self.weight.sum(2, keepdim=True), self.bias)


class BottleNeck(nn.Module):
    """Bottleneck over a clip, or over an image as a clip of one frame; its keys are torchvision's.

    Args:
        inplanes: channels of the input.
        planes: channels inside; the output has four times as many.
        temporal_kernel: frames that the first convolution spans.
        stride: over space.
        downsample: module on the shortcut.
        bias: of the convolutions.
    """

    def __init__(
        self,
        inplanes: int,
        planes: int,
        temporal_kernel: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        kernel, padding = (temporal_kernel, 1, 1), (temporal_kernel // 2, 0, 0)
        self.conv1 = _TimeConv(inplanes, planes, kernel, padding=padding, bias=bias)
        self.conv2 = nn.Conv3d(planes, planes, (1, 3, 3), stride=(1, stride, stride), padding=(0, 1, 1), bias=bias)
        self.conv3 = nn.Conv3d(planes, planes * _EXPANSION, 1, bias=bias)
        self.bn1 = nn.BatchNorm3d(planes)
        self.bn2 = nn.BatchNorm3d(planes)
        self.bn3 = nn.BatchNorm3d(planes * _EXPANSION)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def _forward(self, x: Tensor, first: Tensor) -> Tensor:
        out = self.relu(self.bn1(first))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> (N, C', T, H', W')."""
        return self._forward(x, self.conv1(x))

    def forward_2d(self, x: Tensor) -> Tensor:
        """Images as clips of one frame: (N, C, 1, H, W) -> (N, C', 1, H', W')."""
        return self._forward(x, self.conv1.still(x))


@MODELS.register_module()
class OmniResNet(PretrainedConvNet):
    """SlowOnly ResNet that takes clips and images with the same weights.

    Args:
        layers: blocks of the four stages.
        pretrain_2d: path or URL of an ImageNet ResNet (torchvision's names) that :meth:`init_weights` inflates.
        init_cfg: initialization.
    """

    stem = 'conv1.weight'

    def __init__(
        self, layers: Sequence[int] = [3, 4, 6, 3], pretrain_2d: str | None = None, init_cfg: Any = None
    ) -> None:
        super().__init__(pretrain_2d, init_cfg)
        if len(layers) != 4:
            raise ValueError(f'layers {tuple(layers)} must have 4 entries, one per stage.')
        self.pretrain_2d = pretrain_2d
        self.conv1 = nn.Conv3d(3, 64, (1, 7, 7), stride=(1, 2, 2), padding=(0, 3, 3), bias=False)
        self.bn1 = nn.BatchNorm3d(64)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))
        self.inplanes = 64
        for stage, blocks in enumerate(layers):
            planes = 64 * 2**stage
            layer = self._make_layer(self.inplanes, planes, blocks, 1 if stage == 0 else 2, _TEMPORAL_KERNELS[stage])
            self.add_module(f'layer{stage + 1}', layer)
            self.inplanes = planes * _EXPANSION

    @staticmethod
    def _make_layer(inplanes: int, planes: int, blocks: int, stride: int, temporal_kernel: int) -> nn.Sequential:
        outplanes = planes * _EXPANSION
        downsample = nn.Sequential(
            nn.Conv3d(inplanes, outplanes, 1, stride=(1, stride, stride), bias=False), nn.BatchNorm3d(outplanes)
        )
        first = BottleNeck(inplanes, planes, temporal_kernel, stride, downsample)
        return nn.Sequential(first, *(BottleNeck(outplanes, planes, temporal_kernel) for _ in range(1, blocks)))

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source`` through :meth:`init_from_2d`."""
        self.init_from_2d(source)

    def init_from_2d(self, pretrain: str) -> None:
        """Inflate the weights of a 2D ResNet under torchvision's names, which are those of this network."""
        super().load_pretrained(pretrain)

    def forward(self, x: Tensor) -> Tensor:
        """Clips (N, 3, T, H, W) -> (N, 2048, T, H', W'), or images (N, 3, H, W) -> (N, 2048, H', W')."""
        if x.ndim == 4:
            return self.forward_2d(x)
        x = self.pool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(1, 5):
            x = getattr(self, f'layer{stage}')(x)
        return x

    def forward_2d(self, x: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> (N, 2048, H', W')."""
        x = self.pool(self.relu(self.bn1(self.conv1(x.unsqueeze(2)))))
        for stage in range(1, 5):
            for block in getattr(self, f'layer{stage}'):
                x = block.forward_2d(x)
        return x.squeeze(2)
