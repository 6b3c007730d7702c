"""Open and decode with torchcodec."""

from __future__ import annotations

from typing import Any

from mmaction.registry import TRANSFORMS
from mmaction.utils import require

from .steps import Mode, ThreadedInitStep, VideoDecodeStep, check_mode

__all__ = ['TorchCodecDecode', 'TorchCodecInit']


@TRANSFORMS.register_module()
class TorchCodecInit(ThreadedInitStep):
    """Opens a video with torchcodec (``pip install torchcodec``), or with PyAV where that cannot read it.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads.
    """

    backend = 'torchcodec'

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        require('torchcodec')
        super().__init__(io_backend, num_threads, **kwargs)


@TRANSFORMS.register_module()
class TorchCodecDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``TorchCodecInit``.

    Args:
        mode: ``'accurate'``, or ``'efficient'`` for the nearest key frames.
    """

    def __init__(self, mode: Mode = 'accurate') -> None:
        self.mode = check_mode(mode)
