"""Helpers that belong to no task. This folder imports nothing of ours."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mmaction._lazy import old_names
from mmaction.utils.collect_env import collect_env
from mmaction.utils.dependency import register_multimodal_placeholder, require, satisfy_requirement
from mmaction.utils.misc import get_random_string, get_shm_dir, get_str_type, get_thread_id
from mmaction.utils.progress import track, track_on_main_process

# MMAction2 has these names here. Their modules stand higher and import the utilities, so each loads on first use, by
# its name alone: an import, even one for the type checker, would turn every module below into a circle. Code of ours
# imports them from their modules, which have types.
_NAMES_OF = {
    'mmaction.registry': 'register_all_modules',
    'mmaction.structures.aliases': 'ConfigType ForwardResults InstanceList LabelList MultiConfig OptConfigType '
    'OptInstanceList OptLabelList OptMultiConfig OptSampleList SampleList SamplingResult',
    'mmaction.video': 'VideoWriter frame_extract',
    'mmaction.visualization.gradcam': 'GradCAM Target class_activation find_layer heat_frames',
}
_HIGHER = {name: module for module, names in _NAMES_OF.items() for name in names.split()}

__all__ = [
    'collect_env',
    'get_random_string',
    'get_shm_dir',
    'get_str_type',
    'get_thread_id',
    'register_multimodal_placeholder',
    'require',
    'satisfy_requirement',
    'track',
    'track_on_main_process',
    *_HIGHER,
]

_old_name = old_names(__name__)


def __getattr__(name: str) -> Any:
    if name not in _HIGHER:
        return _old_name(name)
    return getattr(import_module(_HIGHER[name]), name)
