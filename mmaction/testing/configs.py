"""Configs by the name of their file."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

_PACKAGE = Path(__file__).resolve().parent.parent
# in a checkout, and in an installed wheel
_ROOTS = (_PACKAGE.parent / 'configs', _PACKAGE / '.mim' / 'configs')

_TASKS = ('recognition', 'recognition_audio', 'localization', 'detection', 'skeleton', 'retrieval', 'multimodal')


def get_cfg(config_type: str, fname: str) -> Config:
    """Load ``configs/<config_type>/<fname>``.

    Args:
        config_type: folder of the task, e.g. ``'recognition'``.
        fname: file below it, e.g. ``'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'``.
    """
    if config_type not in _TASKS:
        raise ValueError(f'config_type ({config_type!r}) must be one of {", ".join(_TASKS)}.')
    paths = [root / config_type / fname for root in _ROOTS]
    for path in paths:
        if path.is_file():
            return Config.fromfile(path)
    raise FileNotFoundError(f'There is no config {config_type}/{fname}; looked in {", ".join(map(str, _ROOTS))}.')


def get_recognizer_cfg(fname: str) -> Config:
    """Load ``configs/recognition/<fname>``."""
    return get_cfg('recognition', fname)


def get_audio_recognizer_cfg(fname: str) -> Config:
    """Load ``configs/recognition_audio/<fname>``."""
    return get_cfg('recognition_audio', fname)


def get_localizer_cfg(fname: str) -> Config:
    """Load ``configs/localization/<fname>``."""
    return get_cfg('localization', fname)


def get_detector_cfg(fname: str) -> Config:
    """Load ``configs/detection/<fname>``."""
    return get_cfg('detection', fname)


def get_skeletongcn_cfg(fname: str) -> Config:
    """Load ``configs/skeleton/<fname>``."""
    return get_cfg('skeleton', fname)


def get_similarity_cfg(fname: str) -> Config:
    """Load ``configs/retrieval/<fname>``."""
    return get_cfg('retrieval', fname)
