"""Migrated configs as readable Python files."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import Any

from mmaction.compat.report import Report

_WIDTH = 120
# The order of the 1.x configs: model, data, schedule, runtime. Other keys, the author's variables, come first.
_ORDER = (
    ('Model', ('model',)),
    (
        'Data',
        ('train_pipeline', 'val_pipeline', 'test_pipeline')
        + ('train_dataloader', 'val_dataloader', 'test_dataloader', 'val_evaluator', 'test_evaluator'),
    ),
    ('Schedule', ('train_cfg', 'val_cfg', 'test_cfg', 'param_scheduler', 'optim_wrapper', 'auto_scale_lr')),
    (
        'Runtime',
        ('default_scope', 'custom_imports', 'default_hooks', 'custom_hooks', 'env_cfg', 'log_processor')
        + ('vis_backends', 'visualizer', 'log_level', 'work_dir', 'load_from', 'resume', 'randomness')
        + ('find_unused_parameters', 'launcher'),
    ),
)
_PIPELINES = ('train_pipeline', 'val_pipeline', 'test_pipeline')


class Name(str):
    """A variable of the file, written without quotes."""


def config_text(config: Mapping[str, Any], report: Report, source: str) -> str:
    """Write a converted config as the text of a Python file.

    Args:
        config: the config in the form of 1.x.
        report: what changed or was lost; becomes comments at the head.
        source: name of the old file, for the first line.
    """
    head = [f'# Converted from {source}, a config of MMAction2 0.x.']
    head += [f'# {line}' for line in report.lines()]
    placed = {key for _, keys in _ORDER for key in keys}
    config = _share_pipelines(config)
    sections = [('Variables', tuple(key for key in config if key not in placed)), *_ORDER]
    text = ['\n'.join(head)]
    for title, keys in sections:
        present = [key for key in keys if key in config]
        if present:
            lines = [f'{key} = {_format(config[key], 0, len(key) + 3)}' for key in present]
            text.append('\n'.join([f'# {title}', *lines]))
    return '\n\n'.join(text) + '\n'


def _share_pipelines(config: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the pipelines in the loaders by the variables that hold the same steps, which are made where missing."""
    out = dict(config)
    for key in _PIPELINES:
        loader = out.get(f'{key.removesuffix("_pipeline")}_dataloader')
        found = _find_pipeline(loader)
        if found is not None:
            out[key] = found
    steps = {key: out[key] for key in _PIPELINES if key in out}
    for key in list(out):
        if key.endswith('_dataloader') or key == 'train_cfg':
            # Validation and test often have the same steps; each loader names its own.
            own = f'{key.split("_")[0]}_pipeline'
            first = {own: steps[own]} if own in steps else {}
            out[key] = _with_names(out[key], first | steps)
    return out


def _find_pipeline(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return None
    return value.get('pipeline') or _find_pipeline(value.get('dataset'))


def _with_names(value: Any, steps: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _name_or(inner, key, steps) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_names(inner, steps) for inner in value]
    return value


def _name_or(value: Any, key: str, steps: Mapping[str, Any]) -> Any:
    if key == 'pipeline':
        return next((Name(name) for name, known in steps.items() if known == value), value)
    return _with_names(value, steps)


def _format(value: Any, indent: int, used: int) -> str:
    """Write a value on one line if it fits behind ``used`` characters, else with one item per line."""
    flat = _flat(value)
    if used + len(flat) < _WIDTH or not isinstance(value, Mapping | list | tuple) or not value:
        return flat
    inner = indent + 4
    pad = ' ' * inner
    if isinstance(value, Mapping):
        if _is_keywords(value):
            items = [f'{pad}{key}={_format(item, inner, inner + len(key) + 2)},' for key, item in value.items()]
            return '\n'.join(['dict(', *items, ' ' * indent + ')'])
        items = [f'{pad}{key!r}: {_format(item, inner, inner + len(repr(key)) + 3)},' for key, item in value.items()]
        return '\n'.join(['{', *items, ' ' * indent + '}'])
    opening, closing = '[]' if isinstance(value, list) else '()'
    if all(isinstance(item, int | float | str) for item in value):
        return opening + _wrapped(value, inner) + '\n' + ' ' * indent + closing
    items = [f'{pad}{_format(item, inner, inner + 1)},' for item in value]
    return '\n'.join([opening, *items, ' ' * indent + closing])


def _wrapped(values: Sequence[Any], indent: int) -> str:
    """Fill lines with the numbers or strings of a long list."""
    lines = ['']
    for value in values:
        item = f'{value!r}, '
        if len(lines) == 1 or len(lines[-1]) + len(item) > _WIDTH:
            lines.append(' ' * indent)
        lines[-1] += item
    return '\n'.join(line.rstrip() for line in lines)


def _flat(value: Any) -> str:
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, Mapping):
        if _is_keywords(value):
            return f'dict({", ".join(f"{key}={_flat(item)}" for key, item in value.items())})'
        return f'{{{", ".join(f"{key!r}: {_flat(item)}" for key, item in value.items())}}}'
    if isinstance(value, list):
        return f'[{", ".join(map(_flat, value))}]'
    if isinstance(value, tuple):
        return f'({", ".join(map(_flat, value))}{"," * (len(value) == 1)})'
    return repr(value)


def _is_keywords(value: Mapping) -> bool:
    return all(isinstance(key, str) and key.isidentifier() and not keyword.iskeyword(key) for key in value)
