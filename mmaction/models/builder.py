"""Builders and registries by their 0.x names; all are aliases of the one registry of models."""

from __future__ import annotations

from torch import nn

from mmaction.models.base import build
from mmaction.registry import MODELS

__all__ = [
    'BACKBONES',
    'DETECTORS',
    'HEADS',
    'LOCALIZERS',
    'LOSSES',
    'NECKS',
    'RECOGNIZERS',
    'build_backbone',
    'build_detector',
    'build_head',
    'build_localizer',
    'build_loss',
    'build_model',
    'build_neck',
    'build_recognizer',
]

BACKBONES = NECKS = HEADS = RECOGNIZERS = LOCALIZERS = LOSSES = DETECTORS = MODELS
build_backbone = build_neck = build_head = build_loss = build_localizer = build


def build_model(cfg: dict, train_cfg: dict | None = None, test_cfg: dict | None = None) -> nn.Module:
    """Build a model of any task.

    Args:
        cfg: config of the model.
        train_cfg: the ``train_cfg`` of the model, if ``cfg`` has none.
        test_cfg: the ``test_cfg`` of the model, if ``cfg`` has none.

    Raises:
        ValueError: one of the two is given in both places.
    """
    cfg = dict(cfg)
    for name, value in (('train_cfg', train_cfg), ('test_cfg', test_cfg)):
        if value is None:
            continue
        if cfg.get(name) is not None:
            raise ValueError(f'{name} is given both in the model ({cfg[name]}) and beside it ({value}); keep one.')
        cfg[name] = value
    return build(cfg)


build_recognizer = build_detector = build_model
