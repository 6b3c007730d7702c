"""Dropout layers from their config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from mmaction.models.common.drop_path import DropPath

_LAYERS: dict[str, type[nn.Module]] = {'DropPath': DropPath, 'Dropout': nn.Dropout}


def build_dropout_layer(cfg: Mapping[str, Any] | None) -> nn.Module:
    """``dict(type='DropPath' | 'Dropout', drop_prob=0.1)`` -> the layer; None: identity.

    Raises:
        ValueError: another type, or a key beside ``type`` and ``drop_prob``.
    """
    if cfg is None:
        return nn.Identity()
    options = dict(cfg)
    kind = options.pop('type', None)
    if kind not in _LAYERS:
        raise ValueError(f'dropout_layer of type {kind!r} is not supported. Choose one of {sorted(_LAYERS)}.')
    rate = options.pop('drop_prob', 0.1 if kind == 'DropPath' else 0.5)
    if options:
        raise ValueError(f'dropout_layer has {sorted(options)}, which nothing reads. It may have type and drop_prob.')
    return _LAYERS[kind](rate)
