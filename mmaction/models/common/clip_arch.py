"""Sizes of CLIP's encoders: by name, from a config of Hugging Face, or from the shapes of weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from torch import Tensor

from mmaction.models.common.clip_block import Activation
from mmaction.utils.check import known_keys, pick

_HEAD_WIDTH = 64  # channels per head in all published encoders


@dataclass(frozen=True, kw_only=True)
class CLIPArch:
    """Sizes of an image encoder and a text encoder.

    Args:
        embed_dim: features D of an image or text.
        image_size: side of the images in pixels.
        patch_size: side of a patch in pixels.
        vision_width: channels of the image encoder.
        vision_layers: its blocks.
        vision_heads: heads of its attention.
        context_length: tokens of a text.
        vocab_size: number of different tokens.
        text_width: channels of the text encoder.
        text_layers: its blocks.
        text_heads: heads of its attention.
        activation: of all MLPs.
    """

    embed_dim: int = 512
    image_size: int = 224
    patch_size: int = 32
    vision_width: int = 768
    vision_layers: int = 12
    vision_heads: int = 12
    context_length: int = 77
    vocab_size: int = 49408
    text_width: int = 512
    text_layers: int = 12
    text_heads: int = 8
    activation: Activation = 'quick_gelu'

    @property
    def num_positions(self) -> int:
        """Positions of the image encoder: the class token and the patches."""
        return 1 + (self.image_size // self.patch_size) ** 2

    def vision(self) -> dict[str, Any]:
        """Arguments of :class:`~mmaction.models.CLIPImageEncoder`."""
        names = ('embed_dim', 'image_size', 'patch_size', 'activation')
        sizes = {name: getattr(self, name) for name in names}
        return dict(sizes, width=self.vision_width, layers=self.vision_layers, heads=self.vision_heads)


_LARGE: Mapping[str, Any] = dict(
    embed_dim=768, patch_size=14, vision_width=1024, vision_layers=24, vision_heads=16, text_width=768, text_heads=12
)
#: published encoders with a vision transformer
CLIP_ARCHS: Mapping[str, CLIPArch] = {
    'ViT-B/32': CLIPArch(),
    'ViT-B/16': CLIPArch(patch_size=16),
    'ViT-L/14': CLIPArch(**_LARGE),
    'ViT-L/14@336px': CLIPArch(**_LARGE, image_size=336),
}


def clip_arch(arch: str | Mapping[str, Any] | CLIPArch) -> CLIPArch:
    """Sizes of the encoders of a name, or of a dict of the arguments of :class:`CLIPArch`.

    Raises:
        ValueError: the name or an argument is unknown.
    """
    if isinstance(arch, CLIPArch):
        return arch
    if isinstance(arch, Mapping):
        return CLIPArch(**known_keys('clip_arch', dict(arch), [field.name for field in fields(CLIPArch)]))
    return pick(CLIP_ARCHS, arch, 'clip_arch')


def arch_of_config(config: Mapping[str, Any]) -> CLIPArch:
    """Sizes in the ``config.json`` of a CLIP model of Hugging Face; it leaves out those of ViT-B/32."""
    vision, text = config.get('vision_config') or {}, config.get('text_config') or {}
    found = dict(
        embed_dim=config.get('projection_dim'),
        image_size=vision.get('image_size'),
        patch_size=vision.get('patch_size'),
        vision_width=vision.get('hidden_size'),
        vision_layers=vision.get('num_hidden_layers'),
        vision_heads=vision.get('num_attention_heads'),
        context_length=text.get('max_position_embeddings'),
        vocab_size=text.get('vocab_size'),
        text_width=text.get('hidden_size'),
        text_layers=text.get('num_hidden_layers'),
        text_heads=text.get('num_attention_heads'),
        activation=text.get('hidden_act'),
    )
    return CLIPArch(**{name: value for name, value in found.items() if value is not None})


def arch_of_weights(state: Mapping[str, Tensor]) -> CLIPArch:
    """Sizes of the encoders that a state dict, under the names of CLIP's authors, is of.

    The heads, which leave no trace in the shapes, have 64 channels, as in all published encoders; the activation is
    that of the published encoders with the same sizes.

    Raises:
        ValueError: weights are missing, or are of a ResNet.
    """
    needed = ('visual.conv1.weight', 'visual.positional_embedding', 'positional_embedding', 'text_projection')
    missing = [name for name in (*needed, 'token_embedding.weight') if name not in state]
    if missing:
        raise ValueError(f'The weights lack {missing}: they are not those of CLIP with a vision transformer.')
    patches = state['visual.conv1.weight']
    width = state['text_projection'].shape[0]
    side = math.isqrt(len(state['visual.positional_embedding']) - 1)
    return CLIPArch(
        embed_dim=state['text_projection'].shape[1],
        image_size=side * patches.shape[-1],
        patch_size=patches.shape[-1],
        vision_width=len(patches),
        vision_layers=_count(state, 'visual.transformer.resblocks.'),
        vision_heads=max(1, len(patches) // _HEAD_WIDTH),
        context_length=len(state['positional_embedding']),
        vocab_size=len(state['token_embedding.weight']),
        text_width=width,
        text_layers=_count(state, 'transformer.resblocks.'),
        text_heads=max(1, width // _HEAD_WIDTH),
    )


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({name[len(prefix) :].split('.')[0] for name in state if name.startswith(prefix)})


def arch_options(arch: CLIPArch) -> dict[str, Any]:
    """The sizes as a dict for a config."""
    return asdict(arch)
