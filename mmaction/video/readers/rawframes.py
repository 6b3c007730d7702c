"""Frames that were extracted into a folder of images."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from mmaction.utils.buffers import empty
from mmaction.video.errors import VideoDecodeError
from mmaction.video.folder import Modality, frame_paths, scan_frames
from mmaction.video.images import check_decoding_backend, decode_image
from mmaction.video.reader import FrameReader, is_range
from mmaction.video.source import FileLoader

__all__ = ['RawFrameReader']


class RawFrameReader(FrameReader):
    """Frames of a folder of images.

    Args:
        directory: the folder.
        filename_tmpl: template of the file names, see ``frame_paths``.
        num_frames: number of frames. Default: the folder is scanned, see ``scan_frames``.
        start_index: number in the name of the first frame.
        modality: ``'RGB'`` gives (T, H, W, 3), ``'Flow'`` (T, H, W, 2) with x and y.
        decoding_backend: ``'cv2'``, ``'turbojpeg'``, ``'pillow'`` or ``'tifffile'``.
        loader: reads the files. Default: from disk.
        avg_fps: frames per second, 0 where unknown.

    Raises:
        FileNotFoundError: the scanned folder has no frames, or one is missing.
        ValueError: unknown modality or ``decoding_backend``, or the template does not fit the modality.
    """

    backend = 'rawframes'

    def __init__(
        self,
        directory: str | os.PathLike[str],
        filename_tmpl: str = 'img_{:05}.jpg',
        num_frames: int | None = None,
        *,
        start_index: int = 1,
        modality: Modality = 'RGB',
        decoding_backend: str = 'cv2',
        loader: FileLoader | None = None,
        avg_fps: float = 0.0,
    ) -> None:
        super().__init__(os.fspath(directory))
        self.filename_tmpl = filename_tmpl
        self.start_index = start_index
        self.modality = modality
        self.decoding_backend = check_decoding_backend(decoding_backend)
        self.loader = loader or FileLoader()
        self._fps = avg_fps
        self._paths(start_index)  # a template that does not fit is reported here, not with the first frame
        if num_frames is None:
            found = scan_frames(self.name, filename_tmpl, modality, start_index)
            self.filename_tmpl = found.filename_tmpl
            num_frames = found.total_frames
        self._num_frames = num_frames

    @property
    def num_frames(self) -> int:
        return self._num_frames

    @property
    def avg_fps(self) -> float:
        return self._fps

    def _paths(self, number: int) -> list[str]:
        return frame_paths(self.name, self.filename_tmpl, number, self.modality)

    def read(self, numbers: npt.NDArray[np.integer]) -> npt.NDArray[np.uint8]:
        """Read frames by the numbers in their file names, each once.

        Args:
            numbers: (T,), repeats allowed.

        Returns:
            uint8 (T, H, W, 3), or (T, H, W, 2) for flow.

        Raises:
            FileNotFoundError: a frame is missing.
            VideoDecodeError: a frame is corrupt or of another size than the first.
        """
        distinct, inverse = np.unique(np.asarray(numbers, np.int64), return_inverse=True)
        first = self._image(int(distinct[0]))
        frames = empty((len(distinct), *first.shape))
        frames[0] = first
        for row, number in enumerate(distinct[1:], start=1):
            image = self._image(int(number))
            if image.shape != first.shape:
                raise VideoDecodeError(
                    self._paths(int(number))[0],
                    self.decoding_backend,
                    f'its shape is {image.shape}, that of frame {distinct[0]} is {first.shape}',
                )
            frames[row] = image
        if is_range(inverse):
            return frames
        return frames[inverse]

    def _image(self, number: int) -> npt.NDArray[np.uint8]:
        gray = self.modality == 'Flow'
        paths = self._paths(number)
        images = [decode_image(self._load(path), path, self.decoding_backend, gray) for path in paths]
        if not gray:
            return images[0]
        if images[0].shape != images[1].shape:
            raise VideoDecodeError(paths[0], self.decoding_backend, 'its x and y images differ in size')
        return np.stack(images, axis=-1)

    def _load(self, path: str) -> bytes:
        try:
            return self.loader.read(path)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f'There is no frame {path}. Check frame_dir, filename_tmpl ({self.filename_tmpl!r}), start_index and '
                'total_frames of the annotation.'
            ) from error

    def _decode(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return self.read(indices + self.start_index)
