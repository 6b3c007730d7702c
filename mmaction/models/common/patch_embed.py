"""Patch embedding: tokens from images or clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from mmaction.models.common.bricks import build_conv, build_norm


class PatchEmbed(nn.Module):
    """Convolution that turns each patch into a token (ViT, https://arxiv.org/abs/2010.11929, sec. 3.1).

    Args:
        in_channels: channels of the input.
        embed_dims: channels C per token.
        kernel_size: sides of a patch.
        stride: distance between patches. Default: ``kernel_size``.
        padding: padding of the convolution.
        conv_cfg: ``dict(type='Conv2d')`` for images (the default) or ``dict(type='Conv3d')`` for clips.
        norm_cfg: config of a norm of the tokens, or None.

    Shape:
        (B, in_channels, *S) -> tokens (B, N, C), row by row, and their grid, a tuple whose product is N.
    """

    def __init__(
        self,
        in_channels: int,
        embed_dims: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        *,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if stride is None:
            stride = kernel_size
        self.projection = build_conv(
            conv_cfg,
            in_channels,
            embed_dims,
            kernel_size=_plain(kernel_size),
            stride=_plain(stride),
            padding=_plain(padding),
        )
        self.norm = None if norm_cfg is None else build_norm(norm_cfg, embed_dims)[1]

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[int, ...]]:
        x = self.projection(x)
        grid = tuple(x.shape[2:])
        x = x.flatten(2).transpose(1, 2)  # (B, C, *grid) -> (B, N, C)
        if self.norm is not None:
            x = self.norm(x)
        return x, grid


def _plain(value: int | Sequence[int]) -> int | tuple[int, ...]:
    """Convert the lists of configs to tuples, which is what convolutions take."""
    return value if isinstance(value, int) else tuple(value)
