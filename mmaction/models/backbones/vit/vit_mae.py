"""Vision Transformer over tubelets, as VideoMAE fine-tunes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones.freezing import check_frozen
from mmaction.models.backbones.vit.clip_tokens import ClipTokens
from mmaction.models.common.bricks import build_norm
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.ffn import FFN
from mmaction.models.common.patch_embed import PatchEmbed
from mmaction.models.common.position import resize_grid, resize_space, sine_table
from mmaction.models.common.qv_bias_attention import QVBiasAttention
from mmaction.models.common.recompute import run_block
from mmaction.models.common.window_attention import drop_path_rates
from mmaction.registry import MODELS
from mmaction.utils.check import warn_unread
from mmaction.weights.pretrained import TRANSFORMER_INIT, InitCfg
from mmaction.weights.tables.videomae import AUTHORS

__all__ = ['Attention', 'Block', 'VisionTransformer', 'get_sinusoid_encoding']


def get_sinusoid_encoding(n_position: int, embed_dims: int) -> Tensor:
    """Fixed sine table of positions, (1, n_position, embed_dims), see :func:`sine_table`."""
    return sine_table(n_position, embed_dims)


class Attention(QVBiasAttention, BaseModule):
    """Self-attention with biases of the queries and values, and none of the keys: (B, N, C) -> (B, N, C).

    Args:
        embed_dims: channels C.
        num_heads: heads; a divisor of C.
        qkv_bias: whether there are biases.
        qk_scale: factor of the logits; None: (C / num_heads) ** -0.5.
        attn_drop_rate: dropout of the attention weights.
        drop_rate: dropout of the output.
        init_cfg: initialization.
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int = 8,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        attn_drop_rate: float = 0.0,
        drop_rate: float = 0.0,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(
            embed_dims,
            num_heads,
            qkv_bias=qkv_bias,
            scale=qk_scale or None,
            attn_drop=attn_drop_rate,
            proj_drop=drop_rate,
        )
        self.init_cfg = init_cfg
        self.embed_dims = embed_dims


