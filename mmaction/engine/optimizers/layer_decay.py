"""Learning rates that fall from the last layer of a transformer to its first."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from mmengine.logging import print_log
from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS

_EMBEDDINGS = ('cls_token', 'mask_token', 'pos_embed', 'patch_embed')
# the last part of their names in models of other libraries, where they lie further inside
_INNER_EMBEDDINGS = ('cls_token', 'mask_token', 'mask_tokens', 'pos_embed', 'position_embeddings', 'time_embeddings')


@runtime_checkable
class KnowsLayers(Protocol):
    """A backbone that tells the layers of its parameters, where their names do not."""

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Layer of a parameter and number of layers, where the last is that of the heads.

        Args:
            param_name: its name, which starts with the prefix.
            prefix: name of the backbone in the model, with a dot.
        """
        ...


def get_layer_id_for_vit(name: str, max_layer_id: int) -> int:
    """Layer index of a parameter: 0 for embeddings, i + 1 for block i, ``max_layer_id`` for the rest.

    Args:
        name: full name, ``backbone.blocks.3.attn.qkv.weight``.
        max_layer_id: number of blocks + 1.
    """
    inner = name.removeprefix('backbone.')
    if inner.split('.', 1)[0] in _EMBEDDINGS:
        return 0
    block = re.match(r'(?:blocks|layers)\.(\d+)\.', inner)
    if block and inner != name:
        return int(block[1]) + 1
    return max_layer_id


def get_layer_id_for_mvit(name: str, max_layer_id: int) -> int:
    """Layer index of a parameter of an MViT, see :func:`get_layer_id_for_vit`: the names agree."""
    return get_layer_id_for_vit(name, max_layer_id)


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LearningRateDecayOptimizerConstructor(DefaultOptimWrapperConstructor):
    """Multiply the learning rate by ``decay_rate`` for each layer away from the output; biases and norms do not decay.

    Source: Bao et al., `BEiT: BERT Pre-Training of Image Transformers`, ICLR 2022.

    ``paramwise_cfg`` has ``num_layers`` (blocks of the backbone), ``decay_rate`` and ``decay_type='layer_wise'``. A
    backbone with ``get_layer_depth``, such as :class:`HFVideoBackbone`, needs no ``num_layers``.
    """

    def add_params(self, params: list[dict], module: nn.Module, **_: object) -> None:
        """Append one group per layer and decay: weights decay, biases, norms and embeddings do not."""
        backbone = getattr(module, 'backbone', None)
        known = backbone if isinstance(backbone, KnowsLayers) else None
        top = _top_layer(known, self.paramwise_cfg.get('num_layers'))
        rate = self.paramwise_cfg['decay_rate']
        kind = self.paramwise_cfg.get('decay_type', 'layer_wise')
        if kind != 'layer_wise':
            raise ValueError(f'decay_type ({kind!r}) must be "layer_wise".')
        groups: dict[str, dict] = {}
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            inner = name.removeprefix('backbone.')
            # Biases, norms (one dimension) and embedding tokens are not regularized, as in BEiT's released code.
            decays = parameter.ndim > 1 and not name.endswith('.bias') and inner not in _EMBEDDINGS
            if known is None:
                layer = get_layer_id_for_vit(name, top)
            else:
                decays = decays and name.rpartition('.')[2] not in _INNER_EMBEDDINGS
                layer = known.get_layer_depth(name, 'backbone.')[0] if inner != name else top
            scale = rate ** (top - layer)
            key = f'layer_{layer}_{"decay" if decays else "no_decay"}'
            group = groups.setdefault(
                key,
                {
                    'params': [],
                    'param_names': [],
                    'lr_scale': scale,
                    'group_name': key,
                    'lr': scale * self.base_lr,
                    'weight_decay': (self.base_wd or 0.0) if decays else 0.0,
                },
            )
            group['params'].append(parameter)
            group['param_names'].append(name)
        print_log(
            'Layer-wise learning rates: ' + ', '.join(f'{k}: {g["lr"]:.3g}' for k, g in groups.items()),
            logger='current',
        )
        params.extend(groups.values())


def _top_layer(known: KnowsLayers | None, blocks: int | None) -> int:
    """Number of the layer of the heads."""
    if known is not None:
        return known.get_layer_depth('', '')[1] - 1
    if blocks is None:
        raise ValueError("paramwise_cfg needs num_layers, the number of the backbone's blocks.")
    return blocks + 1
