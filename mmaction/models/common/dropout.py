"""Dropout layers from their config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from mmaction.models.common.drop_path import DropPath
from mmaction.utils.check import known_keys, pick

# the layer and mmcv's default of its probability
_LAYERS: dict[str, tuple[Callable[[float], nn.Module], float]] = {
    'DropPath': (DropPath, 0.1),
    'Dropout': (nn.Dropout, 0.5),
}


def build_dropout_layer(cfg: Mapping[str, Any] | None) -> nn.Module:
    """Build the layer of ``dict(type='DropPath' | 'Dropout', drop_prob=0.1)``; None builds the identity.

    Raises:
        ValueError: the type is unknown, or there is a key besides ``type`` and ``drop_prob``.
    """
    if cfg is None:
        return nn.Identity()
    options = known_keys('dropout_layer', cfg, ('type', 'drop_prob'))
    layer, default = pick(_LAYERS, options.get('type'), 'type of dropout_layer')
    return layer(options.get('drop_prob', default))
