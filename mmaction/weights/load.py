"""Load weights into a module: the one way from a source to parameters."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from mmengine.logging import print_log
from torch import Tensor, nn

from mmaction.utils.check import shorten
from mmaction.weights.fit import Fit, as_is
from mmaction.weights.recognizer import state_for
from mmaction.weights.rename import RenameTable, State, part_below, translate
from mmaction.weights.report import NOTHING, LoadReport, match
from mmaction.weights.sources import load_weights

Policy = Literal['strict', 'log', 'warn', 'partial']
# last change of a translated state dict: (state dict, the table that fits or None) -> state dict
Adapt = Callable[[State, RenameTable | None], State]


def load(
    module: nn.Module,
    source: str | Mapping[str, Tensor],
    *,
    tables: Sequence[RenameTable] = (),
    adapt: Adapt | None = None,
    fit: Fit = as_is,
    ignore: str = NOTHING,
    optional: str = NOTHING,
    policy: Policy = 'strict',
    prefix: str | None = None,
    name: str | None = None,
    remedy: str = '',
) -> LoadReport:
    """Load weights into a module.

    Args:
        module: the target. A recognizer takes a recognizer's checkpoint, also a foreign one that the tables of its
            backbone know; any other module takes the ``backbone.`` of a recognizer's checkpoint.
        source: path, URL, ``torchvision://<name>`` or a state dict.
        tables: translations of other codebases' names; the first that fits is used.
        adapt: last change of the translated state dict.
        fit: brings a weight into the shape of its target.
        ignore: pattern of entries of the checkpoint that may be left over, such as a classifier.
        optional: pattern of entries of the module that may be missing.
        policy: treatment of missing and unexpected keys: ``'strict'`` raises, ``'log'`` logs, ``'warn'`` warns;
            ``'partial'`` logs a warning, and is the only one to leave out entries of another shape, such as a
            classifier of other classes, instead of raising. A table of a whole model makes each of them strict.
        prefix: take only the entries below this prefix.
        name: the name of a state dict in messages.
        remedy: a sentence for the error.

    Raises:
        ValueError: entries have another shape; none matches; or, if strict, some are missing or unexpected. Nothing is
            loaded then.
    """
    origin = name or (source if isinstance(source, str) else 'the checkpoint')
    given = load_weights(source) if isinstance(source, str) else source
    state, table = translate(_part_for(module, given, prefix, origin), tables)
    if adapt is not None:
        state = adapt(state, table)
    state = _after_hooks(module, state)
    fitted, report = match(module, state, origin, fit=fit, table=table, ignore=ignore, optional=optional)
    is_strict = policy == 'strict' or (table is not None and table.whole)
    if (report.misfits and policy != 'partial') or (is_strict and not report.is_complete):
        raise report.error(remedy)
    # Left-over entries are handed over too: a module may read them in a `_load_from_state_dict` of its own.
    rest = {key: state[key] for key in report.unused}
    result = module.load_state_dict(fitted | rest, strict=False)
    report = replace(report, unused=tuple(key for key in report.unused if key in result.unexpected_keys))
    if not report.loaded and report.missing and len(report.unused) == len(rest):
        raise report.error(remedy)
    _log_outcome(report, policy)
    return report


def _part_for(module: nn.Module, state: Mapping[str, Tensor], prefix: str | None, origin: str) -> Mapping[str, Tensor]:
    """The part of a checkpoint that is meant for ``module``."""
    if prefix:
        prefix = prefix.rstrip('.') + '.'
        below = part_below(state, prefix)
        if not below:
            raise ValueError(f'No key of {origin} starts with {prefix!r}; it holds {shorten(state)}.')
        return below
    if any(key.startswith('backbone.') for key in module.state_dict()):
        return state_for(module, state, origin)
    return part_below(state, 'backbone.') or state


def _after_hooks(module: nn.Module, state: State) -> State:
    """The state dict after the hooks with which modules rename their entries at load.

    torch runs them in `load_state_dict` only, where it is too late to compare names and shapes first.
    """
    for path, child in module.named_modules():
        for hook in child._load_state_dict_pre_hooks.values():
            hook(state, path and f'{path}.', {}, True, [], [], [])
    return state


def _log_outcome(report: LoadReport, policy: Policy) -> None:
    """Log the outcome, or warn of missing and unexpected keys."""
    if report.is_complete or policy == 'log':
        if policy != 'warn':
            print_log(report.summary(), logger='current')
    elif policy == 'warn':
        warnings.warn(report.warning(), stacklevel=4)
    else:
        print_log(report.warning(), logger='current', level=logging.WARNING)
