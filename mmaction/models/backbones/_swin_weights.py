"""Published weights into Video Swin: of images (Swin), of the authors, and of torchvision."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor

from mmaction.models.backbones._foreign import Fit
from mmaction.models.backbones._rename import RenameTable, translate
from mmaction.models.backbones._weights import inflate

_MADE_HERE = (r'.*\.(?:relative_position_index|attn_mask)', None)
AUTHORS = RenameTable(
    source='Swin or Video Swin',
    mark=r'^norm\.weight$',  # we have a norm for each stage that is put out
    rules=(
        _MADE_HERE,
        (r'((?:patch_embed|layers)\..+)', r'\1'),
        (r'norm\.(weight|bias)', r'norm3.\1'),
        (r'head\.(?:fc\.)?(weight|bias)', r'cls_head.fc_cls.\1'),
    ),
)
TORCHVISION = RenameTable(
    source="torchvision's swin3d",
    mark=r'^features\.0\.0\.attn\.qkv\.weight$',
    rules=(
        _MADE_HERE,
        *(
            (rf'features\.{2 * stage}\.(\d+)\.mlp\.{place}\.(.+)', rf'layers.{stage}.blocks.\1.mlp.fc{i}.\2')
            for stage in range(4)
            for i, place in ((1, 0), (2, 3))
        ),
        *((rf'features\.{2 * stage}\.(\d+)\.(.+)', rf'layers.{stage}.blocks.\1.\2') for stage in range(4)),
        *((rf'features\.{2 * stage + 1}\.(.+)', rf'layers.{stage}.downsample.\1') for stage in range(3)),
        (r'(patch_embed\..+)', r'\1'),
        (r'norm\.(weight|bias)', r'norm3.\1'),
        (r'head\.(weight|bias)', r'cls_head.fc_cls.\1'),
    ),
)


def converted(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict under our names.

    timm since 0.9 begins a stage with the ``downsample`` that we end the one before with.
    """
    state = translate(state, (TORCHVISION, AUTHORS))
    if any(re.match(r'layers\.3\.downsample\.', name) for name in state):
        state = {
            re.sub(r'^layers\.(\d)\.downsample\.', lambda m: f'layers.{int(m[1]) - 1}.downsample.', name): value
            for name, value in state.items()
        }
    return state


def resize_bias_table(table: Tensor, window: Sequence[int], frames: int) -> Tensor:
    """The bias table of a window of images for one of clips: ((2w-1)^2, h) -> (frames * (2H-1)(2W-1), h).

    Bicubic where the sides differ, then the same for each offset in time.

    Args:
        table: the table; square.
        window: sides H, W of the window.
        frames: offsets in time.
    """
    side = round(len(table) ** 0.5)
    to = tuple(2 * w - 1 for w in window)
    if to != (side, side):
        maps = table.T.unflatten(1, (side, side))[None].float()  # (rows, h) -> (1, h, side, side)
        table = F.interpolate(maps, size=to, mode='bicubic', align_corners=False)[0].flatten(1).T.to(table.dtype)
    return table.repeat(frames, 1)


def fit_to(window: Sequence[int]) -> Fit:
    """How a weight is brought into the shape wanted, for windows (T, H, W)."""

    def fit(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        if tuple(weight.shape) == tuple(shape):
            return weight
        if name.endswith('relative_position_bias_table') and round(len(weight) ** 0.5) ** 2 == len(weight):
            return resize_bias_table(weight, window[1:], 2 * window[0] - 1)
        if name == 'patch_embed.proj.weight' and weight.dim() == 4:
            return inflate(weight, shape[2])
        return weight

    return fit
