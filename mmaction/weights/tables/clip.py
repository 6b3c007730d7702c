"""Weights of CLIP's image encoder: where they are, and their table."""

from __future__ import annotations

from mmaction.weights.rename import RenameTable

_PLACE = 'https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv2/clipVisualEncoder/'
CLIP_WEIGHTS: dict[str, str] = {
    'ViT-B/16': _PLACE + 'vit-base-p16-res224_clip-rgb_20221219-b8a5da86.pth',
    'ViT-L/14': _PLACE + 'vit-large-p14-res224_clip-rgb_20221219-9de7543e.pth',
    'ViT-L/14_336': _PLACE + 'vit-large-p14-res336_clip-rgb_20221219-d370f9e5.pth',
}
# Our names are CLIP's. Its whole model has the image encoder under `visual.`, and the text encoder under names that
# the image encoder uses too once the prefix is removed: hence the second rule. What the video model adds is missing,
# so the table covers no whole backbone.
CLIP = RenameTable(
    source='CLIP',
    mark=r'^visual\.',
    rules=((r'visual\.(.+)', r'\1'), (r'.*', None)),
    whole=False,
)
