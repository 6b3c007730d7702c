"""Frames through torchcodec."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmaction.utils import require
from mmaction.video.readers.indexed import IndexedReader
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['TorchCodecReader']


class TorchCodecReader(IndexedReader):
    """Reads with ``torchcodec.decoders.VideoDecoder`` in exact mode; arguments as in ``DecordReader``."""

    backend = 'torchcodec'
    library = 'torchcodec'

    def __init__(self, source: Source, scan: Scan, num_threads: int = 1) -> None:
        decoders = require('torchcodec.decoders', 'pip install torchcodec')
        with self._errors_of(source.name):
            video = decoders.VideoDecoder(
                source.path if source.path is not None else source.data,
                dimension_order='NHWC',
                num_ffmpeg_threads=num_threads,
                seek_mode='exact',
            )
        super().__init__(source.name, scan, video)

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        with self._errors_of(self.name):
            frames = self._video.get_frames_at(indices=indices.tolist())
        return np.asarray(frames.data.numpy(), np.uint8)
