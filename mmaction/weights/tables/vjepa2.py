"""V-JEPA 2 and 2.1, by their authors and on Hugging Face."""

from __future__ import annotations

import re

import torch

from mmaction.weights.rename import RenameTable, State

# The keys of our blocks are the authors'. Of the four norms of 2.1, the ordinary output has the last.
VJEPA2_AUTHORS = RenameTable(
    source='V-JEPA 2 or 2.1',
    mark=r'^patch_embed\.proj\.weight$',
    rules=(
        (r'patch_embed\.proj\.(.+)', r'patch_embed.projection.\1'),
        (r'(blocks\.\d+\.(?:norm[12]|attn\.(?:qkv|proj)|mlp\.fc[12])\..+)', r'\1'),
        (r'(norm\..+|video_mod_embed)', r'\1'),
        (r'norms_block\.3\.(.+)', r'norm.\1'),
        (r'norms_block\.[012]\..+|patch_embed_img\..+|img_mod_embed', None),
    ),
)


def _join(state: State) -> State:
    """Stack queries, keys and values, which are three layers on Hugging Face."""
    out: State = {}
    for name, value in state.items():
        part = re.fullmatch(r'(.+\.attn)\.(?:query|key|value)\.(.+)', name)
        if part is None:
            out[name] = value
            continue
        joined = f'{part[1]}.qkv.{part[2]}'
        if joined not in out:
            names = (f'{part[1]}.{kind}.{part[2]}' for kind in ('query', 'key', 'value'))
            out[joined] = torch.cat([state[each] for each in names if each in state])
    return out


_ENCODER = r'(?:vjepa2\.)?encoder\.'
_LAYER = _ENCODER + r'layer\.(\d+)\.'
VJEPA2_HF = RenameTable(
    source="Hugging Face's V-JEPA 2",
    mark=rf'^{_ENCODER}layer\.\d+\.attention\.query\.weight$',
    rules=(
        (_ENCODER + r'embeddings\.patch_embeddings\.proj\.(.+)', r'patch_embed.projection.\1'),
        (_LAYER + r'attention\.(.+)', r'blocks.\1.attn.\2'),
        (_LAYER + r'((?:norm[12]|mlp\.fc[12])\..+)', r'blocks.\1.\2'),
        (_ENCODER + r'layernorm\.(.+)', r'norm.\1'),
        (r'(?:vjepa2\.)?predictor\..+|pooler\..+|classifier\..+', None),
    ),
    finish=_join,
)
