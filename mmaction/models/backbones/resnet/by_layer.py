"""Pre-trained weights layer by layer: the hooks of MMAction2's ResNets, which a subclass may override.

Stock networks load all layers at once, through :func:`mmaction.weights.load`; a network with an overridden hook goes
through these.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping

import torch
from mmengine.logging import MMLogger
from torch import Tensor, nn

from mmaction.models.common.conv_module import ConvModule
from mmaction.weights.fit import fit_convolution

State = Mapping[str, Tensor]
# (layer, weights of a ResNet over images, the layer's name in them, names loaded so far) -> None
LoadLayer = Callable[[nn.Module, State, str, list[str]], None]


def torchvision_names(name: str) -> tuple[str, str]:
    """Names of a convolution and its norm in torchvision's ResNets: ``layer1.0.conv1`` and ``layer1.0.bn1``."""
    if 'downsample' in name:
        return f'{name}.0', f'{name}.1'
    return name, name.replace('conv', 'bn')


def _layers(net: nn.Module) -> Iterator[tuple[nn.Module, str, bool]]:
    """The layers of all convolution modules, each with its name in torchvision and whether it is a convolution."""
    for path, module in net.named_modules():
        if not isinstance(module, ConvModule):
            continue
        conv_name, norm_name = torchvision_names(path)
        yield module.conv, conv_name, True
        if module.norm is not None:
            yield module.norm, norm_name, False


def load_by_layer(
    net: nn.Module, state: State, load_conv: LoadLayer, load_norm: LoadLayer, logger: MMLogger | None = None
) -> None:
    """Call a hook for each layer that the weights have, and log what is missing and what is left over.

    Args:
        net: the network.
        state: weights of a ResNet over images, with torchvision's names.
        load_conv: hook of the convolutions.
        load_norm: hook of the norms.
        logger: receives the log. Default: the current one.
    """
    logger = logger or MMLogger.get_current_instance()
    loaded: list[str] = []
    for layer, name, is_conv in _layers(net):
        if f'{name}.weight' not in state:
            logger.warning(f"{name} is not in the weights, which have torchvision's names; it keeps its initial ones.")
            continue
        load = load_conv if is_conv else load_norm
        load(layer, state, name, loaded)
    rest = sorted(set(state) - set(loaded))
    if rest:
        logger.info(f'These weights are left over: {", ".join(rest)}.')


def copy_layer(layer: nn.Module, state: State, name: str, loaded: list[str]) -> None:
    """Copy the weights of one layer; a 2D kernel is inflated if the layer is one over clips.

    Args:
        layer: a convolution or a norm.
        state: the weights.
        name: of the layer in them.
        loaded: gets the names of the entries that are loaded.
    """
    for entry, target in layer.state_dict(keep_vars=True).items():
        key = f'{name}.{entry}'
        if key not in state:
            continue
        copy_entry(target, state[key], key, loaded)


def copy_entry(target: Tensor, weight: Tensor, key: str, loaded: list[str]) -> None:
    """Copy one entry, inflated if necessary; one of another shape is left as it is, with a warning."""
    fitted = fit_convolution(weight, target.shape)
    if fitted.shape != target.shape:
        shapes = f'{tuple(weight.shape)} in the weights and {tuple(target.shape)} in the network'
        MMLogger.get_current_instance().log(logging.WARNING, f'{key} is {shapes}; it keeps its initial values.')
        return
    with torch.no_grad():
        target.copy_(fitted)
    loaded.append(key)
