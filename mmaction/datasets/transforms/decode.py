"""Steps of a pipeline that open videos and decode frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from mmaction.datasets.transforms.base import BaseTransform, Role
from mmaction.datasets.transforms.frames import as_frames, read_each_once
from mmaction.datasets.transforms.results import boxes_to_pixels, put_frames, requested_frames
from mmaction.registry import TRANSFORMS
from mmaction.utils import require
from mmaction.utils.check import pick
from mmaction.video.bgr import BGRReader
from mmaction.video.open import Backend, as_reader, open_reader
from mmaction.video.reader import FrameReader
from mmaction.video.readers.motion import motion_vectors
from mmaction.video.readers.pyav import PyAVReader
from mmaction.video.source import FileLoader, resolve_source

__all__ = [
    'AutoDecode',
    'AutoInit',
    'DecordDecode',
    'DecordInit',
    'Mode',
    'OpenCVDecode',
    'OpenCVInit',
    'PIMSDecode',
    'PIMSInit',
    'PyAVDecode',
    'PyAVDecodeMotionVector',
    'PyAVInit',
    'ThreadedInitStep',
    'TorchCodecDecode',
    'TorchCodecInit',
    'VideoDecodeStep',
    'VideoInitStep',
    'check_mode',
    'reader_of',
]

Mode = Literal['accurate', 'efficient']
_MODES: tuple[Mode, ...] = ('accurate', 'efficient')


def check_mode(mode: str) -> Mode:
    """Check and return ``mode``.

    Raises:
        ValueError: it is neither ``'accurate'`` nor ``'efficient'``.
    """
    return pick(_MODES, mode, 'mode')


def reader_of(results: dict[str, Any]) -> Any:
    """``results['video_reader']``: a ``FrameReader``, or whatever a user's own step opened.

    Raises:
        KeyError: no step opened a video.
    """
    if results.get('video_reader') is None:
        raise KeyError("results has no 'video_reader'. Put the step that opens the video, as DecordInit, before.")
    return results['video_reader']


# --- open -----------------------------------------------------------------------------------------------------------
class VideoInitStep(BaseTransform):
    """Opens ``results['filename']`` and sets ``video_reader``, ``total_frames`` and ``avg_fps``.

    Args:
        io_backend: storage of the files: ``'disk'``, or a file backend of mmengine. http(s) URLs are fetched either
            way.
        kwargs: arguments of that file backend.
    """

    role: ClassVar[Role | None] = 'open'
    reads: tuple[str, ...] = ('filename',)
    writes: tuple[str, ...] = ('video_reader', 'total_frames', 'avg_fps')
    backend: ClassVar[Backend] = 'auto'

    def __init__(self, io_backend: str = 'disk', **kwargs: Any) -> None:
        self.io_backend = io_backend
        self.kwargs = kwargs
        self._loader = FileLoader(io_backend, **kwargs)

    def _options(self) -> dict[str, Any]:
        """Keywords for ``open_reader``."""
        return {}

    def _get_video_reader(self, filename: str) -> FrameReader:
        return open_reader(self._loader.source(filename), self.backend, **self._options())

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        reader = self._get_video_reader(results['filename'])
        results['video_reader'] = reader
        results['total_frames'] = len(reader)
        results['avg_fps'] = reader.get_avg_fps()  # not avg_fps: a subclass may return a decord.VideoReader
        return results


class ThreadedInitStep(VideoInitStep):
    """A :class:`VideoInitStep` for a decoder with threads.

    Args:
        io_backend: see ``VideoInitStep``.
        num_threads: decoding threads.
    """

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        super().__init__(io_backend, **kwargs)
        self.num_threads = num_threads

    def _options(self) -> dict[str, Any]:
        return {'num_threads': self.num_threads}


@TRANSFORMS.register_module()
class AutoInit(ThreadedInitStep):
    """Opens a video with the first of PyAV, decord and OpenCV that can read it, PyAV being the fastest exact one."""


@TRANSFORMS.register_module()
class DecordInit(ThreadedInitStep):
    """The :class:`AutoInit` of the published configs: ``video_reader`` has the methods of ``decord.VideoReader``.

    Whichever decoder reads the file, the frames are those of decord where decord reads it correctly.
    """


@TRANSFORMS.register_module()
class PyAVInit(VideoInitStep):
    """Opens a video with PyAV."""

    backend = 'pyav'


@TRANSFORMS.register_module()
class OpenCVInit(VideoInitStep):
    """Opens a video with OpenCV. Files that are not local are written to a temporary file.

    Sets ``new_path`` besides, the path of the file that is read. ``video_reader`` has the names of
    ``mmcv.VideoReader``, and like that gives BGR by index and in loops.
    """

    writes = (*VideoInitStep.writes, 'new_path')
    backend = 'opencv'

    def _get_video_reader(self, filename: str) -> FrameReader:
        return BGRReader(super()._get_video_reader(filename))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        results = super().transform(results)
        results['new_path'] = results['video_reader'].path or results['filename']
        return results


@TRANSFORMS.register_module()
class TorchCodecInit(ThreadedInitStep):
    """Opens a video with torchcodec (``pip install torchcodec``), or with PyAV where torchcodec cannot read it."""

    backend = 'torchcodec'

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        require('torchcodec')
        super().__init__(io_backend, num_threads, **kwargs)


@TRANSFORMS.register_module()
class PIMSInit(VideoInitStep):
    """Opens a video with PIMS (``pip install pims``), or with PyAV where PIMS cannot read it.

    Args:
        io_backend: see ``VideoInitStep``.
        mode: ``'accurate'``, or ``'efficient'`` to decode the nearest keyframes.
    """

    backend = 'pims'

    def __init__(self, io_backend: str = 'disk', mode: Mode = 'accurate', **kwargs: Any) -> None:
        require('pims')
        super().__init__(io_backend, **kwargs)
        self.mode = check_mode(mode)

    def _get_video_reader(self, filename: str) -> FrameReader:
        reader = super()._get_video_reader(filename)
        reader.accurate = self.mode == 'accurate'
        return reader


# --- decode ---------------------------------------------------------------------------------------------------------
class VideoDecodeStep(BaseTransform):
    """Decodes ``results['frame_inds']`` with ``results['video_reader']``, each frame once, and closes the reader.

    Sets ``imgs`` (uint8 (T, H, W, 3), RGB, upright), ``original_shape`` and ``img_shape`` ((H, W)), and scales
    ``gt_bboxes`` and ``proposals`` given in 0..1 to pixels.
    """

    role = 'decode'
    reads: tuple[str, ...] = ('video_reader', 'frame_inds')
    writes: tuple[str, ...] = ('imgs', 'original_shape', 'img_shape')
    mode: Mode = 'accurate'

    def _prepare(self, reader: FrameReader) -> None:
        """Configure the decoder before it decodes."""

    def _load_frames(self, reader: Any, frame_inds: npt.NDArray[np.integer[Any]]) -> Any:
        """Frames of a reader of any kind: uint8 (T, H, W, 3), or a list of (H, W, 3)."""
        opened = as_reader(reader)
        self._prepare(opened)
        accurate = False if self.mode == 'efficient' else None  # not True: PIMSInit may have chosen keyframes
        return read_each_once(lambda indices: opened.get_frames(indices, accurate), frame_inds)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        with as_reader(reader_of(results), results.get('filename')) as reader:
            frames = self._load_frames(reader, requested_frames(results))
        results['video_reader'] = None
        return put_frames(results, frames)


@TRANSFORMS.register_module()
class AutoDecode(VideoDecodeStep):
    """Decodes the frames of any opened video; when a decoder fails, the next one takes over.

    Args:
        mode: ``'accurate'``, or ``'efficient'`` for the nearest keyframes.
    """

    def __init__(self, mode: Mode = 'accurate') -> None:
        self.mode = check_mode(mode)


@TRANSFORMS.register_module()
class DecordDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``DecordInit``, or of a ``decord.VideoReader``.

    Args:
        mode: ``'accurate'``, or ``'efficient'`` for the nearest keyframes.
        io_backend: checked, but not read: the file was opened by ``DecordInit``. Older configs state it here, too.
    """

    def __init__(self, mode: Mode = 'accurate', io_backend: str = 'disk') -> None:
        self.mode = check_mode(mode)
        self.io_backend = FileLoader(io_backend).io_backend

    def _load_frames(self, reader: Any, frame_inds: npt.NDArray[np.integer[Any]]) -> list[npt.NDArray[Any]]:
        return self._decord_load_frames(reader, frame_inds)

    # The name and signature of MMAction2 1.x: subclasses override and call it.
    def _decord_load_frames(self, container: Any, frame_inds: npt.NDArray[np.integer[Any]]) -> list[npt.NDArray[Any]]:
        return as_frames(super()._load_frames(container, frame_inds))


