"""Backbones named ``torchvision.X``, ``timm.X``, ``mmpretrain.X`` or ``mmcls.X`` as feature extractors."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from torch import nn

from mmaction.utils import require
from mmaction.weights import load
from mmaction.weights.sources import torchvision_urls

from . import densenet, resnet, squeezenet, swin2d
from ._features import FeatureMapHook
from .mobileone import MobileOne

_OPENMMLAB: dict[str, Callable[..., nn.Module]] = {
    'MobileOne': MobileOne,
    'ResNet': resnet.ResNet,
    'ResNeXt': resnet.ResNeXt,
}
#: Models built here, which neither require the package nor depend on its release.
NATIVE: dict[str, dict[str, Callable[..., nn.Module]]] = {
    'torchvision': {
        **{name: partial(densenet.DenseNet, name) for name in densenet.ARCHS},
        **{name: partial(resnet.TorchvisionResNet, name) for name in resnet.TORCHVISION},
        **{name: partial(squeezenet.SqueezeNet, name) for name in squeezenet.ARCHS},
    },
    'timm': {name: partial(swin2d.SwinTransformer, name) for name in swin2d.ARCHS},
    'mmpretrain': _OPENMMLAB,
    'mmcls': _OPENMMLAB,
}


def source_of(cfg: Mapping[str, Any] | nn.Module) -> tuple[str, str | None]:
    """Package that a backbone is taken from, ``'mmaction2'`` for one of ours, and the layout of its features."""
    if not isinstance(cfg, Mapping):
        return 'mmaction2', None
    package = str(cfg.get('type')).partition('.')[0]
    return (package if package in NATIVE else 'mmaction2'), cfg.get('feature_shape')


def build_third_party(cfg: Mapping[str, Any]) -> nn.Module | None:
    """Build a backbone whose ``type`` starts with ``torchvision.``, ``timm.``, ``mmpretrain.`` or ``mmcls.``.

    Args:
        cfg: ``type`` and the arguments of the model. For all of them ``pretrained`` may be a path or URL, and
            ``init_cfg`` a ``dict(type='Pretrained', checkpoint=..., prefix=...)``; ``timm`` takes ``feature_shape``.

    Returns:
        A module that maps (N, 3, H, W) to feature maps (N, C, h, w) with the package's own key names, or None if
        ``type`` has no such prefix.

    Raises:
        ImportError: the model requires its package, which is not installed; names the command.
        ValueError: the package has no model of that name.
    """
    options = dict(cfg)
    name = options.pop('type', None)
    if not isinstance(name, str):
        return None
    package, _, model = name.partition('.')
    if package not in NATIVE:
        return None
    if model in NATIVE[package]:
        if package == 'torchvision' and (weights := options.pop('weights', None)) is not None:
            options['pretrained'] = _torchvision_url(model, weights)
        return NATIVE[package][model](**options)
    return _FOREIGN[package](package, model, options)


def _torchvision_url(name: str, weights: str) -> str:
    """``'IMAGENET1K_V2'`` of ``resnet50`` -> ``'torchvision://resnet50.imagenet1k_v2'``."""
    versions = {key.removeprefix(f'{name}.').upper() for key in torchvision_urls() if key.startswith(f'{name}.')}
    if weights not in ('DEFAULT', *versions):
        raise ValueError(
            f'weights ({weights!r}) of torchvision.{name} must be DEFAULT or {", ".join(sorted(versions))}.'
        )
    return f'torchvision://{name}.{(max(versions) if weights == "DEFAULT" else weights).lower()}'


def _torchvision(package: str, name: str, options: dict[str, Any]) -> nn.Module:
    models = require('torchvision', _install('torchvision', name)).models
    if not callable(getattr(models, name, None)):
        raise ValueError(_no_such('torchvision', name, models.list_models()))
    source, prefix = _pop_source(options)
    if options.pop('pretrained', False):
        options['weights'] = next(iter(models.get_model_weights(name)))
    return _load(torchvision_extractor(getattr(models, name)(**options)), source, prefix)


def torchvision_extractor(model: nn.Module) -> nn.Module:
    """Remove the classifier of a torchvision model in place, so that its output becomes (N, C, 1, 1).

    A model that keeps its convolutions in ``features`` runs these alone, so a DenseNet's last ReLU is omitted, as
    MMAction2's checkpoints expect.
    """
    model.classifier = nn.Identity()
    model.fc = nn.Identity()
    features = dict(model.named_children()).get('features')
    if features is not None:
        _replace_forward(model, features.__call__)
    return _finish(model, FeatureMapHook(pool=True))


def _timm(package: str, name: str, options: dict[str, Any]) -> nn.Module:
    timm = require('timm', _install('timm', name))
    if not timm.is_model(name):
        raise ValueError(_no_such('timm', name, timm.list_models()))
    layout = options.pop('feature_shape', None)
    source, prefix = _pop_source(options)
    model = timm.create_model(name, **{**options, 'num_classes': 0})
    return _load(timm_extractor(model, layout), source, prefix)


def timm_extractor(model: nn.Module, layout: str | None = None) -> nn.Module:
    """Make a timm model return its pooled features (N, C, 1, 1), in place.

    Args:
        model: built with ``num_classes=0``; has ``forward_features``.
        layout: see :func:`to_feature_map`. Default: ``output_fmt`` of the model.
    """
    if layout is None and hasattr(model, 'output_fmt'):
        layout = str(getattr(model.output_fmt, 'value', model.output_fmt))
    _replace_forward(model, cast(Callable[..., Any], model.forward_features))
    return _finish(model, FeatureMapHook(layout, pool=True))


def _replace_forward(model: nn.Module, forward: Callable[..., Any]) -> None:
    model.__dict__['forward'] = forward  # of this instance, ahead of that of its class


def _finish(model: nn.Module, hook: FeatureMapHook) -> nn.Module:
    model.register_forward_hook(hook)
    # Else mmengine calls the `init_weights` of a timm model, which discards pretrained weights.
    model.__dict__['is_init'] = True
    return model


def _openmmlab(package: str, name: str, options: dict[str, Any]) -> nn.Module:
    root = _mmpretrain(package, name)
    import_module(f'{root.__name__}.models')
    registry = import_module(f'{root.__name__}.registry').MODELS
    model = registry.build(dict(type=name, **options))
    model.register_forward_hook(FeatureMapHook())
    return model


def _mmpretrain(package: str, name: str) -> ModuleType:
    """mmpretrain, or mmcls as it was called before: the requested one if it loads, else the other."""
    other = {'mmpretrain': 'mmcls', 'mmcls': 'mmpretrain'}[package]
    try:
        return require(package, _install('mmpretrain', name))
    except ImportError:
        try:
            return require(other)
        except ImportError:
            pass
        raise


_FOREIGN: dict[str, Callable[[str, str, dict[str, Any]], nn.Module]] = {
    'torchvision': _torchvision,
    'timm': _timm,
    'mmpretrain': _openmmlab,
    'mmcls': _openmmlab,
}


def _pop_source(options: dict[str, Any]) -> tuple[str | None, str | None]:
    """Remove the path or URL of weights, and the prefix of their keys, from the arguments."""
    if isinstance(options.get('pretrained'), str):
        return options.pop('pretrained'), None
    init_cfg = options.pop('init_cfg', None)
    if init_cfg is None:
        return None, None
    if not isinstance(init_cfg, Mapping) or init_cfg.get('type') != 'Pretrained':
        raise ValueError(f"init_cfg ({init_cfg!r}) of a third-party backbone must be of type 'Pretrained' or left out.")
    return init_cfg['checkpoint'], init_cfg.get('prefix')


def _load(model: nn.Module, source: str | None, prefix: str | None) -> nn.Module:
    """Load weights strictly, except for the classifier that the extractor lacks."""
    if source is not None:
        load(model, source, prefix=prefix, ignore=r'^(classifier|fc|head)\.')
    return model


def _install(package: str, name: str) -> str:
    native = ', '.join(NATIVE[package])
    return f'pip install {package} (without it these work: {native}; {name} is not among them)'


def _no_such(package: str, name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=3)
    return f'{package} has no model {name!r}.' + (f' Did you mean {" or ".join(close)}?' if close else '')
