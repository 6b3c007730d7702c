"""Weights of other nets into a backbone: names, 2D to 3D, and which input channels."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

Rename = Callable[[str], str]

# torchvision's names of a ResNet -> ours
_TORCHVISION_RESNET: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'(^|\.)conv(\d)\.(weight|bias)$'), r'\1conv\2.conv.\3'),
    (re.compile(r'(^|\.)bn(\d)\.'), r'\1conv\2.bn.'),
    (re.compile(r'(^|\.)downsample\.0\.(weight|bias)$'), r'\1downsample.conv.\2'),
    (re.compile(r'(^|\.)downsample\.1\.'), r'\1downsample.bn.'),
)
# modules that wrap a part of a 2D net: a shift or interlace of time, a non-local or adaptive module behind a block
_WRAPPERS = frozenset({'net', 'net2', 'block'})


def from_torchvision(name: str) -> str:
    """Our name of an entry of torchvision's ResNet; other names pass through."""
    for pattern, replacement in _TORCHVISION_RESNET:
        name = pattern.sub(replacement, name)
    return name


def without_wrappers(name: str) -> str:
    """Name of an entry in the 2D net that was wrapped: ``layer1.0.conv1.conv.net.weight`` -> ``....conv.weight``."""
    return '.'.join(part for part in name.split('.') if part not in _WRAPPERS)


def check_pretrained(pretrained: Any) -> None:
    """Raise TypeError where ``pretrained`` is no address."""
    if pretrained is not None and not isinstance(pretrained, str):
        raise TypeError(f'pretrained must be a str or None, got {pretrained!r}.')


def split_init_cfg(pretrained: str | None, init_cfg: Any) -> tuple[str | None, Any]:
    """Take a ``dict(type='Pretrained', checkpoint=...)`` out of ``init_cfg``: the backbone loads it itself.

    Returns:
        The source of the weights and the rest of ``init_cfg`` (None where nothing is left).
    """
    check_pretrained(pretrained)
    cfgs = [init_cfg] if isinstance(init_cfg, Mapping) else list(init_cfg or [])
    sources = [cfg['checkpoint'] for cfg in cfgs if cfg['type'] == 'Pretrained']
    rest = [cfg for cfg in cfgs if cfg['type'] != 'Pretrained']
    return pretrained or (sources[0] if sources else None), rest or None


def inflate(weight: Tensor, frames: int) -> Tensor:
    """(O, I, kh, kw) -> (O, I, frames, kh, kw) that gives on a still clip what the 2D kernel gives on the image.

    Carreira and Zisserman, 2017, sec. 2.1, https://arxiv.org/abs/1705.07750.
    """
    return weight.unsqueeze(2).expand(-1, -1, frames, -1, -1) / frames


def adapt_channels(weight: Tensor, channels: int) -> Tensor:
    """(O, I, *K) -> (O, channels, *K): the mean over the input channels, repeated.

    Wang et al., 2016, TSN, sec. 3.2, https://arxiv.org/abs/1608.00859: weights of colour for stacked optical flow.
    """
    return weight.mean(1, keepdim=True).expand(-1, channels, *weight.shape[2:])


def fit(weight: Tensor, shape: Sequence[int], stem: bool = False) -> Tensor | None:
    """A weight in another shape: inflated where the target has a time axis, other input channels in the stem.

    Returns:
        None where it does not fit.
    """
    if weight.dim() == 4 and len(shape) == 5:
        weight = inflate(weight, shape[2])
    if stem and weight.dim() == len(shape) > 1 and weight.shape[1] != shape[1]:
        weight = adapt_channels(weight, shape[1])
    return weight if tuple(weight.shape) == tuple(shape) else None


def _some(names: Sequence[str], count: int = 4) -> str:
    return ', '.join(names[:count]) + (f' and {len(names) - count} more' if len(names) > count else '')


@torch.no_grad()
def load_into(
    module: nn.Module,
    source: str,
    rename: Rename = str,
    own: Rename = str,
    stem: str = 'conv1.conv.weight',
    state: Mapping[str, Tensor] | None = None,
) -> None:
    """Copy the weights at ``source`` into ``module``; what is not used or not found goes to the log.

    A checkpoint of a recognizer gives those of its backbone.

    Args:
        module: the backbone.
        source: path, address or ``torchvision://<name>``.
        rename: name in the source -> name in the plain net.
        own: name in ``module`` -> name in the plain net.
        stem: plain name of the first convolution, the only one whose input channels may differ.
        state: the weights, where they are loaded already; ``source`` is then only their name.

    Raises:
        ValueError: no entry has a name of the module, or an entry has another shape.
    """
    from mmaction.engine.checkpoint import load_weights

    state = load_weights(source, map_location='cpu') if state is None else state
    if any(name.startswith('backbone.') for name in state):
        state = {k.removeprefix('backbone.'): v for k, v in state.items() if k.startswith('backbone.')}
    given = {rename(name): value for name, value in state.items()}
    targets = module.state_dict(keep_vars=True)
    plain = {own(name): name for name in targets}

    found, misfits = {}, []
    for name, key in plain.items():
        if name not in given:
            continue
        weight = fit(given[name], targets[key].shape, stem=name == stem)
        if weight is None:
            misfits.append(f'{key} is {tuple(targets[key].shape)}, given {tuple(given[name].shape)}')
        else:
            found[key] = weight
    if misfits:
        raise ValueError(f'The weights {source} are of another {type(module).__name__}: {_some(misfits)}.')
    if not found:
        raise ValueError(
            f'No entry of {source} has a name of {type(module).__name__}: it holds {_some(list(state))}; wanted are '
            f'{_some(list(plain))}.'
        )
    for key, weight in found.items():
        targets[key].copy_(weight)

    unused = [name for name in given if name not in plain]
    missing = [key for key in targets if key not in found and not key.endswith('num_batches_tracked')]
    note = f'{len(found)} entries of {source} loaded into {type(module).__name__}'
    note += f'; not used: {_some(unused, 20)}' if unused else ''
    note += f'; as initialised: {_some(missing, 20)}' if missing else ''
    print_log(note, logger='current')
