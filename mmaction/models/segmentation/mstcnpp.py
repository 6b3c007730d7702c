"""MS-TCN++: stages of dilated convolutions, each of which refines the labels of the previous one.

`MS-TCN++: Multi-Stage Temporal Convolutional Network for Action Segmentation <https://arxiv.org/abs/2006.09220>`_.
Legend: B videos, D channels, K classes, T steps. Parameter names are those of the authors' release.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.localizers.actionformer.layers import clear_padding
from mmaction.models.segmentation.base import Segmentor, next_input
from mmaction.registry import MODELS
from mmaction.utils.check import at_least


def dilated_conv(channels: int, dilation: int, causal: bool = False) -> nn.Module:
    """Convolution over three steps (B, D, T) -> (B, D, T); a causal one sees the past only."""
    if causal:
        return CausalConv1d(channels, dilation)
    return nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)


class CausalConv1d(nn.Conv1d):
    """Dilated convolution over this step and two earlier ones."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__(channels, channels, 3, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(nn.functional.pad(x, (2 * self.dilation[0], 0)))


class DualDilatedStage(nn.Module):
    """The stage that predicts: layers of two convolutions, the dilation of one grows while that of the other falls.

    Each layer sees near and far steps (paper, Sec. 3.3).

    Args:
        in_channels: channels of the features.
        channels: D.
        num_classes: K.
        num_layers: number of layers L; dilations are 2**i and 2**(L - 1 - i).
        dropout: dropout ratio.
        causal: see :class:`MSTCNPP`.
    """

    def __init__(
        self, in_channels: int, channels: int, num_classes: int, num_layers: int, dropout: float, causal: bool
    ) -> None:
        super().__init__()
        grows = range(num_layers)
        self.conv_1x1_in = nn.Conv1d(in_channels, channels, 1)
        self.conv_dilated_1 = nn.ModuleList([dilated_conv(channels, 2**i, causal) for i in reversed(grows)])
        self.conv_dilated_2 = nn.ModuleList([dilated_conv(channels, 2**i, causal) for i in grows])
        self.conv_fusion = nn.ModuleList([nn.Conv1d(2 * channels, channels, 1) for _ in grows])
        self.dropout = nn.Dropout(dropout)
        self.conv_out = nn.Conv1d(channels, num_classes, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        # Padding is cleared after each layer: a bias would shift it, and convolutions carry it into the video.
        x = clear_padding(self.conv_1x1_in(x), mask)
        for far, near, fusion in zip(self.conv_dilated_1, self.conv_dilated_2, self.conv_fusion):
            y = fusion(torch.cat([far(x), near(x)], dim=1))
            x = clear_padding(x + self.dropout(y.relu()), mask)
        return clear_padding(self.conv_out(x), mask)


class DilatedResidualLayer(nn.Module):
    """Dilated convolution, ReLU and a 1x1 convolution around a skip connection."""

    def __init__(self, channels: int, dilation: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.conv_dilated = dilated_conv(channels, dilation, causal)
        self.conv_1x1 = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        y = self.conv_1x1(self.conv_dilated(x).relu())
        return clear_padding(x + self.dropout(y), mask)


class RefinementStage(nn.Module):
    """Dilated residual layers from the probabilities of a stage to the logits of the next one.

    Args:
        channels: D.
        num_classes: K.
        num_layers: number of layers; the dilation doubles from each to the next.
        dropout: dropout ratio.
        causal: see :class:`MSTCNPP`.
    """

    def __init__(self, channels: int, num_classes: int, num_layers: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.conv_1x1 = nn.Conv1d(num_classes, channels, 1)
        self.layers = nn.ModuleList([DilatedResidualLayer(channels, 2**i, dropout, causal) for i in range(num_layers)])
        self.conv_out = nn.Conv1d(channels, num_classes, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = clear_padding(self.conv_1x1(x), mask)
        for layer in self.layers:
            x = layer(x, mask)
        return clear_padding(self.conv_out(x), mask)


@MODELS.register_module(name=['MSTCNPP', 'MSTCN++'])
class MSTCNPP(Segmentor):
    """MS-TCN++ (https://arxiv.org/abs/2006.09220); its defaults are those of the paper.

    Args:
        in_channels: channels of the features.
        num_classes: number of classes.
        channels: channels of the network.
        num_layers: layers of the first stage. The last step that a layer sees is ``2 ** (num_layers - 1)`` away, which
            need not be more than the videos have.
        num_refinements: stages after the first.
        num_refinement_layers: layers of each of these.
        dropout: dropout ratio within the layers.
        feature_dropout: ratio of channels of the features that are dropped for a whole video.
        causal: labels depend on the past alone, for streams.
        **kwargs: of :class:`Segmentor`.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        channels: int = 64,
        num_layers: int = 11,
        num_refinements: int = 3,
        num_refinement_layers: int = 10,
        dropout: float = 0.5,
        feature_dropout: float = 0.0,
        causal: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, num_classes, **kwargs)
        at_least(1, channels, 'channels')
        at_least(1, num_layers, 'num_layers')
        at_least(0, num_refinements, 'num_refinements')
        at_least(1, num_refinement_layers, 'num_refinement_layers')
        self.channel_dropout = nn.Dropout1d(feature_dropout)
        self.PG = DualDilatedStage(in_channels, channels, num_classes, num_layers, dropout, causal)
        refinements = []
        for _ in range(num_refinements):
            refinements.append(RefinementStage(channels, num_classes, num_refinement_layers, dropout, causal))
        self.Rs = nn.ModuleList(refinements)

    def stages(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        logits = [self.PG(self.channel_dropout(x), mask)]
        for refinement in self.Rs:
            logits.append(refinement(next_input(logits[-1], mask), mask))
        return logits
