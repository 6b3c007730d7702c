"""Frames that were extracted into a folder of images."""

from __future__ import annotations

import os
from typing import Literal

import numpy as np

from ._images import check_decoding_backend, decode_image
from ._source import FileLoader
from .errors import VideoDecodeError
from .reader import FrameReader

__all__ = ['RawFrameReader', 'frame_paths']

Modality = Literal['RGB', 'Flow']


def frame_paths(directory: str | os.PathLike, filename_tmpl: str, number: int, modality: Modality) -> list[str]:
    """The image of an RGB frame, or the x and the y image of a flow frame.

    Args:
        directory: the folder of the video.
        filename_tmpl: ``'img_{:05}.jpg'``; for flow the direction comes first, ``'flow_{}_{:05d}.jpg'`` or
            ``'{}/img_{:05d}.jpg'``.
        number: number in the file name.
        modality: ``'RGB'`` or ``'Flow'``.

    Raises:
        ValueError: the template does not fit the modality.
    """
    values = {'RGB': [(number,)], 'Flow': [('x', number), ('y', number)]}.get(modality)
    if values is None:
        raise ValueError(f"modality {modality!r} is not known. Choose 'RGB' or 'Flow'.")
    try:
        return [os.path.join(os.fspath(directory), filename_tmpl.format(*v)) for v in values]
    except (IndexError, ValueError, KeyError) as error:
        raise ValueError(f'filename_tmpl {filename_tmpl!r} does not fit modality {modality!r}: {error}') from error


class RawFrameReader(FrameReader):
    """Frames of a folder.

    Args:
        directory: the folder.
        filename_tmpl: template of the file names, see ``frame_paths``.
        num_frames: frames of the video; default: those that the folder holds in a row.
        start_index: number in the name of the first frame.
        modality: ``'RGB'`` gives (T, H, W, 3), ``'Flow'`` (T, H, W, 2) with x and y.
        decoding_backend: ``'cv2'``, ``'turbojpeg'``, ``'pillow'`` or ``'tifffile'``.
        loader: how to read files; default: from disk.
        avg_fps: frames a second, 0 where unknown.
    """

    backend = 'rawframes'

    def __init__(
        self,
        directory: str | os.PathLike,
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
        frame_paths(directory, filename_tmpl, start_index, modality)
        self._number = num_frames

    @property
    def num_frames(self) -> int:
        if self._number is None:
            number = self.start_index
            while all(map(os.path.exists, self._paths(number))):
                number += 1
            self._number = number - self.start_index
        return self._number

    @property
    def avg_fps(self) -> float:
        return self._fps

    def _paths(self, number: int) -> list[str]:
        return frame_paths(self.name, self.filename_tmpl, number, self.modality)

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """Frames by the numbers in their file names, each read once.

        Args:
            numbers: (T,), repeats allowed.

        Returns:
            uint8 (T, H, W, 3), or (T, H, W, 2) for flow.

        Raises:
            FileNotFoundError: a frame is missing.
            VideoDecodeError: a frame is damaged or of another size than the first.
        """
        distinct, place = np.unique(np.asarray(numbers, np.int64), return_inverse=True)
        out: np.ndarray | None = None
        for row, number in enumerate(distinct):
            image = self._image(int(number))
            if out is None:
                out = np.empty((len(distinct), *image.shape), np.uint8)
            if image.shape != out.shape[1:]:
                raise VideoDecodeError(
                    self._paths(int(number))[0],
                    self.decoding_backend,
                    f'its shape is {image.shape}, that of frame {distinct[0]} is {out.shape[1:]}',
                )
            out[row] = image
        in_order = len(place) == len(distinct) and bool((place == np.arange(len(place))).all())
        return out if in_order else out[place]

    def _image(self, number: int) -> np.ndarray:
        gray = self.modality == 'Flow'
        images = [decode_image(self._load(p), p, self.decoding_backend, gray) for p in self._paths(number)]
        if not gray:
            return images[0]
        if images[0].shape != images[1].shape:
            raise VideoDecodeError(self._paths(number)[0], self.decoding_backend, 'its x and y images differ in size')
        return np.stack(images, axis=-1)

    def _load(self, path: str) -> bytes:
        try:
            return self.loader.read(path)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f'There is no frame {path}. Check frame_dir, filename_tmpl ({self.filename_tmpl!r}), start_index and '
                'total_frames of the annotation.'
            ) from error

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        return self.read(indices + self.start_index)
