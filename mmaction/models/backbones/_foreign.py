"""Strict loading of weights from elsewhere: whatever does not map is an error that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

Fit = Callable[[str, Tensor, Sequence[int]], Tensor]


def _as_is(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
    return weight


def inflate_centre(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
    """A 2D kernel as the middle frame of a 3D one, so that a still clip gives what the image gave, at its ends too."""
    if weight.dim() != 4 or len(shape) != 5:
        return weight
    inflated = weight.new_zeros(*weight.shape[:2], shape[2], *weight.shape[2:])
    inflated[:, :, shape[2] // 2] = weight
    return inflated


def _some(names: Sequence[str], count: int = 5) -> str:
    return ', '.join(names[:count]) + (f' and {len(names) - count} more' if len(names) > count else '')


@torch.no_grad()
def load_foreign(
    module: nn.Module,
    source: str,
    *,
    ignored: str = '(?!)',
    optional: str = '(?!)',
    fit: Fit = _as_is,
    prefixes: Sequence[str] = ('backbone.',),
    state: Mapping[str, Tensor] | None = None,
) -> None:
    """Copy the weights at ``source`` into ``module``. A checkpoint of a recognizer gives those of its backbone.

    Args:
        module: where to.
        source: path or address.
        ignored: pattern of the entries that ``module`` does without, such as a classifier.
        optional: pattern of the entries of ``module`` that the source may lack.
        fit: (name, weight, shape wanted) -> the weight, in that shape where it can be brought into it.
        prefixes: where names begin with one of these, only such entries count, without it.
        state: the weights, where they are loaded already; ``source`` is then only their name.

    Raises:
        ValueError: entries have no counterpart, are lacking, or have another shape. Nothing is loaded then.
    """
    from mmaction.engine.checkpoint import load_weights

    state = load_weights(source, map_location='cpu') if state is None else state
    for prefix in prefixes:
        if any(name.startswith(prefix) for name in state):
            state = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    targets = module.state_dict(keep_vars=True)

    found: dict[str, Tensor] = {}
    unknown, misfits = [], []
    for name, weight in state.items():
        if name not in targets:
            if not re.search(ignored, name):
                unknown.append(name)
            continue
        shape = tuple(targets[name].shape)
        found[name] = fit(name, weight, shape)
        if tuple(found[name].shape) != shape:
            misfits.append(f'{name} is {tuple(weight.shape)}, ours {shape}')
    missing = [k for k in targets if k not in found and not re.search(optional + '|num_batches_tracked$', k)]
    problems = [
        f'{what}: {_some(names)}'
        for what, names in (
            ('entries without a counterpart', unknown),
            ('nothing given for', missing),
            ('of another shape', misfits),
        )
        if names
    ]
    if problems:
        raise ValueError(f'The weights {source} do not fit {type(module).__name__}. ' + '; '.join(problems) + '.')
    for key, weight in found.items():
        targets[key].copy_(weight)
    print_log(f'{len(found)} entries of {source} loaded into {type(module).__name__}', logger='current')
