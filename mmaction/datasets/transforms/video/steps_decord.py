"""Open and decode with decord."""

from __future__ import annotations

from typing import Any

from mmaction.registry import TRANSFORMS

from ._source import FileLoader
from .steps import Mode, VideoDecodeStep, VideoInitStep, check_mode

__all__ = ['DecordDecode', 'DecordInit']


@TRANSFORMS.register_module()
class DecordInit(VideoInitStep):
    """Opens a video with decord, or with PyAV where decord cannot be trusted with the file.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads.
    """

    backend = 'decord'

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        super().__init__(io_backend, **kwargs)
        self.num_threads = num_threads

    def _options(self) -> dict[str, Any]:
        return {'num_threads': self.num_threads}


@TRANSFORMS.register_module()
class DecordDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``DecordInit``, or of a ``decord.VideoReader``.

    Args:
        mode: ``'accurate'``, or ``'efficient'`` for the nearest key frames.
        io_backend: older configs name it here too; the file was opened by ``DecordInit``.
    """

    def __init__(self, mode: Mode = 'accurate', io_backend: str = 'disk') -> None:
        self.mode = check_mode(mode)
        self.io_backend = FileLoader(io_backend).io_backend

    _decord_load_frames = VideoDecodeStep._load_frames
