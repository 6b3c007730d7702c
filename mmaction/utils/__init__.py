"""Helpers that belong to no task. This folder imports nothing of ours."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mmaction.utils.collect_env import collect_env
from mmaction.utils.dependency import register_multimodal_placeholder, require, satisfy_requirement
from mmaction.utils.misc import get_random_string, get_shm_dir, get_str_type, get_thread_id
from mmaction.utils.progress import track, track_on_main_process

if TYPE_CHECKING:
    from mmaction.registry import register_all_modules
    from mmaction.structures.aliases import (
        ConfigType,
        ForwardResults,
        InstanceList,
        LabelList,
        MultiConfig,
        OptConfigType,
        OptInstanceList,
        OptLabelList,
        OptMultiConfig,
        OptSampleList,
        SampleList,
        SamplingResult,
    )
    from mmaction.video import VideoWriter, frame_extract
    from mmaction.visualization.gradcam import GradCAM

__all__ = [
    'ConfigType',
    'ForwardResults',
    'GradCAM',
    'InstanceList',
    'LabelList',
    'MultiConfig',
    'OptConfigType',
    'OptInstanceList',
    'OptLabelList',
    'OptMultiConfig',
    'OptSampleList',
    'SampleList',
    'SamplingResult',
    'VideoWriter',
    'collect_env',
    'frame_extract',
    'get_random_string',
    'get_shm_dir',
    'get_str_type',
    'get_thread_id',
    'register_all_modules',
    'register_multimodal_placeholder',
    'require',
    'satisfy_requirement',
    'track',
    'track_on_main_process',
]

# MMAction2 has these names here. Their modules import the utilities, so they load on first use.
_ELSEWHERE = {
    'mmaction.registry': ('register_all_modules',),
    'mmaction.visualization.gradcam': ('GradCAM',),
    'mmaction.video': ('VideoWriter', 'frame_extract'),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    homes = [module for module, names in _ELSEWHERE.items() if name in names]
    module = homes[0] if homes else 'mmaction.structures.aliases'
    return getattr(import_module(module), name)
