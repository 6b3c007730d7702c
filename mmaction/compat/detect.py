"""Recognition of 0.x configs by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# The form a key must have to count: people may use the same words for variables of their own.
_MARKS = MappingProxyType(
    {
        'data': ('videos_per_gpu', 'workers_per_gpu', 'train', 'val', 'test'),
        'lr_config': ('policy',),
        'optimizer_config': (),
        'evaluation': (),
        'checkpoint_config': (),
        'log_config': (),
        'dist_params': (),
        'module_hooks': None,
        'total_epochs': None,
        'resume_from': None,
        'workflow': None,
        'omnisource': None,
        'multigrid': (),
        'precise_bn': (),
    }
)


def old_keys(cfg: Mapping[str, Any]) -> list[str]:
    """List the keys of a config that only the 0.x line reads; empty for a 1.x config."""
    found = [key for key, inner in _MARKS.items() if key in cfg and _has_form(cfg[key], inner)]
    # `optimizer` is a common variable of 1.x configs, which read it from optim_wrapper.
    if isinstance(cfg.get('optimizer'), Mapping) and 'optim_wrapper' not in cfg:
        found.append('optimizer')
    if _is_old_model(cfg.get('model')):
        found.append('model')
    return found


def _has_form(value: Any, inner: tuple[str, ...] | None) -> bool:
    if inner is None:
        return True
    return isinstance(value, Mapping) and (not inner or any(key in value for key in inner))


def _is_old_model(model: Any) -> bool:
    """Tell whether a model has clip averaging or blending where only 0.x looks for them, or a type only 0.x has."""
    if not isinstance(model, Mapping):
        return False
    test_cfg = model.get('test_cfg') or {}
    train_cfg = model.get('train_cfg') or {}
    moved = 'average_clips' in test_cfg or 'blending' in train_cfg or 'action_thr' in (test_cfg.get('rcnn') or {})
    return moved or model.get('type') in OLD_RECOGNIZERS


OLD_RECOGNIZERS = frozenset({'SkeletonGCN', 'AudioRecognizer'})


def split_options(cfg: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split the settings of ``--cfg-options`` into those of 0.x and those of today.

    Args:
        cfg: the config as it was read, before any conversion.
        options: dotted key -> value.

    Returns:
        The settings that are applied before the conversion, and those that are applied to its result.
    """
    is_old = bool(old_keys(cfg))
    before = {}
    for key, value in options.items():
        name = key.split('.')[0]
        # A config of today may have variables of these names; they keep their meaning.
        if name in CONSUMED and (is_old or (name in _MARKS and name not in cfg)):
            before[key] = value
    return before, {key: value for key, value in options.items() if key not in before}


# Keys that the conversion consumes, but for `train_cfg` and `test_cfg`, which both lines have.
CONSUMED = frozenset(
    {'auto_resume', 'checkpoint_config', 'cudnn_benchmark', 'data', 'deterministic', 'dist_params', 'eval_config'}
    | {'evaluation', 'fp16', 'gpu_ids', 'img_norm_cfg', 'log_config', 'lr_config', 'module_hooks', 'mp_start_method'}
    | {'multigrid', 'omnisource', 'opencv_num_threads', 'optimizer', 'optimizer_config', 'output_config', 'precise_bn'}
    | {'resume_from', 'runner', 'seed', 'total_epochs', 'total_iters', 'workflow'}
)
