"""UniFormerV2 (Li et al., 2022, https://arxiv.org/abs/2211.09552)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmaction.models.common.attention import PackedAttention
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.position import resize_space
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.fit import inflate_centre
from mmaction.weights.pretrained import split_init_cfg
from mmaction.weights.tables.clip import CLIP, CLIP_WEIGHTS

Config = Mapping[str, Any]


# a former public name: what an encoder's entries may lie below in a checkpoint, one inside the other
PREFIXES = ('backbone.', 'visual.')
# what CLIP has after the encoder, and classifiers
IGNORED = r'^(ln_post|head|cls_head)\.|^proj$'
# what the video model adds to CLIP
OWN_PARTS = r'^transformer\.(dec|dpe|norm)\.|^transformer\.(balance|temporal_cls_token)$|\.lmhra[12]\.'


def resize_positions(table: Tensor, grid: tuple[int, int]) -> Tensor:
    """Positions of a class token and n*n patches, bicubically for another grid: (1 + n*n, C) -> (1 + H*W, C)."""
    side = round((len(table) - 1) ** 0.5)
    return torch.cat([table[:1], resize_space(table[None, 1:], (side, side), grid)[0]])


class QuickGELU(nn.Module):
    """x * sigmoid(1.702 x): how CLIP approximates GELU."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


def _mlp(dim: int, hidden: int, dropout: float | None = None) -> nn.Sequential:
    """CLIP's MLP under its key names; the dropout stands between the activation and the second layer."""
    net = nn.Sequential()
    net.add_module('c_fc', nn.Linear(dim, hidden))
    net.add_module('gelu', QuickGELU())
    if dropout is not None:
        net.add_module('dropout', nn.Dropout(dropout))
    net.add_module('c_proj', nn.Linear(hidden, dim))
    return net


