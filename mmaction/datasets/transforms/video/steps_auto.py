"""Open and decode with whichever decoder can."""

from __future__ import annotations

from typing import Any

from mmaction.registry import TRANSFORMS

from .steps import Mode, VideoDecodeStep, VideoInitStep, check_mode

__all__ = ['AutoDecode', 'AutoInit']


@TRANSFORMS.register_module()
class AutoInit(VideoInitStep):
    """Opens a video with PyAV, or decord, or OpenCV: the first that can.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads of decord.
    """

    backend = 'auto'

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        super().__init__(io_backend, **kwargs)
        self.num_threads = num_threads

    def _options(self) -> dict[str, Any]:
        return {'num_threads': self.num_threads}


@TRANSFORMS.register_module()
class AutoDecode(VideoDecodeStep):
    """Decodes the frames of any opened video; a decoder that fails on the way is replaced by the next.

    Args:
        mode: ``'accurate'``, or ``'efficient'`` for the nearest key frames.
    """

    def __init__(self, mode: Mode = 'accurate') -> None:
        self.mode = check_mode(mode)
