"""Steps of a pipeline that read frames from images and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import read_each_once
from mmaction.datasets.transforms.results import put_frames, requested_frames
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import pick
from mmaction.video.images import check_decoding_backend, decode_image
from mmaction.video.readers.array import ArrayReader
from mmaction.video.readers.rawframes import RawFrameReader
from mmaction.video.source import FileLoader

__all__ = ['ArrayDecode', 'ImageDecode', 'ImageStep', 'LoadRGBFromFile', 'RawFrameDecode']


class ImageStep(BaseTransform):
    """A step that reads image files.

    Args:
        io_backend: storage of the files: ``'disk'``, or a file backend of mmengine.
        decoding_backend: ``'cv2'``, ``'turbojpeg'``, ``'pillow'`` or ``'tifffile'``.
        kwargs: arguments of the file backend, e.g. ``path_mapping`` of petrel.
    """

    role = 'decode'
    writes = ('imgs', 'original_shape', 'img_shape')

    def __init__(self, io_backend: str = 'disk', decoding_backend: str = 'cv2', **kwargs: Any) -> None:
        self.io_backend = io_backend
        self.decoding_backend = check_decoding_backend(decoding_backend)
        self.kwargs = kwargs
        self._loader = FileLoader(io_backend, **kwargs)


@TRANSFORMS.register_module()
class RawFrameDecode(ImageStep):
    """Reads the frames of ``results['frame_dir']`` named by ``results['filename_tmpl']``, each once.

    The number in a file name is ``frame_inds`` (which the sampler counts from ``start_index``) plus ``offset``.
    Sets ``imgs``, uint8 (T, H, W, 3) RGB, or (T, H, W, 2) with the x and y image where ``modality`` is ``'Flow'``;
    ``original_shape``, ``img_shape``, and scales boxes to pixels.

    Arguments: see ``ImageStep``.
    """

    reads = ('frame_dir', 'filename_tmpl', 'frame_inds')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        reader = RawFrameReader(
            results['frame_dir'],
            results['filename_tmpl'],
            results.get('total_frames', 0),
            start_index=results.get('start_index', 1),
            modality=results.get('modality', 'RGB'),
            decoding_backend=self.decoding_backend,
            loader=self._loader,
        )
        return put_frames(results, read_each_once(reader.read, requested_frames(results) + results.get('offset', 0)))


@TRANSFORMS.register_module()
class ArrayDecode(BaseTransform):
    """Takes frames from ``results['array']`` (T, H, W, C), at ``frame_inds`` plus ``offset``.

    Sets ``imgs`` (a view where the frames follow one another), ``original_shape``, ``img_shape``, and boxes in
    pixels.
    """

    role = 'decode'
    reads = ('array', 'frame_inds')
    writes = ('imgs', 'original_shape', 'img_shape')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        reader = ArrayReader(results['array'], name=results.get('filename', "results['array']"))
        return put_frames(results, reader.get_frames(requested_frames(results) + results.get('offset', 0)))


@TRANSFORMS.register_module()
class ImageDecode(ImageStep):
    """Reads the image ``results['filename']`` as a clip of one frame.

    Sets ``imgs`` (uint8 (1, H, W, 3), RGB), ``original_shape``, ``img_shape``, and scales boxes to pixels.

    Arguments: see ``ImageStep``.
    """

    reads = ('filename',)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        name = results['filename']
        return put_frames(results, decode_image(self._loader.read(name), name, self.decoding_backend)[None])


@TRANSFORMS.register_module()
class LoadRGBFromFile(BaseTransform):
    """Reads the image ``results['img_path']``; sets ``img`` (H, W, 3) RGB, ``img_shape`` and ``ori_shape``.

    Args:
        to_float32: give float32 in 0..255.
        color_type: ``'color'`` or ``'grayscale'`` ((H, W)).
        imdecode_backend: ``'cv2'``, ``'turbojpeg'``, ``'pillow'`` or ``'tifffile'``.
        io_backend: storage of the files: ``'disk'``, or a file backend of mmengine.
        ignore_empty: drop a sample whose image is missing or corrupt instead of raising.
        kwargs: arguments of the file backend.
    """

    role = 'decode'
    reads = ('img_path',)
    writes = ('img', 'img_shape', 'ori_shape')

    def __init__(
        self,
        to_float32: bool = False,
        color_type: str = 'color',
        imdecode_backend: str = 'cv2',
        io_backend: str = 'disk',
        ignore_empty: bool = False,
        **kwargs: Any,
    ) -> None:
        self.to_float32 = to_float32
        self.color_type = pick(('color', 'grayscale'), color_type, 'color_type')
        self.imdecode_backend = check_decoding_backend(imdecode_backend)
        self.io_backend = io_backend
        self.ignore_empty = ignore_empty
        self.kwargs = kwargs
        self._loader = FileLoader(io_backend, **kwargs)

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        name = results['img_path']
        try:
            gray = self.color_type == 'grayscale'
            image = decode_image(self._loader.read(name), name, self.imdecode_backend, gray)
        except (OSError, RuntimeError):
            if self.ignore_empty:
                return None
            raise
        results['img'] = image.astype(np.float32) if self.to_float32 else image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results
