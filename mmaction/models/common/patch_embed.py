"""Images or clips into tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from mmaction.models.common.bricks import build_conv, build_norm


class PatchEmbed(nn.Module):
    """One convolution makes a token of each patch (ViT, https://arxiv.org/abs/2010.11929, sec. 3.1).

    Args:
        in_channels: channels of the input.
        embed_dims: channels C of a token.
        kernel_size: sides of a patch.
        stride: from patch to patch; None: ``kernel_size``.
        padding: of the convolution.
        conv_cfg: ``dict(type='Conv2d')`` for images (the default) or ``dict(type='Conv3d')`` for clips.
        norm_cfg: config of a norm of the tokens; None: none.

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
        sides = [v if v is None or isinstance(v, int) else tuple(v) for v in (kernel_size, stride, padding)]
        kernel, step, pad = sides
        self.projection = build_conv(
            conv_cfg, in_channels, embed_dims, kernel_size=kernel, stride=kernel if step is None else step, padding=pad
        )
        self.norm = None if norm_cfg is None else build_norm(norm_cfg, embed_dims)[1]

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[int, ...]]:
        x = self.projection(x)
        grid = tuple(x.shape[2:])
        x = x.flatten(2).transpose(1, 2)  # (B, C, *grid) -> (B, N, C)
        return (x if self.norm is None else self.norm(x)), grid
