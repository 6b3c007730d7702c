"""Frames through PIMS."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.utils import require

from ._scan import Scan
from ._source import Source
from .errors import VideoDecodeError
from .reader import FrameReader

__all__ = ['PIMSReader']


class PIMSReader(FrameReader):
    """Reads with ``pims.PyAVReaderIndexed``.

    Args:
        source: the video.
        scan: what its packets tell; the number of frames must agree.
    """

    backend = 'pims'

    def __init__(self, source: Source, scan: Scan) -> None:
        super().__init__(source.name)
        self._scan = scan
        pims = require('pims')
        try:
            self._video = pims.PyAVReaderIndexed(source.open())
        except Exception as error:  # PIMS wraps errors of PyAV in plain ones, and trips over newer versions of it
            raise VideoDecodeError(source.name, 'PIMS', f'{type(error).__name__}: {error}') from error
        if len(self._video) != scan.num_frames:
            raise VideoDecodeError(
                source.name, 'PIMS', f'it counts {len(self._video)} frames, there are {scan.num_frames}'
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
            return np.stack([np.asarray(self._video[int(index)], np.uint8) for index in indices])
        except Exception as error:  # as above
            raise VideoDecodeError(self.name, 'PIMS', f'{type(error).__name__}: {error}') from error

    def _close(self) -> None:
        self._video = None
