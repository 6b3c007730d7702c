"""Open and decode with decord."""

from __future__ import annotations

from mmaction.registry import TRANSFORMS

from ._source import FileLoader
from .steps import Mode, ThreadedInitStep, VideoDecodeStep, check_mode

__all__ = ['DecordDecode', 'DecordInit']


@TRANSFORMS.register_module()
class DecordInit(ThreadedInitStep):
    """Opens a video with decord, or with PyAV where decord cannot be trusted with the file.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads.
    """

    backend = 'decord'


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
