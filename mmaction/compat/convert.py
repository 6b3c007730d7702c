"""Conversion of a whole 0.x config."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.detect import CONSUMED
from mmaction.compat.evaluation import evaluator, validation
from mmaction.compat.loaders import convert_data
from mmaction.compat.model import convert_model
from mmaction.compat.optimizer import convert_optimizer
from mmaction.compat.pipeline import KEPT, Normalization, convert_pipeline, normalization
from mmaction.compat.report import Report
from mmaction.compat.runtime import (
    check_unsupported,
    convert_environment,
    convert_hooks,
    convert_resuming,
    default_runtime,
)
from mmaction.compat.schedule import convert_schedule

_SPLITS = MappingProxyType({'train': 'train_cfg', 'val': 'val_cfg', 'test': 'test_cfg'})


def convert_config(old: Mapping[str, Any]) -> tuple[dict[str, Any], Report]:
    """Convert a resolved config of the 0.x line, or one that mixes settings of both lines.

    Settings of 0.x win over those of 1.x that stand beside them, which usually come from a base of today.

    Args:
        old: the config as plain dicts and lists; not changed.

    Returns:
        The config in the form of 1.x, and the settings that changed or could not be converted.
    """
    old = copy.deepcopy(dict(old))
    report = Report()
    modern = _modern_part(old)
    converted: dict[str, Any] = {}
    for part in (
        _convert_models(old, report),
        _convert_pipelines(old, report),
        convert_data(old, report) if 'data' in old else {},
        convert_optimizer(old, report),
        convert_hooks(old, report),
        convert_environment(old, report),
        convert_resuming(old, report),
    ):
        merge(converted, part)
    if 'default_hooks' not in old:
        modern = merge(default_runtime(), modern)
    _convert_loops(old, modern, converted, report)
    check_unsupported(old, report)
    for key, value in converted.items():
        # Loaders and schedulers are replaced as a whole: those of a base are for other data.
        modern[key] = merge(modern[key], value) if _is_merged(key, modern, value) else value
    if _uses_kept_steps(modern):
        imports = modern.setdefault('custom_imports', dict(imports=[], allow_failed_imports=False))
        imports['imports'] = [*imports['imports'], 'mmaction.compat.transforms']
    return modern, report


def _is_merged(key: str, modern: Mapping[str, Any], value: Any) -> bool:
    whole = key == 'model' or key.endswith(('_dataloader', '_evaluator', '_pipeline'))
    return not whole and isinstance(value, Mapping) and isinstance(modern.get(key), Mapping)


def merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge nested dicts into ``base``, which is changed and returned; values of ``over`` win."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value
    return base


def _modern_part(old: Mapping[str, Any]) -> dict[str, Any]:
    """Select what stays: the author's variables, and settings of 1.x, whose loops have a type."""
    consumed = CONSUMED | {key for key in ('train_cfg', 'test_cfg') if 'type' not in (old.get(key) or {})}
    return {key: value for key, value in old.items() if key not in consumed}


def _convert_models(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    if 'model' not in old:
        return {}
    model = dict(old['model'])
    for key in ('train_cfg', 'test_cfg'):
        # Before 0.10 these stood beside the model.
        outside = old.get(key)
        if outside is not None and 'type' not in outside and key not in model:
            model[key] = outside
    return dict(model=convert_model(model, _find_normalization(old, report), report))


def _find_normalization(old: Mapping[str, Any], report: Report) -> Normalization | None:
    """Find the one normalization of all pipelines, or that of the hook which ran on the GPU."""
    found = {}
    for place, steps in _pipelines(old):
        values = normalization([step for step in steps if isinstance(step, Mapping)])
        if values is not None:
            found[place] = values
    distinct = list(dict.fromkeys(found.values()))
    if len(distinct) > 1:
        report.lose(
            ', '.join(found), f'the pipelines normalize differently; the model takes the first: {distinct[0].config()}'
        )
    for number, hook in enumerate(old.get('module_hooks') or ()):
        if hook.get('type') == 'GPUNormalize':
            shape = 'NCTHW' if hook.get('input_format') == 'NCTHW' else 'NCHW'
            distinct.append(Normalization(tuple(hook['mean']), tuple(hook['std']), False, shape))
        else:
            report.lose(f'module_hooks[{number}] {hook.get("type")}', 'write a hook of mmengine (custom_hooks)')
    return distinct[0] if distinct else None


def _pipelines(old: Mapping[str, Any]) -> list[tuple[str, list]]:
    """List the pipelines of all data sets, with their places."""
    found = []

    def search(value: Any, place: str) -> None:
        if isinstance(value, Mapping):
            if isinstance(value.get('pipeline'), list):
                found.append((f'{place}.pipeline', value['pipeline']))
            for key in ('dataset', 'datasets'):
                search(value.get(key), f'{place}.{key}')
        elif isinstance(value, list | tuple):
            for number, one in enumerate(value):
                search(one, f'{place}[{number}]')

    for split in _SPLITS:
        search((old.get('data') or {}).get(split), f'data.{split}')
    return found


def _convert_pipelines(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Convert the variables that hold pipelines, which tools read beside the loaders."""
    scratch = Report()  # the data sets report the same steps
    return {
        key: convert_pipeline(value, key, scratch)
        for key, value in old.items()
        if key.endswith('_pipeline') and isinstance(value, list)
    }


def _convert_loops(old: Mapping[str, Any], modern: dict[str, Any], converted: dict[str, Any], report: Report) -> None:
    """Add loops, evaluators and schedulers, which depend on each other."""
    runner = old.get('runner') or {}
    by_iteration = runner.get('type') == 'IterBasedRunner' or 'total_iters' in old
    end = runner.get('max_epochs', runner.get('max_iters', old.get('total_epochs', old.get('total_iters'))))
    if end is None:
        end = (modern.get('train_cfg') or {}).get('max_epochs')
    if end is not None and 'lr_config' in old:
        converted['param_scheduler'] = convert_schedule(old['lr_config'] or {}, end, report)
    if end is not None and ('train_dataloader' in converted or 'train_cfg' in modern or _has_length(old)):
        name = 'max_iters' if by_iteration else 'max_epochs'
        loop: dict[str, Any] = dict(type='IterBasedTrainLoop' if by_iteration else 'EpochBasedTrainLoop')
        loop |= {name: end}
        if by_iteration:
            converted['log_processor'] = dict(by_epoch=False)
        if 'evaluation' in old or 'train_cfg' not in modern:
            loop |= validation(old)
        converted['train_cfg'] = loop | converted.get('train_cfg', {})
    for split in ('val', 'test'):
        if f'{split}_dataloader' in converted:
            converted[f'{split}_cfg'] = dict(type='ValLoop' if split == 'val' else 'TestLoop')
            converted[f'{split}_evaluator'] = evaluator(old, split, report)


def _has_length(old: Mapping[str, Any]) -> bool:
    return any(key in old for key in ('total_epochs', 'total_iters', 'runner'))


def _uses_kept_steps(config: Any) -> bool:
    if isinstance(config, Mapping):
        return config.get('type') in KEPT or any(_uses_kept_steps(value) for value in config.values())
    return isinstance(config, list | tuple) and any(_uses_kept_steps(value) for value in config)
