"""Facts about the families of video models in transformers that their classes do not state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Order = Literal['time_first', 'space_first', 'frames']


@dataclass(frozen=True)
class Family:
    """A family of models, by the ``model_type`` of its configs.

    Attributes:
        blocks: paths of the lists of transformer blocks below the encoder, in the order in which they run.
        embeddings: paths of what runs before the first block.
        encoder: path of the encoder below the model with a classifier.
        extra_tokens: tokens before those of the patches.
        order: of the tokens: ``'time_first'`` runs through the patches of a frame, then on in time; ``'space_first'``
            through the frames of a patch; ``'frames'`` has one row (N * T, L, C) per frame.
        fixed_frames: whether clips must have the frames that the config states.
        unused: parts below the encoder that classification and features never run.
        call: keywords of the encoder's forward.
        text: whether the classes are texts, which take the place of a classifier.
    """

    blocks: tuple[str, ...]
    embeddings: tuple[str, ...]
    encoder: str
    extra_tokens: int = 0
    order: Order = 'time_first'
    fixed_frames: bool = False
    unused: tuple[str, ...] = ()
    call: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    text: bool = False


_VIT = (('encoder.layer',), ('embeddings',))

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        'timesformer': Family(*_VIT, 'timesformer', extra_tokens=1, order='space_first'),
        'videomae': Family(*_VIT, 'videomae', fixed_frames=True),
        'videoprism_vision_model': Family(
            ('spatial_layers', 'temporal_layers'), ('spatial_embeddings', 'temporal_embeddings'), 'vision_model'
        ),
        'vivit': Family(('layers',), ('embeddings',), 'vivit', extra_tokens=1, fixed_frames=True, unused=('pooler',)),
        'vjepa2': Family(
            ('encoder.layer',),
            ('encoder.embeddings',),
            'vjepa2',
            unused=('predictor',),
            call=MappingProxyType(dict(skip_predictor=True)),
        ),
        'xclip': Family(
            ('vision_model.encoder.layers',),
            ('vision_model.embeddings', 'vision_model.pre_layernorm'),
            '',
            extra_tokens=1,
            order='frames',
            fixed_frames=True,
            text=True,
        ),
    }
)


def block_of(family: Family, name: str, depths: Mapping[str, int]) -> int | None:
    """Number of the block that a parameter belongs to: 0 for embeddings, from 1 for blocks, None for what follows.

    Args:
        family: of the model.
        name: of the parameter, below the encoder.
        depths: number of blocks in each list of them.
    """
    if any(name == path or name.startswith(f'{path}.') for path in family.embeddings):
        return 0
    before = 1
    for path in family.blocks:
        match = re.match(rf'{re.escape(path)}\.(\d+)\.', name)
        if match:
            return before + int(match[1])
        before += depths[path]
    return None
