"""Frames through torchcodec."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmaction.utils import require
from mmaction.video.errors import VideoDecodeError
from mmaction.video.readers.indexed import IndexedReader
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['TorchCodecReader']


class TorchCodecReader(IndexedReader):
    """Reads with ``torchcodec.decoders.VideoDecoder`` in exact mode.

    Args:
        source: the video.
        scan: its packets; the number of frames must agree.
        num_threads: decoding threads, 0 for FFmpeg's choice.
    """

    backend = 'torchcodec'

    def __init__(self, source: Source, scan: Scan, num_threads: int = 1) -> None:
        decoders = require('torchcodec.decoders', 'pip install torchcodec')
        try:
            video = decoders.VideoDecoder(
                source.path if source.path is not None else source.data,
                dimension_order='NHWC',
                num_ffmpeg_threads=num_threads,
                seek_mode='exact',
            )
        except (RuntimeError, ValueError) as error:
            raise VideoDecodeError(source.name, 'torchcodec', str(error)) from error
        super().__init__(source.name, 'torchcodec', scan, video)

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        try:
            frames = self._video.get_frames_at(indices=indices.tolist())
        except (RuntimeError, IndexError) as error:
            raise VideoDecodeError(self.name, 'torchcodec', str(error)) from error
        return np.asarray(frames.data.numpy(), np.uint8)
