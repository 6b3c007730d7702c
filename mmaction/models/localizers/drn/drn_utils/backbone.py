"""Stack of temporal convolutions that a sentence modulates (Zeng et al., 2020, sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def conv_block(in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution without bias, batch norm and ReLU; (N, C, T) -> (N, C', ceil(T / stride))."""
    conv = nn.Conv1d(in_channels, out_channels, kernel_size, stride, padding=(kernel_size - 1) // 2, bias=False)
    nn.init.kaiming_uniform_(conv.weight, a=1)
    return nn.Sequential(conv, nn.BatchNorm1d(out_channels), nn.ReLU(inplace=True))


class Backbone(nn.Module):
    """Features at several temporal strides; the sentence weights the input channels of each layer.

    Args:
        channels_list: input channels, output channels, kernel size and stride per layer. The input channels of the
            first layer include those of the position.
    """

    def __init__(self, channels_list: Sequence[tuple[int, int, int, int]]) -> None:
        super().__init__()
        self.num_layers = len(channels_list)
        self.layers = nn.ModuleList([conv_block(*channels) for channels in channels_list])

    def forward(self, x: Tensor, query_fts: Sequence[Tensor], position_fts: Tensor) -> tuple[Tensor, ...]:
        """Outputs of all layers.

        Args:
            x: features of proposals (N, C, P).
            query_fts: weights per layer, (N, channels of its input without the position).
            position_fts: (N, C', P), joined to the features before the first layer.
        """
        outs = []
        for index, (layer, query) in enumerate(zip(self.layers, query_fts)):
            x = query[..., None] * x
            if index == 0:
                x = torch.cat((x, position_fts), dim=1)
            x = layer(x)
            outs.append(x)
        return tuple(outs)


conv_bn_relu = conv_block  # former public name
