"""Learning rates that fall from the last layer of a transformer to its first."""

from __future__ import annotations

import re

from mmengine.logging import print_log
from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS

_EMBEDDINGS = ('cls_token', 'mask_token', 'pos_embed', 'patch_embed')


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

    ``paramwise_cfg`` has ``num_layers`` (blocks of the backbone), ``decay_rate`` and ``decay_type='layer_wise'``.
    """

    def add_params(self, params: list[dict], module: nn.Module, **_: object) -> None:
        """Append one group per layer and decay: weights decay, biases, norms and embeddings do not."""
        blocks = self.paramwise_cfg['num_layers']
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
            layer = get_layer_id_for_vit(name, blocks + 1)
            scale = rate ** (blocks + 1 - layer)
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
