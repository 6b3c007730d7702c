"""Open and decode with whichever decoder can."""

from __future__ import annotations

from mmaction.registry import TRANSFORMS

from .steps import Mode, ThreadedInitStep, VideoDecodeStep, check_mode

__all__ = ['AutoDecode', 'AutoInit']


@TRANSFORMS.register_module()
class AutoInit(ThreadedInitStep):
    """Opens a video with PyAV, or decord, or OpenCV: the first that can.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads of decord.
    """

    backend = 'auto'


@TRANSFORMS.register_module()
class AutoDecode(VideoDecodeStep):
    """Decodes the frames of any opened video; a decoder that fails on the way is replaced by the next.

    Args:
        mode: ``'accurate'``, or ``'efficient'`` for the nearest key frames.
    """

    def __init__(self, mode: Mode = 'accurate') -> None:
        self.mode = check_mode(mode)
