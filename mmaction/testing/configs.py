"""Configs by the name of their file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mmengine.config import Config

from mmaction.compat.read import read_config
from mmaction.utils.check import pick
from mmaction.utils.shipped import SHIPPED_ROOTS, shipped_file

_TASKS = ('recognition', 'recognition_audio', 'localization', 'detection', 'skeleton', 'retrieval', 'multimodal')


def get_cfg(config_type: str, fname: str) -> Config:
    """Load ``configs/<config_type>/<fname>``.

    Args:
        config_type: folder of the task, e.g. ``'recognition'``.
        fname: file below it, e.g. ``'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'``.
    """
    pick(_TASKS, config_type, 'config_type')
    path = shipped_file(Path('configs', config_type, fname))
    if path is None:
        roots = ', '.join(str(root / 'configs') for root in SHIPPED_ROOTS)
        raise FileNotFoundError(f'There is no config {config_type}/{fname}; looked in {roots}.')
    return read_config(path)


# MMAction2's names, one per folder: they take ``fname``.
get_recognizer_cfg = partial(get_cfg, 'recognition')
get_audio_recognizer_cfg = partial(get_cfg, 'recognition_audio')
get_localizer_cfg = partial(get_cfg, 'localization')
get_detector_cfg = partial(get_cfg, 'detection')
get_skeletongcn_cfg = partial(get_cfg, 'skeleton')
get_similarity_cfg = partial(get_cfg, 'retrieval')
