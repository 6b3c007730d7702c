"""Patch embedding of clips with the arguments of MMAction2: padding by name, and the size of its output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.bricks import build_conv, build_norm
from mmaction.models.common.conv2plus1d import triple
from mmaction.utils.check import pick

__all__ = ['AdaptivePadding', 'PatchEmbed3D']

Size = int | Sequence[int]


class AdaptivePadding(nn.Module):
    """Zeros around a clip (B, C, T, H, W), so that kernels of a stride cover all of it.

    Args:
        kernel_size: sides of the kernel.
        stride: strides of the kernel.
        dilation: dilations of the kernel.
        padding: ``'corner'``, all at the end of each axis, or ``'same'``, half at either end.

    Raises:
        ValueError: ``padding`` is neither.
    """

    def __init__(self, kernel_size: Size = 1, stride: Size = 1, dilation: Size = 1, padding: str = 'corner') -> None:
        super().__init__()
        self.padding = pick(('same', 'corner'), padding, 'padding')
        self.kernel_size, self.stride, self.dilation = triple(kernel_size), triple(stride), triple(dilation)

    def get_pad_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Zeros to add along each axis of (T, H, W)."""
        sides = zip(input_shape, self.kernel_size, self.stride, self.dilation)
        # -(-n // s) windows start s apart, and each spans d * (k - 1) + 1
        return tuple(max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0) for n, k, s, d in sides)

    def forward(self, x: Tensor) -> Tensor:
        pads = self.get_pad_shape(x.shape[-3:])
        if not any(pads):
            return x
        before = [pad // 2 if self.padding == 'same' else 0 for pad in pads]
        ends = [n for first, pad in zip(reversed(before), reversed(pads)) for n in (first, pad - first)]
        return F.pad(x, ends)


class PatchEmbed3D(BaseModule):
    """Convolution that turns each patch of a clip into a token: (B, C, T, H, W) -> (B, N, C') and the grid.

    Args:
        in_channels: channels C.
        embed_dims: channels C'.
        conv_type: name of the convolution layer.
        kernel_size: sides (T, H, W) of a patch.
        stride: distance between patches.
        padding: ``'corner'`` or ``'same'``, see :class:`AdaptivePadding`, or the padding of the convolution.
        dilation: dilation of the convolution.
        bias: whether the convolution has a bias.
        norm_cfg: norm of the tokens; None for none.
        input_size: (T, H, W) of a clip, for ``init_out_size``, the grid of its tokens.
        init_cfg: initialization.
    """

    def __init__(
        self,
        in_channels: int = 3,
        embed_dims: int = 768,
        conv_type: str = 'Conv3d',
        kernel_size: Size = 16,
        stride: Size = 16,
        padding: Size | str = 'corner',
        dilation: Size = 1,
        bias: bool = True,
        norm_cfg: Mapping[str, Any] | None = None,
        input_size: Size | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.embed_dims = embed_dims
        kernel, step, spread = triple(kernel_size), triple(stride), triple(dilation)
        self.adaptive_padding = None
        around = (0, 0, 0)
        if isinstance(padding, str):
            self.adaptive_padding = AdaptivePadding(kernel, step, spread, padding)
        else:
            around = triple(padding)
        self.projection = build_conv(
            dict(type=conv_type),
            in_channels,
            embed_dims,
            kernel_size=kernel,
            stride=step,
            padding=around,
            dilation=spread,
            bias=bias,
        )
        self.norm = None if norm_cfg is None else build_norm(norm_cfg, embed_dims)[1]
        self.init_input_size: tuple[int, ...] | None = None
        self.init_out_size: tuple[int, ...] | None = None
        if input_size is not None:
            self.init_input_size = triple(input_size)
            pads = tuple(2 * p for p in around)
            if self.adaptive_padding is not None:
                pads = self.adaptive_padding.get_pad_shape(self.init_input_size)
            sides = zip(self.init_input_size, pads, spread, kernel, step)
            self.init_out_size = tuple((n + pad - d * (k - 1) - 1) // s + 1 for n, pad, d, k, s in sides)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[int, ...]]:
        if self.adaptive_padding is not None:
            x = self.adaptive_padding(x)
        x = self.projection(x)
        grid = tuple(x.shape[2:])
        x = x.flatten(2).transpose(1, 2)  # (B, C, *grid) -> (B, N, C)
        return (x if self.norm is None else self.norm(x)), grid
