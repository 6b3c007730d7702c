"""Weights of CLIP's image encoder for UniFormerV2: where they are, what they name and how they fit."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mmaction.models.backbones._foreign import inflate_centre
from mmaction.models.common.position import resize_space

_PLACE = 'https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv2/clipVisualEncoder/'
CLIP_WEIGHTS: dict[str, str] = {
    'ViT-B/16': _PLACE + 'vit-base-p16-res224_clip-rgb_20221219-b8a5da86.pth',
    'ViT-L/14': _PLACE + 'vit-large-p14-res224_clip-rgb_20221219-9de7543e.pth',
    'ViT-L/14_336': _PLACE + 'vit-large-p14-res336_clip-rgb_20221219-d370f9e5.pth',
}
# Our names are CLIP's. Its whole model has the image encoder under `visual.`, and the text encoder under names that
# the image encoder uses too once the prefix is off.
PREFIXES = ('backbone.', 'visual.')
# what CLIP has behind the encoder, and classifiers
IGNORED = r'^(ln_post|head|cls_head)\.|^proj$'
# what the video adds to CLIP
OWN_PARTS = r'^transformer\.(dec|dpe|norm)\.|^transformer\.(balance|temporal_cls_token)$|\.lmhra[12]\.'


def resize_positions(table: Tensor, grid: tuple[int, int]) -> Tensor:
    """Positions of a class token and n*n patches, bicubically for another grid: (1 + n*n, C) -> (1 + H*W, C)."""
    side = round((len(table) - 1) ** 0.5)
    return torch.cat([table[:1], resize_space(table[None, 1:], (side, side), grid)[0]])


def fit(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
    """Positions for another resolution, the patch embedding with a time axis; the rest as it is."""
    if name == 'positional_embedding' and tuple(weight.shape) != tuple(shape) and weight.shape[1:] == tuple(shape[1:]):
        side = round((shape[0] - 1) ** 0.5)
        return resize_positions(weight, (side, side))
    return inflate_centre(name, weight, shape)
