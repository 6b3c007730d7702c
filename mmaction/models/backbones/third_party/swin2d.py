"""Swin Transformer for images under timm's key names (Liu et al., 2021, https://arxiv.org/abs/2103.14030).

The names are those of timm since 0.9: a stage begins with its ``downsample``. Checkpoints of the authors and of earlier
timm, where a stage ends with it, are renamed when loaded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.mlp import Mlp
from mmaction.models.common.window_attention import (
    ShiftedWindows,
    WindowAttention,
    attend_shifted,
    drop_path_rates,
    effective_shift,
    mask_of_windows,
)
from mmaction.weights import RenameTable
from mmaction.weights.pretrained import TRANSFORMER_INIT
from mmaction.weights.rename import KEEP, State

from ._pretrained import PretrainedBackbone


class _Arch(NamedTuple):
    dim: int
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    weights: str


_AUTHORS = 'https://github.com/SwinTransformer/storage/releases/download/'
_WINDOW = (7, 7)
_SHIFT = (3, 3)  # half a window, in every second block
# the files behind timm's names without a tag
ARCHS: dict[str, _Arch] = {
    'swin_tiny_patch4_window7_224': _Arch(
        96, (2, 2, 6, 2), (3, 6, 12, 24), _AUTHORS + 'v1.0.0/swin_tiny_patch4_window7_224.pth'
    ),
    'swin_small_patch4_window7_224': _Arch(
        96, (2, 2, 18, 2), (3, 6, 12, 24), _AUTHORS + 'v1.0.8/swin_small_patch4_window7_224_22kto1k_finetune.pth'
    ),
    'swin_base_patch4_window7_224': _Arch(
        128, (2, 2, 18, 2), (4, 8, 16, 32), _AUTHORS + 'v1.0.0/swin_base_patch4_window7_224_22kto1k.pth'
    ),
    'swin_large_patch4_window7_224': _Arch(
        192, (2, 2, 18, 2), (6, 12, 24, 48), _AUTHORS + 'v1.0.0/swin_large_patch4_window7_224_22kto1k.pth'
    ),
}


def _open_stages(state: State) -> State:
    """Move the ``downsample`` that ends a stage in earlier releases to the start of the next."""
    if not any(name.startswith('layers.0.downsample.') for name in state):
        return state
    return {re.sub(r'^layers\.(\d)\.downsample\.', _one_stage_later, name): value for name, value in state.items()}


def _one_stage_later(name: re.Match[str]) -> str:
    return f'layers.{int(name[1]) + 1}.downsample.'


_EARLIER = RenameTable(
    source='Swin or of timm before 0.9',
    mark=r'^layers\.0\.downsample\.|\.(relative_position_index|attn_mask)$',
    rules=((r'.*\.(relative_position_index|attn_mask)', None), *KEEP),
    finish=_open_stages,
)


class _PatchEmbed(nn.Module):
    """(N, 3, H, W) -> (N, H/4, W/4, C)."""

    def __init__(self, channels: int, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, 4, stride=4)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        x = F.pad(x, (0, -width % 4, 0, -height % 4))
        return self.norm(self.proj(x).permute(0, 2, 3, 1))


class _PatchMerging(nn.Module):
    """(N, H, W, C) -> (N, H/2, W/2, 2C)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * dim)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        _, height, width, _ = x.shape
        x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        # channels by column, then row, of a 2x2 patch: (0,0), (1,0), (0,1), (1,1)
        x = x.unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).permute(0, 1, 3, 4, 2, 5).flatten(3)
        return self.reduction(self.norm(x))


class _Block(nn.Module):
    def __init__(
        self, dim: int, heads: int, shift: tuple[int, int], drop: float, attn_drop: float, drop_path: float
    ) -> None:
        super().__init__()
        self.shift = shift
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, _WINDOW, heads, attn_drop=attn_drop, proj_drop=drop)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, 4 * dim, drop=drop)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor, mask: Tensor | ShiftedWindows | None) -> Tensor:
        shift = effective_shift(x.shape[1:-1], _WINDOW, self.shift)
        x = x + self.drop_path(attend_shifted(self.norm1(x), self.attn, _WINDOW, shift, mask))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class _Stage(nn.Module):
    def __init__(
        self, dim: int, heads: int, merge: bool, drop: float, attn_drop: float, drop_paths: list[float]
    ) -> None:
        super().__init__()
        self.downsample = _PatchMerging(dim // 2) if merge else nn.Identity()
        shifts = ((0, 0), _SHIFT)
        self.blocks = nn.ModuleList(
            _Block(dim, heads, shifts[i % 2], drop, attn_drop, rate) for i, rate in enumerate(drop_paths)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.downsample(x)
        shift = effective_shift(x.shape[1:-1], _WINDOW, _SHIFT)
        mask = mask_of_windows(x, _WINDOW, shift, self.blocks)
        for block in self.blocks:
            x = block(x, mask)
        return x


class SwinTransformer(PretrainedBackbone):
    """Swin Transformer without its classifier.

    Args:
        arch: ``swin_{tiny,small,base,large}_patch4_window7_224``.
        pretrained, init_cfg: see :class:`PretrainedBackbone`; True means the file behind timm's name.
        in_chans: channels of the input.
        drop_rate: dropout of projections.
        attn_drop_rate: dropout of attention weights.
        drop_path_rate: largest rate of stochastic depth.
        feature_shape: layout of this model's features in timm, accepted for its configs: ``'NHWC'`` or None.

    Shape:
        (N, 3, H, W) -> (N, C, 1, 1), pooled. Sides other than multiples of 224 are padded with zeros.
    """

    classifier = ('head.',)
    tables = (_EARLIER,)
    default_init = TRANSFORMER_INIT

    def __init__(
        self,
        arch: str,
        pretrained: bool | str | None = None,
        *,
        in_chans: int = 3,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.1,
        feature_shape: str | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        self.arch = arch
        super().__init__(pretrained, init_cfg)
        if feature_shape not in (None, 'NHWC'):
            raise ValueError(f"feature_shape ({feature_shape!r}) of {arch} must be 'NHWC' or left out.")
        dim, depths, heads, _ = ARCHS[arch]
        self.patch_embed = _PatchEmbed(in_chans, dim)
        rates = drop_path_rates(drop_path_rate, depths)
        self.layers = nn.Sequential(
            *(_Stage(dim << i, heads[i], i > 0, drop_rate, attn_drop_rate, rates[i]) for i in range(len(depths)))
        )
        self.out_channels = dim << (len(depths) - 1)
        self.norm = nn.LayerNorm(self.out_channels)

    def published(self) -> str:
        return ARCHS[self.arch].weights

    def forward_features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, C, H/32, W/32)."""
        return self.norm(self.layers(self.patch_embed(x))).permute(0, 3, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(self.forward_features(x), 1)
