"""The 260 resolved config files of MMAction2 0.24.1, and comparison with those of today."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parents[1] / 'golden'


def _tuples(value: Any) -> Any:
    """Undo the JSON form of tuples."""
    if isinstance(value, dict):
        if '__tuple__' in value:
            return tuple(map(_tuples, value['__tuple__']))
        return {key: _tuples(item) for key, item in value.items()}
    return [*map(_tuples, value)] if isinstance(value, list) else value


@cache
def old_configs() -> dict[str, dict]:
    """File relative to ``configs`` -> the config."""
    return _tuples(json.loads(gzip.decompress((GOLDEN / 'configs_0x.json.gz').read_bytes()))['configs'])


@cache
def facts() -> dict[str, dict]:
    """File relative to ``configs`` -> the config as MMAction2 1.2.0 resolves it."""
    loaded = json.loads(gzip.decompress((GOLDEN / 'configs.json.gz').read_bytes()))
    return {name.removeprefix('configs/'): config for name, config in loaded.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items() if key != '_scope_'}
    if isinstance(value, list | tuple):
        return [*map(_plain, value)]
    same = {'https://download.pytorch.org/models/resnet50-11ad3fa6.pth': 'torchvision://resnet50'}
    return same.get(value, value) if isinstance(value, str) else value


def model_of(config: dict) -> dict:
    """The model, with the defaults that only one of the lines writes left out."""
    model = _plain(config.get('model') or {})
    for key in ('train_cfg', 'test_cfg'):
        if not model.get(key):
            model.pop(key, None)
    if model.get('data_preprocessor', {}).get('format_shape') == 'NCHW':
        del model['data_preprocessor']['format_shape']
    if (model.get('cls_head') or {}).get('spatial_type') == 'avg':
        del model['cls_head']['spatial_type']
    return model


def schedule_of(config: dict) -> dict:
    """Epochs, optimizer and schedulers, in epochs."""
    epochs = (config.get('train_cfg') or {}).get('max_epochs')
    schedulers = []
    for scheduler in _plain(config.get('param_scheduler') or []):
        scheduler = {'begin': 0, 'end': epochs, **scheduler}
        scheduler.pop('convert_to_iter_based', None)  # a warm-up by iterations of 0.x is one by epochs in many of 1.x
        if scheduler['type'] == 'MultiStepLR':
            scheduler['begin'] = 0  # milestones count from the first epoch in any case
        schedulers.append(scheduler)
    return dict(epochs=epochs, schedulers=schedulers, optimizer=_plain(config.get('optim_wrapper')))


def differences(ours: Any, fact: Any, path: str = '') -> Iterator[str]:
    """Yield the paths where two configs differ."""
    if isinstance(ours, dict) and isinstance(fact, dict):
        for key in sorted({*ours, *fact}):
            yield from differences(ours.get(key, '-'), fact.get(key, '-'), f'{path}.{key}'.lstrip('.'))
    elif ours != fact:
        yield path
