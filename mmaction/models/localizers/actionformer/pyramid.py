"""Embedding of the features and the pyramid of transformer blocks (Sec. 3.2 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from mmaction.models.common.position import sine_table
from mmaction.models.localizers.actionformer.block import TransformerBlock
from mmaction.models.localizers.actionformer.layers import ChannelNorm, MaskedConv1d, clear_padding


class ConvTransformer(nn.Module):
    """Convolutions that embed the features, blocks at full rate, then blocks that each halve the rate.

    Args:
        in_channels: channels of the features.
        channels: channels C of all layers.
        num_heads: attention heads.
        windows: steps that each step attends to, per level; odd, or -1 for all. Their number is that of the levels.
        num_embed: convolutions of the embedding.
        num_stem: blocks at full rate.
        position_encoding: whether to add a sinusoidal position encoding to the embedding.
        **block: ``dropout`` and ``drop_path`` of :class:`TransformerBlock`.
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
        **block: float,
    ) -> None:
        super().__init__()
        self.position_encoding = position_encoding
        widths = [in_channels] + [channels] * num_embed
        # no bias: the following norm would remove it
        self.embd = nn.ModuleList([MaskedConv1d(a, b, 3, bias=False) for a, b in pairwise(widths)])
        self.embd_norm = nn.ModuleList([ChannelNorm(channels) for _ in self.embd])

        def build(window: int, stride: int) -> TransformerBlock:
            return TransformerBlock(channels, num_heads, window, stride, **block)

        self.stem = nn.ModuleList([build(windows[0], 1) for _ in range(num_stem)])
        self.branch = nn.ModuleList([build(window, 2) for window in windows[1:]])

    def forward(self, x: Tensor, mask: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Compute the levels of stride s = 1, 2, 4, ...: features (B, C, T / s) and mask (B, T / s) each.

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
    """A norm per level; levels are not mixed, because the paper found a top-down pathway of no use."""

    def __init__(self, channels: int, num_levels: int) -> None:
        super().__init__()
        self.fpn_norms = nn.ModuleList([ChannelNorm(channels) for _ in range(num_levels)])

    def forward(self, levels: Sequence[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        return [(clear_padding(norm(x), mask), mask) for norm, (x, mask) in zip(self.fpn_norms, levels, strict=True)]
