"""Convolution, normalization and activation layers from their config.

``conv_cfg``, ``norm_cfg`` and ``act_cfg`` are dicts with a ``type``: a name in the tables below or in the
registry ``MODELS`` (also of a class that mmcv or the user registered), or the class itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import mmcv.cnn
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from mmaction.registry import MODELS

Config = Mapping[str, Any]


class Swish(mmcv.cnn.Swish):
    """x * sigmoid(x). Takes no ``inplace``, unlike :class:`torch.nn.SiLU`."""

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(x)


CONV_LAYERS: dict[str, type[nn.Module]] = {
    'Conv': nn.Conv2d,
    'Conv1d': nn.Conv1d,
    'Conv2d': nn.Conv2d,
    'Conv3d': nn.Conv3d,
}
NORM_LAYERS: dict[str, type[nn.Module]] = {
    'BN': nn.BatchNorm2d,
    'BN1d': nn.BatchNorm1d,
    'BN2d': nn.BatchNorm2d,
    'BN3d': nn.BatchNorm3d,
    'SyncBN': nn.SyncBatchNorm,
    'GN': nn.GroupNorm,
    'LN': nn.LayerNorm,
    'IN': nn.InstanceNorm2d,
    'IN1d': nn.InstanceNorm1d,
    'IN2d': nn.InstanceNorm2d,
    'IN3d': nn.InstanceNorm3d,
}
ACTIVATIONS: dict[str, type[nn.Module]] = {
    'ReLU': nn.ReLU,
    'ReLU6': nn.ReLU6,
    'LeakyReLU': nn.LeakyReLU,
    'PReLU': nn.PReLU,
    'ELU': nn.ELU,
    'SiLU': nn.SiLU,
    'GELU': nn.GELU,
    'Sigmoid': nn.Sigmoid,
    'Tanh': nn.Tanh,
    'Hardswish': nn.Hardswish,
    'Swish': Swish,
    'HSwish': nn.Hardswish,  # names of mmcv, like Swish
    'HSigmoid': mmcv.cnn.HSigmoid,
}
_INPLACE = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SiLU, nn.Hardswish)


def _resolve(cfg: Config, table: dict[str, type[nn.Module]], what: str) -> tuple[type[nn.Module], dict[str, Any]]:
    """Look up the class of ``cfg['type']``, and return it with the other entries."""
    if not isinstance(cfg, Mapping) or 'type' not in cfg:
        raise TypeError(f'{what} must be a dict with the key "type", got {cfg!r}.')
    options = dict(cfg)
    name = options.pop('type')
    if not isinstance(name, str):
        return name, options
    layer = table.get(name) or MODELS.get(name)
    if layer is None:
        message = f'{what} names the layer {name}, which is neither one of {", ".join(table)} nor registered in MODELS.'
        close = difflib.get_close_matches(name, table, n=3)
        if close:
            message += f' Did you mean {" or ".join(close)}?'
        raise KeyError(message)
    return layer, options


def build_conv(conv_cfg: Config | None, *args: Any, **kwargs: Any) -> nn.Module:
    """Build the convolution of ``conv_cfg`` (default: Conv2d); the other arguments are those of ``torch.nn.Conv2d``."""
    layer, options = _resolve(conv_cfg or dict(type='Conv2d'), CONV_LAYERS, 'conv_cfg')
    return layer(*args, **kwargs, **options)


def norm_name(layer: type[nn.Module]) -> str:
    """Attribute name of a norm layer in its module, which is part of the checkpoint keys."""
    if abbr := getattr(layer, '_abbr_', None):
        return abbr
    for base, name in ((_InstanceNorm, 'in'), (_BatchNorm, 'bn'), (nn.GroupNorm, 'gn'), (nn.LayerNorm, 'ln')):
        if issubclass(layer, base):
            return name
    class_name = layer.__name__.lower()  # mmcv's last resort, for layers that users register
    for word, name in (('batch', 'bn'), ('group', 'gn'), ('layer', 'ln')):
        if word in class_name:
            return name
    return 'norm'


def build_norm(norm_cfg: Config, num_features: int) -> tuple[str, nn.Module]:
    """Build the norm layer of ``norm_cfg``, with its name; ``requires_grad=False`` in it freezes scale and shift."""
    layer, options = _resolve(norm_cfg, NORM_LAYERS, 'norm_cfg')
    requires_grad = options.pop('requires_grad', True)
    options.setdefault('eps', 1e-5)  # of mmcv, also for layers that have another default
    if issubclass(layer, nn.GroupNorm):
        if 'num_groups' not in options:
            raise ValueError(f'norm_cfg {dict(norm_cfg)} has no num_groups.')
        norm: nn.Module = layer(num_channels=num_features, **options)
    else:
        norm = layer(num_features, **options)
    for parameter in norm.parameters():
        parameter.requires_grad = requires_grad
    return norm_name(layer), norm


def build_act(act_cfg: Config, inplace: bool = True) -> nn.Module:
    """Build the activation of ``act_cfg``; ``inplace`` is the default for layers that support it."""
    layer, options = _resolve(act_cfg, ACTIVATIONS, 'act_cfg')
    if issubclass(layer, _INPLACE):
        options.setdefault('inplace', inplace)
    return layer(**options)


def fill_bias(layer: nn.Module, value: float = 0.0) -> None:
    """Fill the bias of a layer; one without a bias is left as it is."""
    bias = getattr(layer, 'bias', None)
    if isinstance(bias, Tensor):
        nn.init.constant_(bias, value)


def is_batch_norm(module: nn.Module) -> bool:
    """Return whether a module is a batch norm, synchronized or not."""
    return isinstance(module, _BatchNorm)
