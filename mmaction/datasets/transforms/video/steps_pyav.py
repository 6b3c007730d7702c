"""Open and decode with PyAV."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.registry import TRANSFORMS

from ._motion import motion_vectors
from ._pyav import PyAVReader
from ._results import boxes_to_pixels, wanted_frames
from ._source import resolve_source
from .reader import FrameReader, as_reader
from .steps import Mode, VideoDecodeStep, VideoInitStep, check_mode, reader_of

__all__ = ['PyAVDecode', 'PyAVDecodeMotionVector', 'PyAVInit']


@TRANSFORMS.register_module()
class PyAVInit(VideoInitStep):
    """Opens a video with PyAV.

    Args:
        io_backend: see ``VideoInitStep``.
    """

    backend = 'pyav'


@TRANSFORMS.register_module()
class PyAVDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``PyAVInit``, or of a container of PyAV.

    Args:
        multi_thread: decode with a thread a core.
        mode: ``'accurate'``, or ``'efficient'`` for the nearest key frames.
    """

    def __init__(self, multi_thread: bool = False, mode: Mode = 'accurate') -> None:
        self.multi_thread = multi_thread
        self.mode = check_mode(mode)

    def _prepare(self, reader: FrameReader) -> None:
        if isinstance(reader, PyAVReader) and self.multi_thread:
            reader.multi_thread = True


@TRANSFORMS.register_module()
class PyAVDecodeMotionVector(PyAVDecode):
    """Reads the motion vectors that the encoder chose.

    Sets ``motion_vectors``, int8 (T, H, W, 2): by how many pixels (x, y) a block has moved since the frame it is
    predicted from, limited to -128..127; 0 in key frames.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        with as_reader(reader_of(results), results.get('filename')) as reader:
            source = reader.source if isinstance(reader, PyAVReader) else resolve_source(results['filename'])
            wanted = reader._checked(wanted_frames(results))
        vectors = motion_vectors(source, np.asarray(wanted))
        results['video_reader'] = None
        results['motion_vectors'] = vectors
        results['original_shape'] = results['img_shape'] = tuple(vectors.shape[1:3])
        return boxes_to_pixels(results)
