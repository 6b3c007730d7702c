"""Weight initializers beyond those of mmengine."""

from __future__ import annotations

import math
from typing import Any

from mmengine.model import BaseInit, update_init_info
from torch import nn

from mmaction.registry import WEIGHT_INITIALIZERS


def conv_branch_init(conv: nn.Module, branches: int) -> None:
    """Initialize one of several parallel convolutions, see :class:`ConvBranchInit`.

    Args:
        conv: the convolution.
        branches: number of the parallel ones.
    """
    layer: Any = conv
    out_channels, in_channels, kernel = layer.weight.shape[:3]
    nn.init.normal_(layer.weight, 0, math.sqrt(2 / (out_channels * in_channels * kernel * branches)))
    nn.init.zeros_(layer.bias)


@WEIGHT_INITIALIZERS.register_module(name='ConvBranch')
class ConvBranchInit(BaseInit):
    """Normal weights for parallel convolutions whose outputs are summed, scaled by their number.

    Source: the released code of Shi et al., `Two-Stream Adaptive Graph Convolutional Networks`, CVPR 2019.

    Args:
        name: attribute of the module that holds the convolution, or the ModuleList of the parallel ones.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name

    def __call__(self, module: nn.Module) -> None:
        branch = getattr(module, self.name)
        branches: list[Any] = list(branch) if isinstance(branch, nn.ModuleList) else [branch]
        for conv in branches:
            conv_branch_init(conv, len(branches))
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=self._get_init_info())

    def _get_init_info(self) -> str:
        return f'{type(self).__name__}: name={self.name}'
