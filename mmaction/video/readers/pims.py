"""Frames through PIMS."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmaction.utils import require
from mmaction.video.readers.indexed import IndexedReader
from mmaction.video.scan import Scan
from mmaction.video.source import Source

__all__ = ['PIMSReader']


class PIMSReader(IndexedReader):
    """Reads with ``pims.PyAVReaderIndexed``; arguments as in ``DecordReader``."""

    backend = 'pims'
    library = 'PIMS'

    def __init__(self, source: Source, scan: Scan) -> None:
        pims = require('pims')
        with self._errors_of(source.name):
            video = pims.PyAVReaderIndexed(source.open())
        super().__init__(source.name, scan, video)

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        with self._errors_of(self.name):
            frames = [np.asarray(self._video[int(index)], np.uint8) for index in indices]
        return np.stack(frames)

    @staticmethod
    def _brief(error: Exception) -> str:
        # PIMS wraps errors of PyAV in plain ones, and breaks with newer versions of it: the type tells most.
        return f'{type(error).__name__}: {error}'
