"""Weights of CLIP's encoders: where they are, and their tables."""

from __future__ import annotations

import re

import torch

from mmaction.weights.rename import KEEP, RenameTable, Rules, State

_PLACE = 'https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv2/clipVisualEncoder/'
CLIP_WEIGHTS: dict[str, str] = {
    'ViT-B/16': _PLACE + 'vit-base-p16-res224_clip-rgb_20221219-b8a5da86.pth',
    'ViT-L/14': _PLACE + 'vit-large-p14-res224_clip-rgb_20221219-9de7543e.pth',
    'ViT-L/14_336': _PLACE + 'vit-large-p14-res336_clip-rgb_20221219-d370f9e5.pth',
}
#: names of whole models on Hugging Face, whose files ``pytorch_model.bin`` or ``model.safetensors`` load
CLIP_HUB: dict[str, str] = {
    'ViT-B/32': 'openai/clip-vit-base-patch32',
    'ViT-B/16': 'openai/clip-vit-base-patch16',
    'ViT-L/14': 'openai/clip-vit-large-patch14',
    'ViT-L/14@336px': 'openai/clip-vit-large-patch14-336',
}
# Our names are CLIP's. Its whole model has the image encoder under `visual.`, and the text encoder under names that
# the image encoder uses too once the prefix is removed: hence the second rule. What the video model adds is missing,
# so the table covers no whole backbone.
CLIP = RenameTable(
    source='CLIP',
    mark=r'^(clip\.)?visual\.',
    rules=((r'(?:clip\.)?visual\.(.+)', r'\1'), (r'.*', None)),
    whole=False,
)
# numbers that CLIP's TorchScript archives hold as tensors
CLIP_NUMBERS = r'^(input_resolution|context_length|vocab_size)$'

_LAYER = r'encoder\.layers\.(\d+)\.'
_BLOCK = r'transformer.resblocks.\1.'


def _encoder(prefix: str, ours: str) -> Rules:
    """Rules of the blocks of one encoder; queries, keys and values are joined in the last step."""
    layer, block = rf'{prefix}\.{_LAYER}', ours + _BLOCK
    return (
        (layer + r'self_attn\.([qkv])_proj\.(weight|bias)', block + r'attn.in_proj_\3.\2'),
        (layer + r'self_attn\.out_proj\.(.+)', block + r'attn.out_proj.\2'),
        (layer + r'layer_norm([12])\.(.+)', block + r'ln_\2.\3'),
        (layer + r'mlp\.fc1\.(.+)', block + r'mlp.c_fc.\2'),
        (layer + r'mlp\.fc2\.(.+)', block + r'mlp.c_proj.\2'),
        (rf'{prefix}\.embeddings\.position_ids', None),
    )


def _vision(ours: str) -> Rules:
    return (
        *_encoder('vision_model', ours),
        (r'vision_model\.embeddings\.class_embedding', ours + 'class_embedding'),
        (r'vision_model\.embeddings\.patch_embedding\.weight', ours + 'conv1.weight'),
        (r'vision_model\.embeddings\.position_embedding\.weight', ours + 'positional_embedding'),
        (r'vision_model\.pre_layrnorm\.(.+)', ours + r'ln_pre.\1'),  # sic
        (r'vision_model\.post_layernorm\.(.+)', ours + r'ln_post.\1'),
        (r'visual_projection\.weight', ours + 'proj'),
    )


_TEXT: Rules = (
    *_encoder('text_model', ''),
    (r'text_model\.embeddings\.token_embedding\.weight', 'token_embedding.weight'),
    (r'text_model\.embeddings\.position_embedding\.weight', 'positional_embedding'),
    (r'text_model\.final_layer_norm\.(.+)', r'ln_final.\1'),
    (r'text_projection\.weight', 'text_projection'),
    (r'logit_scale', 'logit_scale'),
)


def _join(state: State) -> State:
    """Stack queries, keys and values, and transpose the projections, which are linear layers on Hugging Face."""
    out: State = {}
    for name, value in state.items():
        part = re.fullmatch(r'(.+\.in_proj_\w+)\.([qkv])', name)
        if part is None:
            is_projection = name.split('.')[-1] in ('proj', 'text_projection')
            out[name] = value.T.contiguous() if is_projection else value
        elif part[2] == 'q':
            parts = [state[f'{part[1]}.{letter}'] for letter in 'qkv' if f'{part[1]}.{letter}' in state]
            out[part[1]] = torch.cat(parts)
    return out


CLIP_HF = RenameTable(
    source="Hugging Face's CLIP",
    mark=r'^text_model\.',
    rules=(*_vision('visual.'), *_TEXT),
    finish=_join,
)
CLIP_HF_VISION = RenameTable(
    source="Hugging Face's CLIP",
    mark=r'^vision_model\.',
    rules=(*_vision(''), (r'text_(model|projection)\..*|logit_scale', None)),
    finish=_join,
)
# Checkpoints of CLIP4Clip keep both encoders under `clip.`
CLIP4CLIP = RenameTable(
    source='CLIP4Clip',
    mark=r'^clip\.visual\.',
    rules=((r'clip\.(.+)', r'\1'), (r'adapter\..+', None), *KEEP),
)
