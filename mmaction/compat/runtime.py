"""Hooks, logs, processes and resuming: the runtime settings of 0.x."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.evaluation import best_checkpoint
from mmaction.compat.report import Report

# configs/_base_/default_runtime.py, on which 1.x configs build; a converted file stands alone.
DEFAULT_RUNTIME: Mapping[str, Any] = MappingProxyType(
    dict(
        default_scope='mmaction',
        default_hooks=dict(
            runtime_info=dict(type='RuntimeInfoHook'),
            timer=dict(type='IterTimerHook'),
            logger=dict(type='LoggerHook', interval=20, ignore_last=False),
            param_scheduler=dict(type='ParamSchedulerHook'),
            checkpoint=dict(type='CheckpointHook', interval=1, save_best='auto'),
            sampler_seed=dict(type='DistSamplerSeedHook'),
            sync_buffers=dict(type='SyncBuffersHook'),
        ),
        env_cfg=dict(
            cudnn_benchmark=False,
            mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
            dist_cfg=dict(backend='nccl'),
        ),
        log_processor=dict(type='LogProcessor', window_size=20, by_epoch=True),
        vis_backends=[dict(type='LocalVisBackend')],
        visualizer=dict(type='ActionVisualizer', vis_backends=[dict(type='LocalVisBackend')]),
        log_level='INFO',
        load_from=None,
        resume=False,
    )
)

_BACKENDS = MappingProxyType(
    {
        'TensorboardLoggerHook': 'TensorboardVisBackend',
        'WandbLoggerHook': 'WandbVisBackend',
        'MlflowLoggerHook': 'MLflowVisBackend',
    }
)
_CHECKPOINT = ('interval', 'by_epoch', 'max_keep_ckpts', 'filename_tmpl', 'save_optimizer', 'save_last', 'out_dir')


def default_runtime() -> dict[str, Any]:
    """Copy the default runtime settings."""
    return copy.deepcopy(dict(DEFAULT_RUNTIME))


def convert_hooks(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Convert ``checkpoint_config`` and ``log_config``."""
    hooks: dict[str, Any] = {}
    if 'checkpoint_config' in old or 'evaluation' in old:
        settings = old.get('checkpoint_config') or {}
        hooks['checkpoint'] = {name: settings[name] for name in _CHECKPOINT if name in settings}
        hooks['checkpoint'] |= best_checkpoint(old, report)
        for key in settings.keys() - {*_CHECKPOINT, 'type', 'create_symlink', 'meta'}:
            report.lose(f'checkpoint_config.{key}', 'CheckpointHook has no such setting')
    out: dict[str, Any] = {}
    if 'log_config' in old:
        settings = old['log_config']
        hooks['logger'] = dict(interval=settings.get('interval', 10))
        out = _backends(settings.get('hooks') or (), report)
    if hooks:
        out['default_hooks'] = hooks
    return out


def _backends(hooks: Any, report: Report) -> dict[str, Any]:
    backends = []
    for place, hook in enumerate(hooks):
        kind = hook['type']
        if kind in _BACKENDS:
            backends.append(dict(type=_BACKENDS[kind], **hook.get('init_kwargs', {})))
        elif kind != 'TextLoggerHook':
            report.lose(f'log_config.hooks[{place}] {kind}', 'no visualization backend of this kind')
    if not backends:
        return {}
    backends = [dict(type='LocalVisBackend'), *backends]
    return dict(vis_backends=backends, visualizer=dict(type='ActionVisualizer', vis_backends=backends))


def convert_environment(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Convert ``dist_params`` and the settings of processes."""
    env: dict[str, Any] = {}
    if old.get('dist_params'):
        env['dist_cfg'] = dict(old['dist_params'])
    processes = {key: old[key] for key in ('mp_start_method', 'opencv_num_threads') if key in old}
    if processes:
        env['mp_cfg'] = processes
    if 'cudnn_benchmark' in old:
        env['cudnn_benchmark'] = old['cudnn_benchmark']
    out: dict[str, Any] = dict(env_cfg=env) if env else {}
    if old.get('seed') is not None or old.get('deterministic'):
        out['randomness'] = dict(seed=old.get('seed'), deterministic=bool(old.get('deterministic', False)))
    return out


def convert_resuming(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Convert ``resume_from`` and ``auto_resume``."""
    if old.get('resume_from'):
        return dict(load_from=old['resume_from'], resume=True)
    if old.get('auto_resume'):
        return dict(resume=True)
    return {}


def check_unsupported(old: Mapping[str, Any], report: Report) -> None:
    """Name the runtime settings without a successor."""
    phases = {phase[0] for phase in old.get('workflow') or ()}
    if 'val' in phases:
        report.lose('workflow', 'no loss is computed on the validation data; metrics are, by train_cfg.val_interval')
    for key, reason in _NO_SUCCESSOR.items():
        if old.get(key):
            report.lose(key, reason)


_NO_SUCCESSOR = MappingProxyType(
    {
        'precise_bn': 'statistics of batch normalization are not computed anew before validation',
        'multigrid': 'long and short cycles are not trained; clips, crops and batch sizes stay as configured',
        'gpu_ids': 'one process drives one GPU: choose it with CUDA_VISIBLE_DEVICES',
    }
)
