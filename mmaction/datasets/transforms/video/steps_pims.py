"""Open and decode with PIMS."""

from __future__ import annotations

from typing import Any

from mmaction.registry import TRANSFORMS
from mmaction.utils import require

from .reader import FrameReader
from .steps import Mode, VideoDecodeStep, VideoInitStep, check_mode

__all__ = ['PIMSDecode', 'PIMSInit']


@TRANSFORMS.register_module()
class PIMSInit(VideoInitStep):
    """Opens a video with PIMS (``pip install pims``), or with PyAV where PIMS cannot read it.

    Args:
        io_backend: see ``VideoInitStep``.
        mode: ``'accurate'``, or ``'efficient'`` for the nearest key frames when decoding.
    """

    backend = 'pims'

    def __init__(self, io_backend: str = 'disk', mode: Mode = 'accurate', **kwargs: Any) -> None:
        require('pims')
        super().__init__(io_backend, **kwargs)
        self.mode = check_mode(mode)

    def _get_video_reader(self, filename: str) -> FrameReader:
        reader = super()._get_video_reader(filename)
        reader.accurate = self.mode == 'accurate'
        return reader


@TRANSFORMS.register_module()
class PIMSDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``PIMSInit``."""
