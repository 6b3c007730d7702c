"""The builders and registries by their 0.x names. There is one registry of models now; these are its aliases."""

from __future__ import annotations

from typing import Any

from torch import nn

from mmaction.registry import MODELS

BACKBONES = NECKS = HEADS = RECOGNIZERS = LOCALIZERS = LOSSES = DETECTORS = MODELS


def build(cfg: dict | nn.Module) -> Any:
    """Build a part of a model from its config; a part that is built already is returned as it is."""
    return cfg if isinstance(cfg, nn.Module) else MODELS.build(cfg)


def build_backbone(cfg: dict | nn.Module) -> nn.Module:
    """Build a backbone."""
    return build(cfg)


def build_neck(cfg: dict | nn.Module) -> nn.Module:
    """Build a neck."""
    return build(cfg)


def build_head(cfg: dict | nn.Module) -> nn.Module:
    """Build a head."""
    return build(cfg)


def build_loss(cfg: dict | nn.Module) -> nn.Module:
    """Build a loss."""
    return build(cfg)


def build_localizer(cfg: dict | nn.Module) -> nn.Module:
    """Build a localizer."""
    return build(cfg)


def build_recognizer(cfg: dict, train_cfg: dict | None = None, test_cfg: dict | None = None) -> nn.Module:
    """Build a recognizer.

    Args:
        cfg: config of the recognizer.
        train_cfg: its ``train_cfg`` where ``cfg`` does not hold one.
        test_cfg: its ``test_cfg`` where ``cfg`` does not hold one.

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


def build_detector(cfg: dict, train_cfg: dict | None = None, test_cfg: dict | None = None) -> nn.Module:
    """Build a detector; the arguments are those of :func:`build_recognizer`."""
    return build_recognizer(cfg, train_cfg, test_cfg)


def build_model(cfg: dict, train_cfg: dict | None = None, test_cfg: dict | None = None) -> nn.Module:
    """Build a model of any task; the arguments are those of :func:`build_recognizer`."""
    return build_recognizer(cfg, train_cfg, test_cfg)
