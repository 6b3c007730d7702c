"""Transformer layers from mmcv's configs: attentions, feed-forward networks and norms in a configured order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mmaction.models.common.attention import PackedAttention
from mmaction.models.common.bricks import build_norm
from mmaction.models.common.divided_attention import DividedSpatialAttentionWithNorm, DividedTemporalAttentionWithNorm
from mmaction.models.common.dropout import build_dropout_layer
from mmaction.models.common.ffn import FFN, FFNWithNorm
from mmaction.models.common.recompute import run_block
from mmaction.registry import MODELS

__all__ = [
    'FFN',
    'DividedSpatialAttentionWithNorm',
    'DividedTemporalAttentionWithNorm',
    'FFNWithNorm',
    'MultiheadAttention',
    'TransformerLayer',
    'TransformerLayerSequence',
    'build_transformer_layers',
]
Config = Mapping[str, Any]
_OPERATIONS = ('self_attn', 'norm', 'ffn')


def _check_batch_first(batch_first: bool) -> None:
    if not batch_first:
        raise ValueError('batch_first (False) is not supported: tokens are (B, N, C). Set batch_first=True.')


class MultiheadAttention(BaseModule):
    """Self-attention with its residual connection; batch first.

    Args:
        embed_dims: channels C.
        num_heads: heads; a divisor of C.
        attn_drop: dropout of the attention weights.
        proj_drop: dropout of the output.
        dropout_layer: config of the dropout of the branch.
        batch_first: only True is supported.
        init_cfg: config of the initialization.
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        dropout_layer: Config | None = dict(type='Dropout', drop_prob=0.0),
        init_cfg: dict | list[dict] | None = None,
        batch_first: bool = True,
    ) -> None:
        super().__init__(init_cfg)
        _check_batch_first(batch_first)
        self.embed_dims = embed_dims
        self.num_heads = num_heads
        self.attn = PackedAttention(embed_dims, num_heads, attn_drop=attn_drop)
        self.proj_drop = nn.Dropout(proj_drop)
        self.dropout_layer = build_dropout_layer(dropout_layer)

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        identity: Tensor | None = None,
    ) -> Tensor:
        """(B, N, C) -> (B, N, C); the residual connection adds ``identity``, by default ``query``."""
        if any(x is not None and x is not query for x in (key, value)):
            raise ValueError('MultiheadAttention attends to its query: leave out key and value.')
        if identity is None:
            identity = query
        return identity + self.dropout_layer(self.proj_drop(self.attn(query)))


def _build(cfg: Config, default: str = '') -> nn.Module:
    """Build a part by mmcv's name for it, of the type ``default`` if the config states none."""
    options = dict(cfg)
    kind = _PARTS.get(options.setdefault('type', default))
    if kind is None:  # a layer of the user
        return MODELS.build(options)
    del options['type']
    return kind(**options)


def _spread(cfgs: Config | Sequence[Config], count: int, name: str) -> list[Config]:
    """Expand to one config for each of ``count`` parts."""
    if isinstance(cfgs, Mapping):
        return [cfgs] * count
    if len(cfgs) != count:
        raise ValueError(f'{name} has {len(cfgs)} configs for {count} parts. Give one for all or one for each.')
    return list(cfgs)


class TransformerLayer(BaseModule):
    """Attentions, feed-forward networks and norms in the order of ``operation_order``.

    If a norm comes first, the residual connections bypass it.

    Args:
        attn_cfgs: config of each attention, or one for all.
        ffn_cfgs: config of each feed-forward network, or one for all.
        operation_order: sequence of ``'self_attn'``, ``'ffn'`` and ``'norm'``.
        norm_cfg: config of the norms.
        init_cfg: config of the initialization.
        batch_first: only True is supported.

    Shape:
        (B, N, C) -> (B, N, C).
    """

    def __init__(
        self,
        attn_cfgs: Config | Sequence[Config],
        ffn_cfgs: Config | Sequence[Config] = (),
        operation_order: Sequence[str] = ('norm', 'self_attn', 'norm', 'ffn'),
        norm_cfg: Config = dict(type='LN'),
        init_cfg: dict | list[dict] | None = None,
        batch_first: bool = True,
    ) -> None:
        super().__init__(init_cfg)
        unknown = sorted(set(operation_order) - set(_OPERATIONS))
        if unknown:
            raise ValueError(f'operation_order has {unknown}; choose from {_OPERATIONS}.')
        _check_batch_first(batch_first)
        self.operation_order = tuple(operation_order)
        count = {name: self.operation_order.count(name) for name in _OPERATIONS}
        self.attentions = ModuleList(_build(cfg) for cfg in _spread(attn_cfgs, count['self_attn'], 'attn_cfgs'))
        self.ffns = ModuleList(_build(cfg) for cfg in _spread(ffn_cfgs, count['ffn'], 'ffn_cfgs'))
        dims = self.attentions[0].embed_dims
        self.norms = ModuleList(build_norm(norm_cfg, dims)[1] for _ in range(count['norm']))
        self.pre_norm = self.operation_order[0] == 'norm'

    def forward(self, x: Tensor, **context: Any) -> Tensor:
        """Run the parts; ``context`` is passed to the attentions."""
        attentions = iter(self.attentions)
        ffns = iter(self.ffns)
        norms = iter(self.norms)
        identity = x
        for operation in self.operation_order:
            skip = (identity,) if self.pre_norm else ()
            if operation == 'norm':
                x = next(norms)(x)
            elif operation == 'self_attn':
                x = identity = next(attentions)(x, None, None, *skip, **context)
            else:
                x = identity = next(ffns)(x, *skip)
        return x


class TransformerLayerSequence(BaseModule):
    """Sequence of transformer layers.

    Args:
        transformerlayers: config of each layer (``BaseTransformerLayer``), or one for all.
        num_layers: number of layers. Default: the number of configs.
        init_cfg: config of the initialization.
        with_cp: recompute each layer in the backward pass instead of keeping its activations.
    """

    def __init__(
        self,
        transformerlayers: Config | Sequence[Config],
        num_layers: int | None = None,
        init_cfg: dict | list[dict] | None = None,
        with_cp: bool = False,
    ) -> None:
        super().__init__(init_cfg)
        self.with_cp = with_cp
        if num_layers is None:
            if isinstance(transformerlayers, Mapping):
                raise ValueError('num_layers is required if transformerlayers is one config.')
            num_layers = len(transformerlayers)
        layers = _spread(transformerlayers, num_layers, 'transformerlayers')
        self.layers = ModuleList(_build(cfg, 'BaseTransformerLayer') for cfg in layers)

    def forward(self, query: Tensor, key: None = None, value: None = None, **context: Any) -> Tensor:
        """(B, N, C) -> (B, N, C). ``key`` and ``value`` exist for the signature of mmcv."""
        for layer in self.layers:
            query = run_block(layer, query, with_cp=self.with_cp, **context)
        return query


def build_transformer_layers(cfg: Config) -> nn.Module:
    """Build ``dict(type='TransformerLayerSequence', transformerlayers=..., num_layers=...)``, or a type of MODELS."""
    return _build(cfg, 'TransformerLayerSequence')


# Not in MODELS: a user who installs mmcv beside this package registers its classes of the same names there.
_PARTS: dict[str, type[nn.Module]] = {
    'BaseTransformerLayer': TransformerLayer,
    'FFN': FFN,
    'MultiheadAttention': MultiheadAttention,
    'TransformerLayerSequence': TransformerLayerSequence,
}
