"""The frames and the optical flow of a video, as files of a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.utils import require
from mmaction.utils.check import at_least, pick
from mmaction.utils.files import complete_folder_or_absent
from mmaction.video.errors import VideoDecodeError
from mmaction.video.flow import FLOW_BOUND, flow_function, iter_flow, quantize_flow, write_flow
from mmaction.video.inputs import FrameNaming
from mmaction.video.open import Backend, open_video
from mmaction.video.writer import write_image

__all__ = ['Content', 'FrameFiles', 'FrameSize']

Image = npt.NDArray[np.uint8]
Content = Literal['rgb', 'flow']
_FORMATS = ('jpg', 'png', 'h5')


@dataclass(frozen=True)
class FrameSize:
    """Size of the written frames in pixels: ``short`` alone, or ``width`` and ``height``; 0 keeps that of the video.

    Raises:
        ValueError: a negative number, ``short`` besides the others, or one of them alone.
    """

    width: int = 0
    height: int = 0
    short: int = 0

    def __post_init__(self) -> None:
        for name in ('width', 'height', 'short'):
            at_least(0, getattr(self, name), f'new_{name}')
        if self.short and (self.width or self.height):
            raise ValueError(
                f'new_short ({self.short}) replaces new_width ({self.width}) and new_height ({self.height}): give one '
                'or the other.'
            )
        if bool(self.width) != bool(self.height):
            raise ValueError(
                f'new_width ({self.width}) and new_height ({self.height}) are given together. new_short alone keeps '
                'the aspect ratio.'
            )

    def apply(self, image: Image) -> Image:
        """Resize an image (H, W, C)."""
        height, width = image.shape[:2]
        size = (self.width or width, self.height or height)
        if self.short:
            scale = self.short / min(height, width)
            size = (int(width * scale + 0.5), int(height * scale + 0.5))
        if size == (width, height):
            return image
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


@dataclass(frozen=True)
class FrameFiles:
    """Files to make of a video: ``img_00001.jpg``, ..., ``flow_x_00001.jpg``, ``flow_y_00001.jpg``, ...

    A video of N frames has N images and N - 1 pairs of flow images, the first of which leads from frame 1 to frame 2.

    Args:
        contents: ``'rgb'``, ``'flow'`` or both.
        flow_method: see :func:`mmaction.video.flow_function`.
        flow_bound: displacement in pixels that the range of the flow images ends at.
        file_format: ``'jpg'``, ``'png'`` or ``'h5'``: the files ``img.h5`` with the data set ``img`` (T, H, W, 3), RGB,
            and ``flow.h5`` with ``flow_x`` and ``flow_y`` (T - 1, H, W).
        size: of the frames, and of those that flow is computed on.
        rgb_name: name of the RGB images, without suffix.
        flow_name: name of the flow images, without suffix.
        backend: decoder of video files.
        start_index: number of the first image.

    Raises:
        ValueError: unknown content, method or format.
        ImportError: ``h5`` without h5py.
    """

    contents: tuple[Content, ...]
    flow_method: str = 'tvl1'
    flow_bound: float = FLOW_BOUND
    file_format: str = 'jpg'
    size: FrameSize = FrameSize()
    rgb_name: str = 'img_{:05d}'
    flow_name: str = 'flow_{}_{:05d}'
    backend: Backend = 'pyav'
    start_index: int = 1

    def __post_init__(self) -> None:
        for content in self.contents:
            pick(get_args(Content), content, 'contents')
        pick(_FORMATS, self.file_format, 'file_format')
        if 'flow' in self.contents:
            flow_function(self.flow_method)
        if self.file_format == 'h5':
            require('h5py', 'pip install h5py')

    def missing(self, folder: str | os.PathLike[str]) -> tuple[Content, ...]:
        """The contents that a folder lacks. Written ones are complete, so that their first file tells."""
        return tuple(content for content in self.contents if not os.path.exists(self._first_file(folder, content)))

    def write(self, source: str | os.PathLike[str], folder: str | os.PathLike[str], resume: bool = False) -> None:
        """Write the files of a video; all of them appear at once, and other files of the folder are kept.

        Args:
            source: video file, or folder of frames.
            folder: folder to make or to complete.
            resume: keep the contents that it has.

        Raises:
            VideoDecodeError: the video is unreadable, or has a single frame, where flow needs two.
            FileNotFoundError: there is no such video.
        """
        contents = self.missing(folder) if resume else self.contents
        if not contents:
            return
        with complete_folder_or_absent(os.fspath(folder), self._is_other(contents)) as unfinished:
            sink: _Sink = _H5(unfinished) if self.file_format == 'h5' else _Images(unfinished, self)
            try:
                self._fill(source, contents, sink)
            finally:
                sink.close()

    def _fill(self, source: str | os.PathLike[str], contents: tuple[Content, ...], sink: _Sink) -> None:
        naming = FrameNaming()
        if os.path.isdir(source):  # frames that were extracted by others may have any names
            naming = FrameNaming(filename_tmpl=self.rgb_name + '.jpg')
        cv2.setNumThreads(1)  # the videos are processed in parallel
        with open_video(source, naming=naming, backend=self.backend) as reader:
            frames = self._frames(reader.iter_frames(), sink if 'rgb' in contents else None)
            if 'flow' not in contents:
                for _ in frames:
                    pass
                return
            number = 0
            for number, flow in enumerate(iter_flow(frames, self.flow_method), start=1):
                sink.write_flow(number, quantize_flow(flow, self.flow_bound))
            if not number:
                raise VideoDecodeError(source, None, 'it has one frame, and flow leads from a frame to the next one')

    def _frames(self, frames: Iterator[Image], sink: _Sink | None) -> Iterator[Image]:
        """Resized frames, which are written on the way: they are decoded once for both contents."""
        for number, frame in enumerate(frames, start=1):
            image = self.size.apply(frame)
            if sink is not None:
                sink.write_rgb(number, image)
            yield image

    def _first_file(self, folder: str | os.PathLike[str], content: Content) -> str:
        first = self.start_index
        name = self.rgb_name.format(first) if content == 'rgb' else self.flow_name.format('x', first)
        if self.file_format == 'h5':
            name = 'img' if content == 'rgb' else 'flow'
        return os.path.join(folder, f'{name}.{self.file_format}')

    def _is_other(self, contents: tuple[Content, ...]) -> Callable[[str], bool]:
        """Tells files that are none of these contents, in any format."""
        names = {'rgb': [_pattern(self.rgb_name), 'img'], 'flow': [_pattern(self.flow_name), 'flow']}
        stems = '|'.join(stem for content in contents for stem in names[content])
        written = re.compile(rf'({stems})\.({"|".join(_FORMATS)})')
        return lambda name: written.fullmatch(name) is None


def _pattern(template: str) -> str:
    """Regular expression of the names that a template makes."""
    direction, _, rest = template.partition('{}')
    if not rest:
        direction, rest = '', template
    before, _, after = rest.partition('{')
    number = rf'{re.escape(before)}\d+{re.escape(after.partition("}")[2])}'
    return f'{re.escape(direction)}[xy]{number}' if '{}' in template else number


class _Sink(Protocol):
    """Takes the images of one video."""

    def write_rgb(self, number: int, image: Image) -> None: ...

    def write_flow(self, number: int, images: Image) -> None: ...

    def close(self) -> None: ...


class _Images:
    """One image file per frame and flow component."""

    def __init__(self, folder: str, files: FrameFiles) -> None:
        self.folder = folder
        self.rgb = f'{files.rgb_name}.{files.file_format}'
        self.flow = f'{files.flow_name}.{files.file_format}'
        self.before = files.start_index - 1

    def write_rgb(self, number: int, image: Image) -> None:
        write_image(os.path.join(self.folder, self.rgb.format(self.before + number)), image)

    def write_flow(self, number: int, images: Image) -> None:
        write_flow(self.folder, self.before + number, images, self.flow)

    def close(self) -> None:
        pass


class _H5:
    """One file per content, whose data sets grow by one frame at a time."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.files: dict[str, Any] = {}

    def write_rgb(self, number: int, image: Image) -> None:
        self._append('img', 'img', number, image)

    def write_flow(self, number: int, images: Image) -> None:
        for component, name in enumerate(('flow_x', 'flow_y')):
            self._append('flow', name, number, images[..., component])

    def _append(self, stem: str, name: str, number: int, image: Image) -> None:
        if stem not in self.files:
            self.files[stem] = require('h5py', 'pip install h5py').File(os.path.join(self.folder, f'{stem}.h5'), 'w')
        file = self.files[stem]
        if name not in file:
            limit = (None, *image.shape)
            file.create_dataset(
                name, (0, *image.shape), np.uint8, maxshape=limit, chunks=(1, *image.shape), compression='gzip'
            )
        file[name].resize(number, axis=0)
        file[name][number - 1] = image

    def close(self) -> None:
        for file in self.files.values():
            file.close()
