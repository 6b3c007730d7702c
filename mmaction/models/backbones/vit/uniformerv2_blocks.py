"""Blocks of UniFormerV2: CLIP's image encoder with temporal relations, and extractors of the video token."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.attention import PackedAttention
from mmaction.models.common.clip_block import QuickGELU as QuickGELU
from mmaction.models.common.clip_block import clip_mlp
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.recompute import run_block

InitCfg = dict | list[dict] | None


def _zero(layer: nn.Module) -> None:
    """Zero all parameters of a layer."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


class Local_MHRA(BaseModule):
    """Local temporal relations (sec. 3.3): a depthwise convolution over time between two projections.

    Args:
        d_model: channels C.
        dw_reduction: C relative to the channels in between.
        pos_kernel_size: frames of the convolution.
        init_cfg: initialization.

    Shape:
        (B, C, T, H, W) -> (B, C, T, H, W); 0 at the start of training.
    """

    def __init__(
        self, d_model: int, dw_reduction: float = 1.5, pos_kernel_size: int = 3, init_cfg: InitCfg = None
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        hidden = int(d_model // dw_reduction)
        around = (pos_kernel_size // 2, 0, 0)
        self.pos_embed = nn.Sequential(
            nn.BatchNorm3d(d_model),
            nn.Conv3d(d_model, hidden, 1),
            nn.Conv3d(hidden, hidden, (pos_kernel_size, 1, 1), padding=around, groups=hidden),
            nn.Conv3d(hidden, d_model, 1),
        )
        _zero(self.pos_embed[3])

    def forward(self, x: Tensor) -> Tensor:
        return self.pos_embed(x)


class ResidualAttentionBlock(BaseModule):
    """Local UniBlock (sec. 3.3): block of CLIP's image encoder with local temporal relations before each part.

    The arguments are those of :class:`UniFormerV2`, for one block of ``d_model`` channels and ``n_head`` heads.

    Shape:
        (B, T, L, C), the class token of each frame first, then its H*W patches -> (B, T, L, C); or, as in MMAction2,
        (L, B*T, C) with T as the second argument and H = W.
    """

    def __init__(
        self,
        d_model: int,
        n_head: int,
        drop_path: float = 0.0,
        dw_reduction: float = 1.5,
        no_lmhra: bool = False,
        double_lmhra: bool = True,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.drop_path = DropPath(drop_path)
        self.lmhra1 = None if no_lmhra else Local_MHRA(d_model, dw_reduction)
        self.lmhra2 = Local_MHRA(d_model, dw_reduction) if double_lmhra and not no_lmhra else None
        self.attn = PackedAttention(d_model, n_head)
        self.ln_1 = nn.LayerNorm(d_model)
        self.mlp = clip_mlp(d_model, 4 * d_model)
        self.ln_2 = nn.LayerNorm(d_model)

    def _relate(self, x: Tensor, relation: nn.Module | None, grid: tuple[int, int]) -> Tensor:
        if relation is None:
            return x
        token, patches = x[:, :, :1], x[:, :, 1:]
        volume = patches.unflatten(2, grid).permute(0, 4, 1, 2, 3)  # (B, T, HW, C) -> (B, C, T, H, W)
        local = self.drop_path(relation(volume)).permute(0, 2, 3, 4, 1).flatten(2, 3)
        return torch.cat([token, patches + local], dim=2)

    def forward(self, x: Tensor, T: int | tuple[int, int] = 8) -> Tensor:
        """Run the block.

        Args:
            x: tokens (B, T, L, C), or (L, B*T, C).
            T: grid (H, W) of the patches of a frame, or, for the second layout, the number of frames.
        """
        if isinstance(T, tuple):
            return self._run(x, T)
        side = math.isqrt(len(x) - 1)
        clips = x.transpose(0, 1).unflatten(0, (-1, T))  # (L, B*T, C) -> (B, T, L, C)
        return self._run(clips, (side, side)).flatten(0, 1).transpose(0, 1)

    def _run(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        x = self._relate(x, self.lmhra1, grid)
        x = x + self.drop_path(self.attn(self.ln_1(x).flatten(0, 1)).view(x.shape))  # attention inside a frame
        x = self._relate(x, self.lmhra2, grid)
        return x + self.drop_path(self.mlp(self.ln_2(x)))


class Extractor(nn.Module):
    """Global UniBlock (sec. 3.3): a video token attends to all tokens of all frames.

    The arguments are those of :class:`UniFormerV2`, for one block of ``dim`` channels.

    Shape:
        video token (B, 1, C) and tokens (B, N, C) -> (B, 1, C).
    """

    def __init__(
        self, dim: int, num_heads: int, mlp_factor: float = 4.0, dropout: float = 0.0, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.drop_path = DropPath(drop_path)
        self.attn = PackedAttention(dim, num_heads)
        self.ln_1 = nn.LayerNorm(dim)
        self.mlp = clip_mlp(dim, round(mlp_factor * dim), dropout)
        self.ln_2 = nn.LayerNorm(dim)
        self.ln_3 = nn.LayerNorm(dim)
        self.reset()

    def reset(self) -> None:
        """Initialize as the identity."""
        _zero(self.attn.out_proj)
        _zero(self.mlp.get_submodule('c_proj'))
        nn.init.xavier_uniform_(self.attn.in_proj_weight)
        nn.init.xavier_uniform_(self.mlp.get_parameter('c_fc.weight'))

    def forward(self, x: Tensor, tokens: Tensor) -> Tensor:
        x = x + self.drop_path(self.attn(self.ln_1(x), self.ln_3(tokens)))
        return x + self.drop_path(self.mlp(self.ln_2(x)))


class Transformer(nn.Module):
    """Local blocks over frames, and extractors that update a video token after some of these blocks.

    The arguments are those of :class:`UniFormerV2`.

    Shape:
        (B, T, L, C) and the grid (H, W), L = 1 + H*W -> (B, n_dim).
    """

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        *,
        backbone_drop_path_rate: float,
        dw_reduction: float,
        no_lmhra: bool,
        double_lmhra: bool,
        return_list: Sequence[int],
        n_layers: int,
        n_dim: int,
        n_head: int,
        mlp_factor: float,
        drop_path_rate: float,
        mlp_dropout: Sequence[float],
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        self.return_list = tuple(return_list)
        self.resblocks = nn.ModuleList(
            ResidualAttentionBlock(width, heads, rate, dw_reduction, no_lmhra, double_lmhra)
            for rate in np.linspace(0, backbone_drop_path_rate, layers).tolist()
        )
        self.temporal_cls_token = nn.Parameter(torch.zeros(1, 1, n_dim))
        self.dpe = nn.ModuleList(nn.Conv3d(n_dim, n_dim, 3, padding=1, groups=n_dim) for _ in range(n_layers))
        for conv in self.dpe:
            nn.init.zeros_(conv.get_parameter('bias'))
        rates = np.linspace(0, drop_path_rate, n_layers).tolist()
        self.dec = nn.ModuleList(
            Extractor(n_dim, n_head, mlp_factor, dropout, rate) for dropout, rate in zip(mlp_dropout, rates)
        )
        self.norm = nn.LayerNorm(n_dim)
        self.balance = nn.Parameter(torch.zeros(n_dim))

    def _with_positions(self, x: Tensor, conv: nn.Module, grid: tuple[int, int]) -> Tensor:
        """Add position information to the patches, by a depthwise convolution over space and time."""
        token, patches = x[:, :, :1], x[:, :, 1:]
        volume = patches.unflatten(2, grid).permute(0, 4, 1, 2, 3)  # (B, T, HW, C) -> (B, C, T, H, W)
        return torch.cat([token, patches + conv(volume).permute(0, 2, 3, 4, 1).flatten(2, 3)], dim=2)

    def forward(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        video = self.temporal_cls_token.to(x.dtype).repeat(len(x), 1, 1)
        extractors = iter(zip(self.dpe, self.dec))
        for i, block in enumerate(self.resblocks):
            x = run_block(block, x, grid, with_cp=self.with_cp)
            if i in self.return_list:
                conv, extractor = next(extractors)
                tokens = self._with_positions(x, conv, grid).flatten(1, 2)  # (B, T*L, C)
                video = run_block(extractor, video, tokens, with_cp=self.with_cp)
        weight = self.balance.sigmoid()
        frames = x[:, :, 0].mean(dim=1)  # class tokens of the frames, averaged
        return self.norm((1 - weight) * video[:, 0] + weight * frames)


# former public names
LocalMHRA = Local_MHRA
LocalBlock = ResidualAttentionBlock