class LocalMHRA(nn.Module):
    """Local temporal relations (sec. 3.3): a depth-wise convolution over time between two projections.

    Args:
        dim: channels C.
        reduction: C over the channels in between.
        kernel: frames of the convolution.

    Shape:
        (B, C, T, H, W) -> the same; 0 at the start of the training.
    """

    def __init__(self, dim: int, reduction: float = 1.5, kernel: int = 3) -> None:
        super().__init__()
        hidden = int(dim // reduction)
        self.pos_embed = nn.Sequential(
            nn.BatchNorm3d(dim),
            nn.Conv3d(dim, hidden, 1),
            nn.Conv3d(hidden, hidden, (kernel, 1, 1), padding=(kernel // 2, 0, 0), groups=hidden),
            nn.Conv3d(hidden, dim, 1),
        )
        nn.init.zeros_(self.pos_embed[3].weight)
        nn.init.zeros_(self.pos_embed[3].bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.pos_embed(x)


class LocalBlock(nn.Module):
    """Local UniBlock (sec. 3.3): a block of CLIP's image encoder, with local temporal relations before its parts.

    Args:
        dim: channels C.
        num_heads: heads of the attention.
        drop_path: probability of leaving a branch out.
        dw_reduction: channels over hidden channels of the temporal relations.
        no_lmhra: leave the temporal relations out.
        double_lmhra: have them before the MLP too.

    Shape:
        (B, T, L, C), the class token of each frame first, then its H*W patches -> the same.
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        drop_path: float = 0.0,
        dw_reduction: float = 1.5,
        no_lmhra: bool = False,
        double_lmhra: bool = True,
    ) -> None:
        super().__init__()
        self.drop_path = DropPath(drop_path)
        self.lmhra1 = None if no_lmhra else LocalMHRA(dim, dw_reduction)
        self.lmhra2 = LocalMHRA(dim, dw_reduction) if double_lmhra and not no_lmhra else None
        self.attn = PackedAttention(dim, num_heads)
        self.ln_1 = nn.LayerNorm(dim)
        self.mlp = _mlp(dim, 4 * dim)
        self.ln_2 = nn.LayerNorm(dim)

    def _relate(self, x: Tensor, relation: nn.Module | None, grid: tuple[int, int]) -> Tensor:
        if relation is None:
            return x
        token, patches = x[:, :, :1], x[:, :, 1:]
        volume = patches.unflatten(2, grid).permute(0, 4, 1, 2, 3)  # (B, T, HW, C) -> (B, C, T, H, W)
        local = self.drop_path(relation(volume)).permute(0, 2, 3, 4, 1).flatten(2, 3)
        return torch.cat([token, patches + local], dim=2)

    def forward(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        x = self._relate(x, self.lmhra1, grid)
        x = x + self.drop_path(self.attn(self.ln_1(x).flatten(0, 1)).view(x.shape))  # attention inside a frame
        x = self._relate(x, self.lmhra2, grid)
        return x + self.drop_path(self.mlp(self.ln_2(x)))


class Extractor(nn.Module):
    """Global UniBlock (sec. 3.3): one token of the video attends to all tokens of all frames.

    Args:
        dim: channels C.
        num_heads: heads of the attention.
        mlp_factor: hidden channels of the MLP, as a multiple of C.
        dropout: of the MLP.
        drop_path: probability of leaving a branch out.

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
        self.mlp = _mlp(dim, round(mlp_factor * dim), dropout)
        self.ln_2 = nn.LayerNorm(dim)
        self.ln_3 = nn.LayerNorm(dim)
        self.reset()

    def reset(self) -> None:
        """Start as the identity."""
        for last in (self.attn.out_proj, self.mlp.c_proj):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        nn.init.xavier_uniform_(self.attn.in_proj_weight)
        nn.init.xavier_uniform_(self.mlp.c_fc.weight)

    def forward(self, x: Tensor, tokens: Tensor) -> Tensor:
        x = x + self.drop_path(self.attn(self.ln_1(x), self.ln_3(tokens)))
        return x + self.drop_path(self.mlp(self.ln_2(x)))


class Transformer(nn.Module):
    """Frames through the local blocks, and a video token through an extractor behind some of them.

    Arguments are those of :class:`UniFormerV2`.

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
    ) -> None:
        super().__init__()
        self.return_list = tuple(return_list)
        self.resblocks = nn.ModuleList(
            LocalBlock(width, heads, rate, dw_reduction, no_lmhra, double_lmhra)
            for rate in np.linspace(0, backbone_drop_path_rate, layers).tolist()
        )
        self.temporal_cls_token = nn.Parameter(torch.zeros(1, 1, n_dim))
        self.dpe = nn.ModuleList(nn.Conv3d(n_dim, n_dim, 3, padding=1, groups=n_dim) for _ in range(n_layers))
        for conv in self.dpe:
            nn.init.zeros_(conv.bias)
        rates = np.linspace(0, drop_path_rate, n_layers).tolist()
        self.dec = nn.ModuleList(
            Extractor(n_dim, n_head, mlp_factor, dropout, rate) for dropout, rate in zip(mlp_dropout, rates)
        )
        self.norm = nn.LayerNorm(n_dim)
        self.balance = nn.Parameter(torch.zeros(n_dim))

    def _with_positions(self, x: Tensor, conv: nn.Module, grid: tuple[int, int]) -> Tensor:
        """Add what a depth-wise convolution over space and time tells about a patch's place."""
        token, patches = x[:, :, :1], x[:, :, 1:]
        volume = patches.unflatten(2, grid).permute(0, 4, 1, 2, 3)  # (B, T, HW, C) -> (B, C, T, H, W)
        return torch.cat([token, patches + conv(volume).permute(0, 2, 3, 4, 1).flatten(2, 3)], dim=2)

    def forward(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        video = self.temporal_cls_token.to(x.dtype).repeat(len(x), 1, 1)
        extractors = iter(zip(self.dpe, self.dec))
        for i, block in enumerate(self.resblocks):
            x = block(x, grid)
            if i in self.return_list:
                conv, extractor = next(extractors)
                video = extractor(video, self._with_positions(x, conv, grid).flatten(1, 2))  # (B, T*L, C)
        weight = self.balance.sigmoid()
        frames = x[:, :, 0].mean(dim=1)  # class tokens of the frames, averaged
        return self.norm((1 - weight) * video[:, 0] + weight * frames)


@MODELS.register_module()
class UniFormerV2(Pretrained):
    """CLIP's image encoder for the frames, and extractors that gather the video from its last layers.

    Args:
        input_resolution: side of the clips, pixels.
        patch_size: side of a patch, pixels.
        width: channels of the image encoder.
        layers: its blocks.
        heads: heads of its attention.
        backbone_drop_path_rate: stochastic depth of its last block; it grows linearly from 0.
        t_size: frames of a clip; of the published configs: any number is taken.
        kernel_size: frames of the patch embedding with ``temporal_downsample``.
        dw_reduction: channels over hidden channels of the local temporal relations.
        temporal_downsample: embed every second frame, of ``kernel_size`` frames around it.
        no_lmhra: leave the local temporal relations out.
        double_lmhra: have them twice a block.
        return_list: blocks behind which there is an extractor, counted from 0.
        n_layers: number of extractors.
        n_dim: channels of the extractors; equal to ``width``.
        n_head: heads of their attention.
        mlp_factor: hidden channels of their MLPs, as a multiple of ``n_dim``.
        drop_path_rate: stochastic depth of the last extractor; it grows linearly from 0.
        mlp_dropout: dropout of each extractor's MLP.
        clip_pretrained: whether ``pretrained`` are weights of CLIP's image encoder: ``'ViT-B/16'``, ``'ViT-L/14'`` or
            ``'ViT-L/14_336'``, or a path or address of such; None: none are loaded.
        pretrained: path or address of weights that :meth:`init_weights` loads.
        init_cfg: config of the initialisation.

    Shape:
        (B, 3, T, H, W) -> (B, n_dim).
    """

    ignore = IGNORED

    def __init__(
        self,
        input_resolution: int = 224,
        patch_size: int = 16,
        width: int = 768,
        layers: int = 12,
        heads: int = 12,
        backbone_drop_path_rate: float = 0.0,
        t_size: int = 8,
        kernel_size: int = 3,
        dw_reduction: float = 1.5,
        temporal_downsample: bool = False,
        no_lmhra: bool = True,
        double_lmhra: bool = False,
        return_list: Sequence[int] = [8, 9, 10, 11],
        n_layers: int = 4,
        n_dim: int = 768,
        n_head: int = 12,
        mlp_factor: float = 4.0,
        drop_path_rate: float = 0.0,
        mlp_dropout: Sequence[float] = [0.5, 0.5, 0.5, 0.5],
        clip_pretrained: bool = True,
        pretrained: str | None = None,
        init_cfg: Config | list[Config] | None = [
            dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
            dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
        ],
    ) -> None:
        # A checkpoint of `init_cfg` is one of this network, whatever `clip_pretrained` says of `pretrained`.
        own, _ = split_init_cfg(init_cfg)
        super().__init__(None if own else pretrained, init_cfg)
        if width != n_dim:
            raise ValueError(f'n_dim ({n_dim}) must equal width ({width}): extractors read the tokens as they are.')
        if len(return_list) != n_layers or len(mlp_dropout) != n_layers:
            raise ValueError(
                f'return_list ({list(return_list)}) and mlp_dropout ({list(mlp_dropout)}) must have one entry for each '
                f'of the n_layers ({n_layers}) extractors.'
            )
        if not all(0 <= i < layers for i in return_list):
            raise ValueError(
                f'return_list ({list(return_list)}) must be in 0..{layers - 1}: there are {layers} layers.'
            )
        self.clip_pretrained = clip_pretrained and own is None
        if self.clip_pretrained:
            self.tables, self.optional = (CLIP,), OWN_PARTS
        self.input_resolution, self.patch_size, self.t_size = input_resolution, patch_size, t_size

        frames = (kernel_size, 2, (kernel_size - 1) // 2) if temporal_downsample else (1, 1, 0)
        kernel, stride, padding = (
            (n, *rest) for n, rest in zip(frames, ((patch_size,) * 2, (patch_size,) * 2, (0, 0)))
        )
        self.conv1 = nn.Conv3d(3, width, tuple(kernel), tuple(stride), tuple(padding), bias=False)
        side = input_resolution // patch_size
        self.class_embedding = nn.Parameter(width**-0.5 * torch.randn(width))
        self.positional_embedding = nn.Parameter(width**-0.5 * torch.randn(side**2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(
            width,
            layers,
            heads,
            backbone_drop_path_rate=backbone_drop_path_rate,
            dw_reduction=dw_reduction,
            no_lmhra=no_lmhra,
            double_lmhra=double_lmhra,
            return_list=return_list,
            n_layers=n_layers,
            n_dim=n_dim,
            n_head=n_head,
            mlp_factor=mlp_factor,
            drop_path_rate=drop_path_rate,
            mlp_dropout=mlp_dropout,
        )

    def init_rest(self) -> None:
        """Start the extractors as identities."""
        for extractor in self.transformer.dec:
            extractor.reset()

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``, or those of CLIP of that name."""
        super().load_pretrained(CLIP_WEIGHTS.get(source, source) if self.clip_pretrained else source)

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize the positions for this resolution, and give the patch embedding a time axis."""
        if name == 'positional_embedding' and weight.shape[1:] == tuple(shape)[1:] and len(weight) != shape[0]:
            side = round((shape[0] - 1) ** 0.5)
            return resize_positions(weight, (side, side))
        return inflate_centre(name, weight, shape)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)  # (B, 3, T, H, W) -> (B, C, T, H', W')
        grid = tuple(x.shape[3:])
        x = x.permute(0, 2, 3, 4, 1).flatten(2, 3)  # (B, T, H'*W', C)
        token = self.class_embedding.to(x.dtype).expand(*x.shape[:2], 1, -1)
        positions = self.positional_embedding
        if grid != (self.input_resolution // self.patch_size,) * 2:
            positions = resize_positions(positions, grid)
        x = self.ln_pre(torch.cat([token, x], dim=2) + positions.to(x.dtype))
        return self.transformer(x, grid)