@TRANSFORMS.register_module()
class OpenCVDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``OpenCVInit``, or of a ``cv2.VideoCapture``."""


@TRANSFORMS.register_module()
class PIMSDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``PIMSInit``."""


@TRANSFORMS.register_module()
class TorchCodecDecode(AutoDecode):
    """Decodes the frames of a video opened by ``TorchCodecInit``; arguments as in :class:`AutoDecode`."""


@TRANSFORMS.register_module()
class PyAVDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``PyAVInit``, or of a container of PyAV.

    Args:
        multi_thread: decode with one thread per core.
        mode: ``'accurate'``, or ``'efficient'`` for the nearest keyframes.
    """

    unused_hooks: ClassVar[Mapping[str, str]] = {'frame_generator': 'Override transform.'}

    def __init__(self, multi_thread: bool = False, mode: Mode = 'accurate') -> None:
        self.multi_thread = multi_thread
        self.mode = check_mode(mode)

    # A helper of MMAction2 1.x, for subclasses whose `transform` calls it.
    @staticmethod
    def frame_generator(container: Any, stream: Any) -> npt.NDArray[np.uint8] | None:
        """The next frame (H, W, 3) of a container of PyAV, RGB; None at its end."""
        for packet in container.demux(stream):
            for frame in packet.decode():
                return np.asarray(frame.to_rgb().to_ndarray())
        return None

    def _prepare(self, reader: FrameReader) -> None:
        if isinstance(reader, PyAVReader) and self.multi_thread:
            reader.num_threads = 0


@TRANSFORMS.register_module()
class PyAVDecodeMotionVector(PyAVDecode):
    """Reads the motion vectors that the encoder chose.

    Sets ``motion_vectors``, int8 (T, H, W, 2): the displacement (x, y) of a block in pixels since the frame that it is
    predicted from, limited to -128..127; 0 in keyframes.
    """

    unused_hooks: ClassVar[Mapping[str, str]] = {'_parse_vectors': 'Override transform.'}

    reads = ('video_reader', 'filename', 'frame_inds')
    writes = ('motion_vectors', 'original_shape', 'img_shape')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        with as_reader(reader_of(results), results.get('filename')) as reader:
            source = reader.source if isinstance(reader, PyAVReader) else resolve_source(results['filename'])
            indices = reader.source_indices(requested_frames(results))
        vectors = motion_vectors(source, indices)
        results['video_reader'] = None
        results['motion_vectors'] = vectors
        results['original_shape'] = results['img_shape'] = tuple(vectors.shape[1:3])
        return boxes_to_pixels(results)
