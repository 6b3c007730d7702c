"""ASFormer: an encoder and refining decoders of dilated convolutions with attention in windows that double.

`ASFormer: Transformer for Action Segmentation <https://arxiv.org/abs/2110.08568>`_. Legend: B videos, D channels,
K classes, T steps. Parameter names, and where queries, keys and values come from, are those of the authors' release.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from mmaction.models.localizers.actionformer.layers import clear_padding
from mmaction.models.localizers.actionformer.local_attention import local_attention
from mmaction.models.segmentation.base import Segmentor, next_input
from mmaction.registry import MODELS
from mmaction.utils.check import at_least


class MaskedInstanceNorm1d(nn.Module):
    """Normalization over the time of each video and channel, without its padding: (B, D, T) -> (B, D, T)."""

    def __init__(self, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        inside = mask[:, None].to(x)
        count = inside.sum(2, keepdim=True)
        mean = (x * inside).sum(2, keepdim=True) / count
        centered = (x - mean) * inside
        variance = (centered**2).sum(2, keepdim=True) / count
        return centered * (variance + self.eps).rsqrt()


class WindowAttention(nn.Module):
    """Single-head attention of each step to the steps around it.

    Args:
        channels: D.
        reduction: D divided by the channels of queries, keys and values.
        window: odd number of steps.
    """

    def __init__(self, channels: int, reduction: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.query_conv = nn.Conv1d(channels, channels // reduction, 1)
        self.key_conv = nn.Conv1d(channels, channels // reduction, 1)
        self.value_conv = nn.Conv1d(channels, channels // reduction, 1)
        self.conv_out = nn.Conv1d(channels // reduction, channels, 1)

    def forward(self, x: Tensor, source: Tensor, mask: Tensor) -> Tensor:
        """Queries and keys are of ``x``, values of ``source``, both (B, D, T)."""
        parts = self.query_conv(x), self.key_conv(x), self.value_conv(source)
        query, key, value = (part.transpose(1, 2)[:, None] for part in parts)  # (B, 1, T, D / reduction)
        found = local_attention(query, key, value, mask, self.window)[:, 0].transpose(1, 2)
        return self.conv_out(found.relu())


class ConvFeedForward(nn.Module):
    """Dilated convolution over three steps, and ReLU."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer(x)
        return out


class ASFormerBlock(nn.Module):
    """A dilated convolution and attention within a window as wide as it reaches, around a skip connection.

    Args:
        channels: D.
        reduction: see :class:`WindowAttention`.
        dilation: of the convolution; the window has ``2 * dilation + 1`` steps.
        attention_weight: factor of the attention.
        dropout: dropout ratio.
    """

    def __init__(self, channels: int, reduction: int, dilation: int, attention_weight: float, dropout: float) -> None:
        super().__init__()
        self.attention_weight = attention_weight
        self.feed_forward = ConvFeedForward(channels, dilation)
        self.instance_norm = MaskedInstanceNorm1d()
        self.att_layer = WindowAttention(channels, reduction, 2 * dilation + 1)
        self.conv_1x1 = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, source: Tensor | None, mask: Tensor) -> Tensor:
        """``source`` are the features that a decoder takes values from; None in the encoder, which has its own."""
        y = self.feed_forward(x)
        normalized = self.instance_norm(y, mask)
        values = normalized if source is None else source
        y = y + self.attention_weight * self.att_layer(normalized, values, mask)
        return clear_padding(x + self.dropout(self.conv_1x1(y)), mask)


class ASFormerStage(nn.Module):
    """Encoder or decoder: blocks whose dilation and window double.

    Args:
        in_channels: channels of the features; number of classes for a decoder.
        channels: D.
        num_classes: K.
        num_layers: number of blocks.
        reduction: see :class:`WindowAttention`.
        attention_weight: see :class:`ASFormerBlock`.
        dropout: dropout ratio.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        num_classes: int,
        num_layers: int,
        reduction: int,
        attention_weight: float,
        dropout: float,
    ) -> None:
        super().__init__()
        self.conv_1x1 = nn.Conv1d(in_channels, channels, 1)
        blocks = []
        for i in range(num_layers):
            blocks.append(ASFormerBlock(channels, reduction, 2**i, attention_weight, dropout))
        self.layers = nn.ModuleList(blocks)
        self.conv_out = nn.Conv1d(channels, num_classes, 1)

    def forward(self, x: Tensor, source: Tensor | None, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, K, T), and features (B, D, T) for the next stage."""
        x = clear_padding(self.conv_1x1(x), mask)
        for layer in self.layers:
            x = layer(x, source, mask)
        return clear_padding(self.conv_out(x), mask), x


@MODELS.register_module()
class ASFormer(Segmentor):
    """ASFormer (https://arxiv.org/abs/2110.08568); its defaults are those of the authors.

    The attention of decoder i has the weight ``exp(-3 i)``: errors of the earlier stages count less and less.

    Args:
        in_channels: channels of the features.
        num_classes: number of classes.
        channels: channels of the network.
        num_layers: blocks of each stage.
        num_decoders: stages after the encoder.
        reduction: ratio of the channels of the network to those of the attention.
        dropout: dropout ratio within the blocks.
        feature_dropout: ratio of channels of the features that are dropped for a whole video.
        **kwargs: of :class:`Segmentor`.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        channels: int = 64,
        num_layers: int = 10,
        num_decoders: int = 3,
        reduction: int = 2,
        dropout: float = 0.5,
        feature_dropout: float = 0.3,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, num_classes, **kwargs)
        at_least(1, num_layers, 'num_layers')
        at_least(0, num_decoders, 'num_decoders')
        at_least(1, reduction, 'reduction')
        at_least(reduction, channels, 'channels', 'It is divided by reduction.')
        common = (channels, num_classes, num_layers, reduction)
        self.channel_dropout = nn.Dropout1d(feature_dropout)
        self.encoder = ASFormerStage(in_channels, *common, 1.0, dropout)
        decoders = []
        for i in range(num_decoders):
            decoders.append(ASFormerStage(num_classes, *common, math.exp(-3 * i), dropout))
        self.decoders = nn.ModuleList(decoders)

    def stages(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        out, features = self.encoder(self.channel_dropout(x), None, mask)
        logits = [out]
        for decoder in self.decoders:
            out, features = decoder(next_input(out, mask), features, mask)
            logits.append(out)
        return logits
