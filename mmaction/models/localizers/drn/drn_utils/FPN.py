"""Feature pyramid along time (Lin et al., 2017, https://arxiv.org/abs/1612.03144)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.localizers.drn.drn_utils.backbone import conv_block

__all__ = ['FPN']


class FPN(nn.Module):
    """Top-down pathway: the features of the coarser levels are added to each level.

    Args:
        in_channels_list: channels of the levels, finest first.
        out_channels: channels of all outputs.
    """

    def __init__(self, in_channels_list: Sequence[int], out_channels: int) -> None:
        super().__init__()
        self.inner_blocks = nn.ModuleList([conv_block(c, out_channels, 1) for c in in_channels_list])
        self.layer_blocks = nn.ModuleList([conv_block(out_channels, out_channels, 3) for _ in in_channels_list])

    def forward(self, x: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """(N, C, T) of each level, finest first -> (N, out_channels, T)."""
        outs: list[Tensor] = []
        above: Tensor | None = None
        for feature, inner, layer in zip(reversed(x), reversed(self.inner_blocks), reversed(self.layer_blocks)):
            inside = inner(feature)
            if above is not None:
                inside = inside + F.interpolate(above, size=inside.shape[-1], mode='nearest')
            above = inside
            outs.append(layer(inside))
        return tuple(reversed(outs))
