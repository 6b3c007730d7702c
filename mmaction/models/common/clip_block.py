"""Blocks of CLIP's transformers, under its authors' keys (Radford et al., 2021, https://arxiv.org/abs/2103.00020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from mmaction.models.common.attention import PackedAttention
from mmaction.models.common.recompute import run_block
from mmaction.utils.check import pick

Activation = Literal['quick_gelu', 'gelu']


class QuickGELU(nn.Module):
    """CLIP's approximation of GELU: x * sigmoid(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


# Encoders that were trained later, such as those of open_clip on LAION, have the exact GELU.
_ACTIVATIONS: Mapping[str, type[nn.Module]] = {'quick_gelu': QuickGELU, 'gelu': nn.GELU}


def clip_mlp(
    dim: int, hidden: int, dropout: float | None = None, activation: Activation = 'quick_gelu'
) -> nn.Sequential:
    """CLIP's MLP under the keys ``c_fc`` and ``c_proj``; dropout, if any, precedes the second layer."""
    net = nn.Sequential()
    net.add_module('c_fc', nn.Linear(dim, hidden))
    net.add_module('gelu', pick(_ACTIVATIONS, activation, 'activation')())
    if dropout is not None:
        net.add_module('dropout', nn.Dropout(dropout))
    net.add_module('c_proj', nn.Linear(hidden, dim))
    return net


class CLIPBlock(nn.Module):
    """Self-attention and MLP, each after a norm and with a residual connection: (B, N, C) -> (B, N, C).

    Args:
        dim: channels C.
        num_heads: heads of the attention.
        causal: attend to the same and earlier tokens only, as for text.
        activation: of the MLP: ``'quick_gelu'`` or ``'gelu'``.
    """

    def __init__(
        self, dim: int, num_heads: int, *, causal: bool = False, activation: Activation = 'quick_gelu'
    ) -> None:
        super().__init__()
        self.attn = PackedAttention(dim, num_heads, causal=causal)
        self.ln_1 = nn.LayerNorm(dim)
        self.mlp = clip_mlp(dim, 4 * dim, activation=activation)
        self.ln_2 = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class CLIPTransformer(nn.Module):
    """Sequence of :class:`CLIPBlock` under the key ``resblocks``; the arguments are those of a block.

    Args:
        dim: channels C.
        num_layers: number of blocks.
        num_heads: heads of the attention.
        causal: attend to the same and earlier tokens only.
        activation: of the MLPs.
        with_cp: recompute each block in the backward pass instead of keeping its activations.
    """

    def __init__(
        self,
        dim: int,
        num_layers: int,
        num_heads: int,
        *,
        causal: bool = False,
        activation: Activation = 'quick_gelu',
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        self.resblocks = nn.Sequential(
            *(CLIPBlock(dim, num_heads, causal=causal, activation=activation) for _ in range(num_layers))
        )
        self.reset()

    def reset(self) -> None:
        """Initialize normally, with deviations that keep the variance along the depth (as CLIP's authors)."""
        dim = len(self.resblocks[0].get_parameter('ln_1.weight')) if len(self.resblocks) else 1
        residual = (2 * len(self.resblocks)) ** -0.5 * dim**-0.5
        deviations = {
            'attn.in_proj_weight': dim**-0.5,
            'attn.out_proj.weight': residual,
            'mlp.c_fc.weight': (2 * dim) ** -0.5,
            'mlp.c_proj.weight': residual,
        }
        for block in self.resblocks:
            for name, std in deviations.items():
                nn.init.normal_(block.get_parameter(name), std=std)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.resblocks:
            x = run_block(block, x, with_cp=self.with_cp)  # (B, N, C) -> (B, N, C)
        return x
