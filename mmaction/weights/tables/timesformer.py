"""Tables of TimeSformer: the authors' names, and those of an image transformer of timm, which they share."""

from __future__ import annotations

import re

from mmaction.weights.rename import RenameTable, State

_LAYER = r'transformer_layers.layers.\1.'
_COMMON = (
    (r'(?:model\.)?blocks\.(\d+)\.mlp\.fc1\.(.+)', _LAYER + r'ffns.0.layers.0.0.\2'),
    (r'(?:model\.)?blocks\.(\d+)\.mlp\.fc2\.(.+)', _LAYER + r'ffns.0.layers.1.\2'),
    (r'(?:model\.)?patch_embed\.proj\.(.+)', r'patch_embed.projection.\1'),
    (r'(?:model\.)?(cls_token|pos_embed|time_embed|norm\..+)', r'\1'),
    (r'(?:model\.)?head\.(weight|bias)', r'cls_head.fc_cls.\1'),
    (r'(?:model\.)?(?:head_dist|pre_logits)\..+', None),
)


def _attention(theirs: str, ours: str) -> tuple[tuple[str, str], ...]:
    return (
        (rf'(?:model\.)?blocks\.(\d+)\.{theirs}\.qkv\.(.+)', rf'{_LAYER}{ours}.attn.in_proj_\2'),
        (rf'(?:model\.)?blocks\.(\d+)\.{theirs}\.proj\.(.+)', rf'{_LAYER}{ours}.attn.out_proj.\2'),
    )


def with_temporal_attention(state: State) -> State:
    """Copy the spatial attention of each layer that has no temporal one, as that."""
    out = dict(state)
    for name, value in state.items():
        if re.search(r'\.attentions\.1\.', name):
            out.setdefault(name.replace('.attentions.1.', '.attentions.0.'), value)
    return out


_SOURCE = 'TimeSformer or a ViT of timm'
_MARK = r'(^|\.)blocks\.\d+\.mlp\.fc1\.weight$'
DIVIDED = RenameTable(
    source=_SOURCE,
    mark=_MARK,
    rules=(
        *_attention('attn', 'attentions.1'),
        *_attention('temporal_attn', 'attentions.0'),
        (r'(?:model\.)?blocks\.(\d+)\.norm1\.(.+)', _LAYER + r'attentions.1.norm.\2'),
        (r'(?:model\.)?blocks\.(\d+)\.temporal_norm1\.(.+)', _LAYER + r'attentions.0.norm.\2'),
        (r'(?:model\.)?blocks\.(\d+)\.(temporal_fc\..+)', _LAYER + r'attentions.0.\2'),
        (r'(?:model\.)?blocks\.(\d+)\.norm2\.(.+)', _LAYER + r'ffns.0.norm.\2'),
        *_COMMON,
    ),
    finish=with_temporal_attention,
)
JOINT = RenameTable(
    source=_SOURCE,
    mark=_MARK,
    rules=(
        *_attention('attn', 'attentions.0'),
        (r'(?:model\.)?blocks\.(\d+)\.norm1\.(.+)', _LAYER + r'norms.0.\2'),
        (r'(?:model\.)?blocks\.(\d+)\.norm2\.(.+)', _LAYER + r'norms.1.\2'),
        *_COMMON,
    ),
)
# an image transformer under our names, for a model with divided attention
IMAGE = RenameTable(
    source='a ViT of images',
    mark=r'^transformer_layers\.layers\.\d+\.norms\.0\.weight$',
    rules=(
        (r'transformer_layers\.layers\.(\d+)\.norms\.0\.(.+)', _LAYER + r'attentions.1.norm.\2'),
        (r'transformer_layers\.layers\.(\d+)\.norms\.1\.(.+)', _LAYER + r'ffns.0.norm.\2'),
        (r'transformer_layers\.layers\.(\d+)\.attentions\.0\.(.+)', _LAYER + r'attentions.1.\2'),
        (r'((?:transformer_layers\.layers\.\d+\.ffns|patch_embed|norm)\..+|cls_token|pos_embed|time_embed)', r'\1'),
        (r'(?:cls_head|head)\..+', None),
    ),
    finish=with_temporal_attention,
)