class Block(BaseModule):
    """Transformer layer: attention and an MLP, each with a norm before it and an optional factor after it.

    The arguments are those of :class:`VisionTransformer`, for one layer; the factor is that of LayerScale
    (https://arxiv.org/abs/2103.17239).

    Shape:
        (B, N, C) -> (B, N, C).
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        init_values: float | None = 0.0,
        act_cfg: dict = dict(type='GELU'),
        norm_cfg: dict = dict(type='LN', eps=1e-6),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.norm1 = build_norm(norm_cfg, embed_dims)[1]
        self.attn = Attention(embed_dims, num_heads, qkv_bias, qk_scale, attn_drop_rate, drop_rate)
        self.norm2 = build_norm(norm_cfg, embed_dims)[1]
        self.mlp = FFN(embed_dims, int(embed_dims * mlp_ratio), act_cfg=act_cfg, ffn_drop=drop_rate, add_identity=False)
        self.drop_path = DropPath(drop_path_rate)
        self.gamma_1 = self.gamma_2 = None
        if init_values is not None and init_values > 0:
            self.gamma_1 = nn.Parameter(torch.full((embed_dims,), float(init_values)))
            self.gamma_2 = nn.Parameter(torch.full((embed_dims,), float(init_values)))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(_scaled(self.attn(self.norm1(x)), self.gamma_1))
        return x + self.drop_path(_scaled(self.mlp(self.norm2(x)), self.gamma_2))


def _scaled(x: Tensor, factor: Tensor | None) -> Tensor:
    return x if factor is None else x * factor


@MODELS.register_module()
class VisionTransformer(ClipTokens):
    """ViT with joint space-time attention over tubelets and without a class token.

    `VideoMAE: Masked Autoencoders are Data-Efficient Learners for Self-Supervised Video Pre-Training
    <https://arxiv.org/abs/2203.12602>`_ and `VideoMAE V2 <https://arxiv.org/abs/2303.16727>`_. With
    ``tubelet_size=1``, the network of `UMT <https://arxiv.org/abs/2303.16058>`_, whose weights have the same names.

    Args:
        img_size: side of the frames in pixels.
        patch_size: side of a tubelet in pixels.
        in_channels: channels of the input.
        embed_dims: channels C of a token.
        depth: layers.
        num_heads: heads of the attention.
        mlp_ratio: hidden channels of an MLP, as a multiple of C.
        qkv_bias: whether queries and values have biases.
        qk_scale: factor of the logits; None: (C / num_heads) ** -0.5.
        drop_rate: dropout of the embedding and of projections.
        attn_drop_rate: dropout of the attention weights.
        drop_path_rate: stochastic depth of the last layer; it increases linearly from 0.
        norm_cfg: norm layer.
        init_values: initial factor of each branch; 0: no factors.
        use_learnable_pos_emb: learn the positions, instead of a fixed sine table.
        num_frames: frames per clip.
        tubelet_size: frames per tubelet.
        use_mean_pooling: average the tokens, then normalize; False: normalize, then take the first token.
        pretrained: path or URL of weights, ours or with the names of VideoMAE (a pre-trained or a fine-tuned
            model).
        return_feat_map: return all tokens as a feature map, as detectors require.
        init_cfg: initialization.
        with_cp: recompute each block in the backward pass instead of keeping its activations.
        frozen_stages: -1 trains all; 0 freezes the embeddings, i the first i blocks as well, ``depth`` the whole.
        **unread: ignored with a warning, as MMAction2 accepts them.

    Shape:
        (B, in_channels, T, H, W) -> (B, C), or (B, C, T', H', W') with ``return_feat_map``. Positions are resized for
        other T, H and W than the configured ones; an incomplete tubelet at the end is ignored.

    Raises:
        ValueError: ``num_frames`` or ``img_size`` holds no tubelet, the clip is smaller than one, or
            ``frozen_stages`` is out of range.
    """

    pos_embed: Tensor  # a parameter if learned, else a buffer
    tables = (AUTHORS,)
    norm_names = ('norm', 'fc_norm')
    # A pre-trained encoder ends in `norm`. A model that averages its tokens does not use it, and its `fc_norm` starts
    # anew, as in the authors' fine-tuning.
    ignore = r'^(norm|cls_head|decoder|mask_token)\b'
    optional = r'^(fc_norm\.|pos_embed$)'

    def __init__(
        self,
        img_size: int = 224,
        patch_size: int = 16,
        in_channels: int = 3,
        embed_dims: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        norm_cfg: dict = dict(type='LN', eps=1e-6),
        init_values: float | None = 0.0,
        use_learnable_pos_emb: bool = False,
        num_frames: int = 16,
        tubelet_size: int = 2,
        use_mean_pooling: bool = True,
        pretrained: str | None = None,
        return_feat_map: bool = False,
        init_cfg: InitCfg = TRANSFORMER_INIT,
        with_cp: bool = False,
        frozen_stages: int = -1,
        **unread: Any,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        warn_unread(self, unread)
        check_frozen(frozen_stages, depth)
        self.frozen_stages = frozen_stages
        self.with_cp = with_cp
        self.embed_dims = embed_dims
        self.patch_size = patch_size
        self.tubelet_size = tubelet_size
        self.frames = num_frames // tubelet_size
        side = img_size // patch_size
        if not self.frames or not side:
            raise ValueError(
                f'A clip of {num_frames} frames of {img_size} x {img_size} pixels holds no tubelet of {tubelet_size} x '
                f'{patch_size} x {patch_size}. Raise num_frames or img_size.'
            )
        self.grid_size = (side, side)
        self.return_feat_map = return_feat_map

        tubelet = (tubelet_size, patch_size, patch_size)
        self.patch_embed = PatchEmbed(in_channels, embed_dims, tubelet, conv_cfg=dict(type='Conv3d'))
        positions = self.frames * side * side
        if use_learnable_pos_emb:
            self.pos_embed = nn.Parameter(torch.zeros(1, positions, embed_dims))
            nn.init.trunc_normal_(self.pos_embed, std=0.02)
        else:
            self.register_buffer('pos_embed', sine_table(positions, embed_dims))
        self.pos_drop = nn.Dropout(drop_rate)
        self.blocks = nn.ModuleList(
            Block(
                embed_dims,
                num_heads,
                mlp_ratio,
                qkv_bias,
                qk_scale,
                drop_rate,
                attn_drop_rate,
                rate,
                init_values,
                norm_cfg=norm_cfg,
            )
            for rate in drop_path_rates(drop_path_rate, [depth])[0]
        )
        norm = build_norm(norm_cfg, embed_dims)[1]
        self.norm: nn.Module = nn.Identity() if use_mean_pooling else norm
        self.fc_norm: nn.Module | None = norm if use_mean_pooling else None

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize the positions to the grid of this model; fixed ones are computed, not loaded."""
        if name != 'pos_embed' or tuple(weight.shape) == tuple(shape):
            return weight
        if not isinstance(self.pos_embed, nn.Parameter):
            return self.pos_embed
        side = math.isqrt(weight.shape[1] // self.frames)
        if self.frames * side**2 != weight.shape[1]:
            return weight
        return resize_space(weight, (side, side), self.grid_size)

    def positions(self, grid: tuple[int, int, int]) -> Tensor:
        """Position table for a grid (T', H', W') of tokens: (1, N, C)."""
        return resize_grid(self.pos_embed, (self.frames, *self.grid_size), grid)

    def embed(self, x: Tensor) -> tuple[Tensor, tuple[int, int, int]]:
        """(B, in_channels, T, H, W) -> tokens with their positions (B, N, C), and their grid (T', H', W')."""
        self.check_clip(x)
        x, grid = self.patch_embed(x)
        return x + self.positions(grid).to(x.dtype), grid

    def encode(self, x: Tensor) -> Tensor:
        """Run the layers over all or some of the tokens: (B, N, C) -> (B, N, C)."""
        x = self.pos_drop(x)
        for block in self.blocks:
            x = run_block(block, x, with_cp=self.with_cp)
        return self.norm(x)

    def forward(self, x: Tensor) -> Tensor:
        x, grid = self.embed(x)
        x = self.encode(x)
        if self.return_feat_map:
            return x.transpose(1, 2).unflatten(2, grid)  # (B, N, C) -> (B, C, T', H', W')
        if self.fc_norm is not None:
            return self.fc_norm(x.mean(1))
        return x[:, 0]
