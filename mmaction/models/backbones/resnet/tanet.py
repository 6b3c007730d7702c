"""TANet (Liu et al., 2021, https://arxiv.org/abs/2005.06803): ResNet with a temporal adaptive module per block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.backbones.resnet.blocks import Bottleneck, joined
from mmaction.models.backbones.resnet.resnet2d import ResNet
from mmaction.models.backbones.wrapped import WrappedNet
from mmaction.models.common.recompute import recomputed
from mmaction.models.common.tam import TAM
from mmaction.registry import MODELS
from mmaction.utils.check import at_least

__all__ = ['TABlock', 'TANet']


class TABlock(nn.Module):
    """Bottleneck with a :class:`TAM` after its first convolution.

    Args:
        block: the bottleneck.
        num_segments: frames per clip.
        tam_cfg: further keywords of :class:`TAM`.
    """

    def __init__(self, block: Bottleneck, num_segments: int, tam_cfg: Mapping[str, Any] = dict()) -> None:
        super().__init__()
        if not isinstance(block, Bottleneck):
            raise ValueError(f'A TABlock needs a Bottleneck, got {type(block).__name__}: depth must be 50, 101 or 152.')
        self.block = block
        self.num_segments = num_segments
        self.tam = TAM(in_channels=block.conv1.out_channels, num_segments=num_segments, **tam_cfg)

    def _hidden(self, x: Tensor) -> Tensor:
        return self.block.conv2(self.tam(self.block.conv1(x)))

    def _join(self, x: Tensor) -> Tensor:
        return joined(x, self._hidden, self.block.last_conv, self.block.downsample, self.block.relu)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, C, H, W) -> (N*T, C', H', W')."""
        recompute = self.block.with_cp and torch.is_grad_enabled()
        return recomputed(self, self._join, x) if recompute else self._join(x)


@MODELS.register_module()
class TANet(WrappedNet, ResNet):
    """ResNet-50, 101 or 152 whose blocks convolve time adaptively.

    Args:
        depth: 50, 101 or 152.
        num_segments: frames per clip.
        tam_cfg: further keywords of :class:`TAM`.
        **kwargs: keywords of :class:`ResNet`; its ``pretrained`` is a 2D ResNet.
    """

    def __init__(self, depth: int, num_segments: int, tam_cfg: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(depth, **kwargs)
        at_least(1, num_segments, 'num_segments')
        self.num_segments = num_segments
        self.tam_cfg = dict(tam_cfg or {})
        self.make_tam_modeling()

    def make_tam_modeling(self) -> None:
        """Insert a :class:`TAM` into every block."""
        for stage, name in enumerate(self.res_layers):
            blocks = [TABlock(block, self.num_segments, self.tam_cfg) for block in self._blocks(stage)]
            setattr(self, name, nn.Sequential(*blocks))
