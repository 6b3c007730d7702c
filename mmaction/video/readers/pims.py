"""Frames through PIMS."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmaction.utils import require
from mmaction.video.errors import VideoDecodeError
from mmaction.video.readers.indexed import IndexedReader
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['PIMSReader']


class PIMSReader(IndexedReader):
    """Reads with ``pims.PyAVReaderIndexed``.

    Args:
        source: the video.
        scan: its packets; the number of frames must agree.
    """

    backend = 'pims'

    def __init__(self, source: Source, scan: Scan) -> None:
        pims = require('pims')
        try:
            video = pims.PyAVReaderIndexed(source.open())
        except Exception as error:  # PIMS wraps errors of PyAV in plain ones, and breaks with newer versions of it
            raise VideoDecodeError(source.name, 'PIMS', f'{type(error).__name__}: {error}') from error
        super().__init__(source.name, 'PIMS', scan, video)

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        try:
            return np.stack([np.asarray(self._video[int(index)], np.uint8) for index in indices])
        except Exception as error:  # as above
            raise VideoDecodeError(self.name, 'PIMS', f'{type(error).__name__}: {error}') from error
