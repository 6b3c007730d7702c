"""Frames through torchcodec."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.utils import require

from ._scan import Scan
from ._source import Source
from .errors import VideoDecodeError
from .reader import FrameReader

__all__ = ['TorchCodecReader']


class TorchCodecReader(FrameReader):
    """Reads with ``torchcodec.decoders.VideoDecoder`` in exact mode.

    Args:
        source: the video.
        scan: what its packets tell; the number of frames must agree.
        num_threads: decoding threads, 0 for FFmpeg's choice.
    """

    backend = 'torchcodec'

    def __init__(self, source: Source, scan: Scan, num_threads: int = 1) -> None:
        super().__init__(source.name)
        self._scan = scan
        decoders = require('torchcodec.decoders', 'pip install torchcodec')
        try:
            self._video = decoders.VideoDecoder(
                source.path if source.path is not None else source.data,
                dimension_order='NHWC',
                num_ffmpeg_threads=num_threads,
                seek_mode='exact',
            )
        except (RuntimeError, ValueError) as error:
            raise VideoDecodeError(source.name, 'torchcodec', str(error)) from error
        if len(self._video) != scan.num_frames:
            raise VideoDecodeError(
                source.name, 'torchcodec', f'it counts {len(self._video)} frames, there are {scan.num_frames}'
            )

    @property
    def num_frames(self) -> int:
        return self._scan.num_frames

    @property
    def avg_fps(self) -> float:
        return self._scan.avg_fps

    @property
    def key_frames(self) -> np.ndarray:
        return self._scan.keys

    @property
    def native(self) -> Any:
        return vars(self).get('_video')

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        try:
            return self._video.get_frames_at(indices=indices.tolist()).data.numpy()
        except (RuntimeError, IndexError) as error:
            raise VideoDecodeError(self.name, 'torchcodec', str(error)) from error

    def _close(self) -> None:
        self._video = None
