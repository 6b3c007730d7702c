"""UniFormer (Li et al., 2022, https://arxiv.org/abs/2201.04676)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor, nn

from mmaction.models.common.attention import Attention
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.window_attention import drop_path_rates
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.fit import inflate_centre
from mmaction.weights.pretrained import TRANSFORMER_INIT, InitCfg
from mmaction.weights.tables.uniformer import AUTHORS

Config = Mapping[str, Any]


class _ConvMlp(nn.Module):
    """MLP over the channels of (B, C, T, H, W)."""

    def __init__(self, dim: int, hidden: int, drop: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Conv3d(dim, hidden, 1)
        self.act = nn.GELU()
        self.fc2 = nn.Conv3d(hidden, dim, 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class LocalBlock(nn.Module):
    """Local relation aggregation (sec. 3.2): the affinity of tokens is a learned 5x5x5 depthwise kernel.

    The arguments are those of :class:`UniFormer`, for one block of ``dim`` channels.

    Shape:
        (B, C, T, H, W) -> (B, C, T, H, W).
    """

    def __init__(self, dim: int, mlp_ratio: float = 4.0, drop: float = 0.0, drop_path: float = 0.0) -> None:
        super().__init__()
        self.pos_embed = nn.Conv3d(dim, dim, 3, padding=1, groups=dim)
        self.norm1 = nn.BatchNorm3d(dim)
        self.conv1 = nn.Conv3d(dim, dim, 1)
        self.conv2 = nn.Conv3d(dim, dim, 1)
        self.attn = nn.Conv3d(dim, dim, 5, padding=2, groups=dim)
        self.drop_path = DropPath(drop_path)
        self.norm2 = nn.BatchNorm3d(dim)
        self.mlp = _ConvMlp(dim, int(dim * mlp_ratio), drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pos_embed(x)
        x = x + self.drop_path(self.conv2(self.attn(self.conv1(self.norm1(x)))))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class GlobalBlock(nn.Module):
    """Global relation aggregation (sec. 3.2): self-attention of all tokens of the clip.

    The arguments are those of :class:`UniFormer`, for one block of ``dim`` channels.

    Shape:
        (B, C, T, H, W) -> (B, C, T, H, W).
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        *,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop: float = 0.0,
        attn_drop: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.pos_embed = nn.Conv3d(dim, dim, 3, padding=1, groups=dim)
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, num_heads, qkv_bias=qkv_bias, scale=qk_scale, attn_drop=attn_drop, proj_drop=drop)
        self.drop_path = DropPath(drop_path)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Mlp(dim, int(dim * mlp_ratio), drop=drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pos_embed(x)
        grid = x.shape[2:]
        x = x.flatten(2).transpose(1, 2)  # (B, C, T, H, W) -> (B, N, C)
        x = x + self.drop_path(self.attn(self.norm1(x)))
        x = x + self.drop_path(self.mlp(self.norm2(x)))
        return x.transpose(1, 2).unflatten(2, grid)


class _PatchEmbed(nn.Module):
    """Patch embedding (B, C, T, H, W) -> (B, C', T', H', W'), normalized over the channels."""

    def __init__(
        self,
        in_dim: int,
        dim: int,
        kernel: tuple[int, int, int],
        stride: tuple[int, int, int],
        padding: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.proj = nn.Conv3d(in_dim, dim, kernel, stride, padding)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.proj(x).permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3)


@MODELS.register_module()
class UniFormer(Pretrained):
    """Local relations at the first two stages, global ones at the last two.

    Args:
        depth: blocks of each of the four stages.
        img_size: side of the clips in pixels, a multiple of 32; a keyword of published configs without effect.
        in_chans: channels of the clips.
        embed_dim: channels of each stage.
        head_dim: channels of an attention head.
        mlp_ratio: hidden channels of an MLP, as a multiple of its input channels.
        qkv_bias: whether the projections to queries, keys and values have a bias.
        qk_scale: factor of the attention logits; None: ``head_dim ** -0.5``.
        drop_rate: dropout of the tokens, the MLPs and the attention output.
        attn_drop_rate: dropout of the attention weights.
        drop_path_rate: stochastic depth of the last block; it increases linearly from 0.
        pretrained2d: whether ``pretrained`` is a UniFormer for images, whose kernels become the middle frame of ours.
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        init_cfg: initialization.

    Shape:
        (B, in_chans, T, H, W) -> (B, embed_dim[3], T/2, H/32, W/32).
    """

    tables = (AUTHORS,)
    ignore = r'^(head|pre_logits|cls_head)\.'

    def __init__(
        self,
        depth: Sequence[int] = [5, 8, 20, 7],
        img_size: int = 224,
        in_chans: int = 3,
        embed_dim: Sequence[int] = [64, 128, 320, 512],
        head_dim: int = 64,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        pretrained2d: bool = True,
        pretrained: str | None = None,
        init_cfg: InitCfg = TRANSFORMER_INIT,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        for name, value in (('depth', depth), ('embed_dim', embed_dim)):
            if len(value) != 4:
                raise ValueError(f'{name} ({list(value)}) must have one entry per stage (4).')
        if img_size % 32:
            raise ValueError(f'img_size ({img_size}) must be a multiple of 32.')
        self.pretrained2d = pretrained2d
        rates = drop_path_rates(drop_path_rate, depth)
        self.pos_drop = nn.Dropout(drop_rate)
        self.patch_embed1 = _PatchEmbed(in_chans, embed_dim[0], (3, 4, 4), (2, 4, 4), (1, 0, 0))
        for stage, (coarse, fine) in enumerate(pairwise(embed_dim), start=2):
            self.add_module(f'patch_embed{stage}', _PatchEmbed(coarse, fine, (1, 2, 2), (1, 2, 2)))
        for stage, dim in enumerate(embed_dim[:2]):
            self.add_module(
                f'blocks{stage + 1}',
                nn.ModuleList(LocalBlock(dim, mlp_ratio, drop_rate, rate) for rate in rates[stage]),
            )
        for stage, dim in enumerate(embed_dim[2:], start=2):
            blocks = nn.ModuleList(
                GlobalBlock(
                    dim,
                    dim // head_dim,
                    mlp_ratio,
                    qkv_bias=qkv_bias,
                    qk_scale=qk_scale,
                    drop=drop_rate,
                    attn_drop=attn_drop_rate,
                    drop_path=rate,
                )
                for rate in rates[stage]
            )
            self.add_module(f'blocks{stage + 1}', blocks)
        self.norm = nn.BatchNorm3d(embed_dim[3])

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Make 2D kernels the middle frame of ours, if ``pretrained2d``."""
        return inflate_centre(name, weight, shape) if self.pretrained2d else weight

    def forward(self, x: Tensor) -> Tensor:
        for stage in range(1, 5):
            x = getattr(self, f'patch_embed{stage}')(x)
            if stage == 1:
                x = self.pos_drop(x)
            for block in getattr(self, f'blocks{stage}'):
                x = block(x)
        return self.norm(x)
