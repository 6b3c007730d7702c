"""Tables of Video Swin: the authors' names, for images and clips, and torchvision's."""

from __future__ import annotations

import re

from mmaction.weights.rename import RenameTable, State

_MADE_HERE = (r'.*\.(?:relative_position_index|attn_mask)', None)


def close_stages(state: State) -> State:
    """Move the ``downsample`` that begins a stage in timm since 0.9 to the end of the stage before, where ours is."""
    if not any(name.startswith('layers.3.downsample.') for name in state):
        return state
    return {re.sub(r'^layers\.(\d)\.downsample\.', _one_stage_before, name): value for name, value in state.items()}


def _one_stage_before(name: re.Match[str]) -> str:
    return f'layers.{int(name[1]) - 1}.downsample.'


AUTHORS = RenameTable(
    source='Swin or Video Swin',
    mark=r'^norm\.weight$',  # we have a norm for each stage that is put out
    rules=(
        _MADE_HERE,
        (r'((?:patch_embed|layers)\..+)', r'\1'),
        (r'norm\.(weight|bias)', r'norm3.\1'),
        (r'head\.(?:fc\.)?(weight|bias)', r'cls_head.fc_cls.\1'),
    ),
    finish=close_stages,
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
