"""Blocks of UniFormer (Li et al., 2022, https://arxiv.org/abs/2201.04676), with the constructors of MMAction2."""

from __future__ import annotations

from collections.abc import Callable

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.attention import Attention
from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp

InitCfg = dict | list[dict] | None


def conv_3xnxn(inp: int, oup: int, kernel_size: int = 3, stride: int = 3, groups: int = 1) -> nn.Conv3d:
    """Convolution over three frames that halves time."""
    sides = (kernel_size, kernel_size)
    return nn.Conv3d(inp, oup, (3, *sides), (2, stride, stride), (1, 0, 0), groups=groups)


def conv_1xnxn(inp: int, oup: int, kernel_size: int = 3, stride: int = 3, groups: int = 1) -> nn.Conv3d:
    """Convolution of each frame."""
    return nn.Conv3d(inp, oup, (1, kernel_size, kernel_size), (1, stride, stride), (0, 0, 0), groups=groups)


def conv_1x1x1(inp: int, oup: int, groups: int = 1) -> nn.Conv3d:
    """Pointwise convolution."""
    return nn.Conv3d(inp, oup, 1, groups=groups)


def conv_3x3x3(inp: int, oup: int, groups: int = 1) -> nn.Conv3d:
    """Convolution of kernel 3 that keeps the size."""
    return nn.Conv3d(inp, oup, 3, padding=1, groups=groups)


def conv_5x5x5(inp: int, oup: int, groups: int = 1) -> nn.Conv3d:
    """Convolution of kernel 5 that keeps the size."""
    return nn.Conv3d(inp, oup, 5, padding=2, groups=groups)


def bn_3d(dim: int) -> nn.BatchNorm3d:
    """Batch norm of clips."""
    return nn.BatchNorm3d(dim)


class CMlp(BaseModule):
    """MLP over the channels of (B, C, T, H, W).

    Args:
        in_features: channels C.
        hidden_features: channels in between. Default: C.
        out_features: channels of the output. Default: C.
        act_layer: class of the activation.
        drop: dropout after each layer.
        init_cfg: initialization.
    """

    def __init__(
        self,
        in_features: int,
        hidden_features: int | None = None,
        out_features: int | None = None,
        act_layer: Callable[[], nn.Module] = nn.GELU,
        drop: float = 0.0,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        hidden = hidden_features or in_features
        self.fc1 = conv_1x1x1(in_features, hidden)
        self.act = act_layer()
        self.fc2 = conv_1x1x1(hidden, out_features or in_features)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class CBlock(BaseModule):
    """Local relation aggregation (sec. 3.2): the affinity of tokens is a learned 5x5x5 depthwise kernel.

    The arguments are those of :class:`SABlock`, of which those of its attention have no effect.

    Shape:
        (B, C, T, H, W) -> (B, C, T, H, W).
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop: float = 0.0,
        attn_drop: float = 0.0,
        drop_path: float = 0.0,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.pos_embed = conv_3x3x3(dim, dim, groups=dim)
        self.norm1 = bn_3d(dim)
        self.conv1 = conv_1x1x1(dim, dim)
        self.conv2 = conv_1x1x1(dim, dim)
        self.attn = conv_5x5x5(dim, dim, groups=dim)
        self.drop_path = DropPath(drop_path)
        self.norm2 = bn_3d(dim)
        self.mlp = CMlp(dim, int(dim * mlp_ratio), drop=drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pos_embed(x)
        x = x + self.drop_path(self.conv2(self.attn(self.conv1(self.norm1(x)))))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class SABlock(BaseModule):
    """Global relation aggregation (sec. 3.2): self-attention of all tokens of the clip.

    Args:
        dim: channels C.
        num_heads: heads of the attention.
        mlp_ratio: hidden channels of the MLP, as a multiple of C.
        qkv_bias: whether queries, keys and values have biases.
        qk_scale: factor of the logits; None: (channels of a head) ** -0.5.
        drop: dropout of the MLP and of the attention output.
        attn_drop: dropout of the attention weights.
        drop_path: stochastic depth.
        init_cfg: initialization.

    Shape:
        (B, C, T, H, W) -> (B, C, T, H, W).
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop: float = 0.0,
        attn_drop: float = 0.0,
        drop_path: float = 0.0,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.pos_embed = conv_3x3x3(dim, dim, groups=dim)
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


class PatchEmbed(BaseModule):
    """Patch embedding of each frame (B, C, T, H, W) -> (B, C', T, H', W'), normalized over the channels.

    Args:
        img_size: side of the frames; for reference, clips of any size are taken.
        patch_size: side of a patch.
        in_chans: channels C.
        embed_dim: channels C'.
        init_cfg: initialization.
    """

    def __init__(
        self,
        img_size: int = 224,
        patch_size: int = 16,
        in_chans: int = 3,
        embed_dim: int = 768,
        init_cfg: InitCfg = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.img_size, self.patch_size = (img_size, img_size), (patch_size, patch_size)
        self.num_patches = (img_size // patch_size) ** 2
        self.norm = nn.LayerNorm(embed_dim)
        self.proj = self._convolution(in_chans, embed_dim, patch_size)

    def _convolution(self, in_chans: int, embed_dim: int, side: int) -> nn.Conv3d:
        return conv_1xnxn(in_chans, embed_dim, side, side)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.proj(x).permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3)


class SpeicalPatchEmbed(PatchEmbed):
    """Patch embedding of the first stage, which also halves time. The name is spelled as in MMAction2."""

    def _convolution(self, in_chans: int, embed_dim: int, side: int) -> nn.Conv3d:
        return conv_3xnxn(in_chans, embed_dim, side, side)


# former public names
LocalBlock = CBlock
GlobalBlock = SABlock
