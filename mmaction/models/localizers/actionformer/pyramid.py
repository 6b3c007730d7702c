"""Embedding of the features and the pyramid of transformer blocks over it (Sec. 3.2 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from mmaction.models.common.position import sine_table
from mmaction.models.localizers.actionformer.block import TransformerBlock
from mmaction.models.localizers.actionformer.layers import ChannelNorm, MaskedConv1d, clear_padding


class ConvTransformer(nn.Module):
    """Convolutions that embed the features, blocks at full rate, then blocks that halve it one after another.

    Args:
        in_channels: of the features.
        channels: C, of all that follows.
        num_heads: of the attention.
        windows: steps that a step attends to, a level; odd, or -1 for all. As many levels come out.
        num_embed: convolutions of the embedding.
        num_stem: blocks at full rate.
        position_encoding: add sines of the place to the embedding.
        dropout, drop_path: see :class:`TransformerBlock`.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        num_heads: int,
        windows: Sequence[int],
        *,
        num_embed: int = 2,
        num_stem: int = 2,
        position_encoding: bool = False,
        dropout: float = 0.0,
        drop_path: float = 0.1,
    ) -> None:
        super().__init__()
        self.position_encoding = position_encoding
        widths = [in_channels] + [channels] * num_embed
        # without bias: the norm behind takes it out
        self.embd = nn.ModuleList([MaskedConv1d(a, b, 3, bias=False) for a, b in pairwise(widths)])
        self.embd_norm = nn.ModuleList([ChannelNorm(channels) for _ in self.embd])
        common = dict(dropout=dropout, drop_path=drop_path)
        self.stem = nn.ModuleList(
            [TransformerBlock(channels, num_heads, windows[0], **common) for _ in range(num_stem)]
        )
        self.branch = nn.ModuleList(
            [TransformerBlock(channels, num_heads, window, stride=2, **common) for window in windows[1:]]
        )

    def forward(self, x: Tensor, mask: Tensor) -> list[tuple[Tensor, Tensor]]:
        """A level each of 1, 2, 4, ... steps: features (B, C, T / s) and mask (B, T / s).

        Args:
            x: features (B, in_channels, T); T a multiple of the coarsest stride.
            mask: bool (B, T), True for real steps.
        """
        for conv, norm in zip(self.embd, self.embd_norm):
            x = clear_padding(norm(conv(x, mask)).relu(), mask)
        if self.position_encoding:
            table = sine_table(x.shape[2], x.shape[1]).to(x)  # (1, T, C)
            x = x + table.transpose(1, 2) / x.shape[1] ** 0.5
        x = clear_padding(x, mask)
        for block in self.stem:
            x, mask = block(x, mask)
        levels = [(x, mask)]
        for block in self.branch:
            levels.append(block(*levels[-1]))
        return levels


class IdentityPyramid(nn.Module):
    """A norm for each level: levels are not mixed (the paper found a top-down path of no use)."""

    def __init__(self, channels: int, num_levels: int) -> None:
        super().__init__()
        self.fpn_norms = nn.ModuleList([ChannelNorm(channels) for _ in range(num_levels)])

    def forward(self, levels: Sequence[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        return [(clear_padding(norm(x), mask), mask) for norm, (x, mask) in zip(self.fpn_norms, levels, strict=True)]
