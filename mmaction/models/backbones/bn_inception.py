"""BN-Inception (Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167), the backbone of the original TSN."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from mmaction.models.backbones.freezing import TrainingSwitches
from mmaction.registry import MODELS
from mmaction.weights import PretrainedConvNet
from mmaction.weights.tables.tsn import BASE_MODEL


class _Inception(NamedTuple):
    """One row of the paper's table: channels of the four branches. Reduction blocks have neither 1x1 nor projection."""

    name: str
    conv1x1: int
    conv3x3: tuple[int, int]  # reduce, 3x3
    double: tuple[int, int]  # reduce, both 3x3
    pool: Literal['avg', 'max']
    project: int

    @property
    def reduces(self) -> bool:
        """Whether the block halves height and width."""
        return not self.conv1x1


_BLOCKS = (
    _Inception('3a', 64, (64, 64), (64, 96), 'avg', 32),
    _Inception('3b', 64, (64, 96), (64, 96), 'avg', 64),
    _Inception('3c', 0, (128, 160), (64, 96), 'max', 0),
    _Inception('4a', 224, (64, 96), (96, 128), 'avg', 128),
    _Inception('4b', 192, (96, 128), (96, 128), 'avg', 128),
    _Inception('4c', 160, (128, 160), (128, 160), 'avg', 128),
    _Inception('4d', 96, (128, 192), (160, 192), 'avg', 128),
    _Inception('4e', 0, (128, 192), (192, 256), 'max', 0),
    _Inception('5a', 352, (192, 320), (160, 224), 'avg', 128),
    _Inception('5b', 352, (192, 320), (192, 224), 'max', 128),
)


@MODELS.register_module()
class BNInception(TrainingSwitches, PretrainedConvNet):
    """BN-Inception without its classifier: 1024 channels at 1/32 of the size.

    The checkpoint keys are those of the published TSN weights: ``conv1_7x7_s2``, ``conv1_7x7_s2_bn``,
    ``inception_3a_1x1``, ``inception_3a_double_3x3_1``, ...

    Args:
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        in_channels: channels of the input: 3, or 2 * L for L stacked flow fields. Weights for three are averaged over
            the channels if it is another number.
        norm_eval, partial_bn, init_cfg: as for :class:`~mmaction.models.backbones.ResNet`.
    """

    feat_dim = 1024
    tables = (BASE_MODEL,)
    stem = 'conv1_7x7_s2.weight'

    def __init__(
        self,
        pretrained: str | None = None,
        in_channels: int = 3,
        norm_eval: bool = False,
        partial_bn: bool = False,
        init_cfg: Any = [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', layer='BatchNorm2d', val=1.0),
        ],
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.in_channels = in_channels
        self.norm_eval, self.partial_bn = norm_eval, partial_bn
        self.relu = nn.ReLU(inplace=True)
        # The published weights expect feature maps whose sizes are rounded up.
        self.pool_down = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.pool_max = nn.MaxPool2d(3, stride=1, padding=1)
        self.pool_avg = nn.AvgPool2d(3, stride=1, padding=1)

        self._add('conv1_7x7_s2', in_channels, 64, 7, stride=2)
        self._add('conv2_3x3_reduce', 64, 64, 1)
        self._add('conv2_3x3', 64, 192, 3)
        channels = 192
        for block in _BLOCKS:
            prefix = f'inception_{block.name}_'
            stride = 2 if block.reduces else 1
            reduce, wide = block.conv3x3
            double_reduce, double = block.double
            if block.conv1x1:
                self._add(f'{prefix}1x1', channels, block.conv1x1, 1)
            self._add(f'{prefix}3x3_reduce', channels, reduce, 1)
            self._add(f'{prefix}3x3', reduce, wide, 3, stride)
            self._add(f'{prefix}double_3x3_reduce', channels, double_reduce, 1)
            self._add(f'{prefix}double_3x3_1', double_reduce, double, 3)
            self._add(f'{prefix}double_3x3_2', double, double, 3, stride)
            if block.project:
                self._add(f'{prefix}pool_proj', channels, block.project, 1)
            channels = block.conv1x1 + wide + double + (block.project or channels)
        assert channels == self.feat_dim

    def _add(self, name: str, in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> None:
        self.add_module(name, nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2))
        self.add_module(f'{name}_bn', nn.BatchNorm2d(out_channels))

    def _conv(self, name: str, x: Tensor) -> Tensor:
        return self.relu(getattr(self, f'{name}_bn')(getattr(self, name)(x)))

    def _block(self, block: _Inception, x: Tensor) -> Tensor:
        prefix = f'inception_{block.name}_'
        branches = [self._conv(f'{prefix}1x1', x)] if block.conv1x1 else []
        branches.append(self._conv(f'{prefix}3x3', self._conv(f'{prefix}3x3_reduce', x)))
        double = self._conv(f'{prefix}double_3x3_1', self._conv(f'{prefix}double_3x3_reduce', x))
        branches.append(self._conv(f'{prefix}double_3x3_2', double))
        if block.reduces:
            branches.append(self.pool_down(x))
        else:
            pooled = self.pool_avg(x) if block.pool == 'avg' else self.pool_max(x)
            branches.append(self._conv(f'{prefix}pool_proj', pooled))
        return torch.cat(branches, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 1024, H / 32, W / 32)."""
        x = self.pool_down(self._conv('conv1_7x7_s2', x))
        x = self.pool_down(self._conv('conv2_3x3', self._conv('conv2_3x3_reduce', x)))
        for block in _BLOCKS:
            x = self._block(block, x)
        return x
