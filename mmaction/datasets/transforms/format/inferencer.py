"""``InferencerPackInput``: the first step of an inferencer's pipeline."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import pick

_COMMON = ('label', 'start_index', 'modality')
_WRITES = {
    'video': ('filename', *_COMMON),
    'rawframes': ('frame_dir', 'total_frames', 'filename_tmpl', *_COMMON),
    'array': ('array', 'total_frames', *_COMMON),
    'dict': (),
}
_MODALITY_OF_CHANNELS = {2: 'Flow', 3: 'RGB'}


def frame_name_pattern(template: str, modality: str) -> re.Pattern[str]:
    """Template of frame file names: ``img_{:05}.jpg``, or ``{}_{:05d}.jpg`` for flow (the x files)."""
    if modality == 'Flow':
        template = template.replace('{}', 'x', 1)
    before, _, rest = template.partition('{')
    _, _, after = rest.partition('}')
    return re.compile(rf'{re.escape(before)}\d+{re.escape(after)}')


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class InferencerPackInput(BaseTransform):
    """Make a sample of an inferencer's input.

    Args:
        input_format: ``video`` (a path or URL), ``rawframes`` (a folder), ``array`` (T, H, W, C), C 3 for RGB and 2 for
            flow, or ``dict`` (a sample already).
        filename_tmpl: names of the frames in a folder.
        modality: ``RGB`` or ``Flow``; of a folder.
        start_index: number of the first frame in a folder.
    """

    role = 'open'

    input_format: Literal['video', 'rawframes', 'array', 'dict'] = 'video'
    filename_tmpl: str = 'img_{:05}.jpg'
    modality: str = 'RGB'
    start_index: int = 1

    def __post_init__(self) -> None:
        pick(self._FORMATS, self.input_format, 'input_format')
        self.writes = _WRITES[self.input_format]

    def transform(self, video: Any) -> dict:
        return self._FORMATS[self.input_format](self, video)

    def _dict(self, sample: dict) -> dict:
        return sample

    def _video(self, path: str) -> dict:
        return dict(filename=path, label=-1, start_index=0, modality='RGB')

    def _rawframes(self, folder: str) -> dict:
        pattern = frame_name_pattern(self.filename_tmpl, self.modality)
        total_frames = sum(pattern.fullmatch(name) is not None for name in os.listdir(folder))
        if total_frames == 0:
            raise FileNotFoundError(f'No file in {folder} is named like filename_tmpl ({self.filename_tmpl!r}).')
        return dict(
            frame_dir=folder,
            total_frames=total_frames,
            label=-1,
            start_index=self.start_index,
            filename_tmpl=self.filename_tmpl,
            modality=self.modality,
        )

    def _array(self, array: np.ndarray) -> dict:
        if array.ndim != 4 or array.shape[-1] not in _MODALITY_OF_CHANNELS:
            raise ValueError(f'An array must be (T, H, W, 3) for RGB or (T, H, W, 2) for flow, found {array.shape}.')
        modality = _MODALITY_OF_CHANNELS[array.shape[-1]]
        return dict(total_frames=len(array), label=-1, start_index=0, array=array, modality=modality)

    _FORMATS: ClassVar[dict[str, Callable[..., dict]]] = {
        'video': _video,
        'rawframes': _rawframes,
        'array': _array,
        'dict': _dict,
    }
