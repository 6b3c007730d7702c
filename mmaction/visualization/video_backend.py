"""Backends that store clips, beside the scalars, images and configs of mmengine's backends."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from mmengine.visualization import LocalVisBackend as _LocalVisBackend
from mmengine.visualization import TensorboardVisBackend as _TensorboardVisBackend
from mmengine.visualization import WandbVisBackend as _WandbVisBackend
from mmengine.visualization.vis_backend import force_init_env

from mmaction.registry import VISBACKENDS
from mmaction.utils import require
from mmaction.utils.check import pick
from mmaction.video import write_frames, write_image
from mmaction.video.writer import WRITABLE_SUFFIXES as VIDEO_SUFFIXES

OutType = Literal['img', 'gif', 'video']
_SUFFIXES = (*VIDEO_SUFFIXES, '.gif', '.webm')
_IMAGE_NAME = 'img_{:05d}.jpg'  # the default template of RawframeDataset


def output_path(path: str | os.PathLike, out_type: OutType = 'img') -> Path:
    """Path to write a clip to: a file with a suffix that matches ``out_type``, or a folder.

    ``'img'`` gives a folder, unless the path has the suffix of a video or GIF.

    Raises:
        ValueError: ``out_type`` is unknown.
    """
    pick(get_args(OutType), out_type, 'out_type')
    path = Path(path)
    if out_type == 'img':
        return path
    accepted = ('.gif',) if out_type == 'gif' else VIDEO_SUFFIXES
    suffix = path.suffix.lower()
    if suffix in accepted:
        return path
    default = '.gif' if out_type == 'gif' else '.mp4'
    if suffix in _SUFFIXES:
        return path.with_suffix(default)
    return path.with_name(path.name + default)  # a dot in a name such as v1.0 does not start a suffix


def save_clip(
    path: str | os.PathLike, frames: np.ndarray | Iterable[np.ndarray], fps: float = 4, out_type: OutType = 'img'
) -> Path:
    """Write a clip as images, GIF or video.

    Args:
        path: output file, or output folder for images; see :func:`output_path`.
        frames: uint8 (T, H, W, 3), RGB, or an iterator of frames (H, W, 3), which are written as they come.
        fps: frames per second.
        out_type: ``'img'``, ``'gif'`` or ``'video'``.

    Returns:
        Path of the written file or folder.
    """
    target = output_path(path, out_type)
    if target.suffix.lower() in (*VIDEO_SUFFIXES, '.gif'):
        frames = _checked(frames)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_frames(target, frames, fps)
    else:
        write_images(target, frames)
    return target


def write_images(
    folder: Path, frames: np.ndarray | Iterable[np.ndarray], template: str = _IMAGE_NAME, first: int = 1
) -> None:
    """Write frames, uint8 (T, H, W, 3) in RGB, as images that are numbered from ``first`` on."""
    frames = _checked(frames)
    folder.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(frames, start=first):
        write_image(folder / template.format(i), frame)


def _checked(frames: np.ndarray | Iterable[np.ndarray]) -> np.ndarray | Iterator[np.ndarray]:
    if isinstance(frames, Iterator):  # the writers check each frame
        return frames
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise ValueError(f'Frames must be uint8 (T, H, W, 3), got {frames.dtype} {frames.shape}.')
    return frames


@VISBACKENDS.register_module()
class LocalVisBackend(_LocalVisBackend):
    """Write scalars, configs, images and clips to disk, below ``save_dir``.

    A clip becomes the folder ``{name}/frames_{step}`` of ``0.png, 1.png, ...``, without loss, or the file
    ``{name}.gif`` or ``{name}.mp4``; ``{name}_{step}`` from step 1 on, so that no step overwrites another.
    """

    @force_init_env
    def add_video(
        self, name: str, frames: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'img'
    ) -> None:
        """Write a clip.

        Args:
            name: identifier; slashes give subfolders. A file takes the place of its suffix such as ``.mp4``.
            frames: uint8 (T, H, W, 3), RGB.
            step: global step, part of the name.
            fps: frames per second of GIF and video.
            out_type: ``'img'``, ``'gif'`` or ``'video'``.
        """
        if out_type == 'img':
            write_images(Path(self._save_dir, name, f'frames_{step}'), frames, '{}.png', first=0)
            return
        stem = name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in _SUFFIXES else name
        if step:
            stem = f'{stem}_{step}'
        save_clip(Path(self._save_dir, stem), frames, fps=fps, out_type=out_type)


@VISBACKENDS.register_module()
class WandbVisBackend(_WandbVisBackend):
    """Write to Weights & Biases."""

    @force_init_env
    def add_video(
        self, name: str, frames: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'video'
    ) -> None:
        """Log a clip: as GIF for ``out_type='gif'``, otherwise as MP4. Arguments of :class:`LocalVisBackend`.

        ``step`` is unused: Weights & Biases counts its own steps.
        """
        form = 'gif' if out_type == 'gif' else 'mp4'
        # Encoded here: given an array, wandb would need moviepy.
        with tempfile.TemporaryDirectory() as folder:
            file = save_clip(Path(folder, f'clip.{form}'), frames, fps=fps)
            video = self._wandb.Video(str(file), format=form)
            self._wandb.log({name: video}, commit=self._commit)


@VISBACKENDS.register_module()
class TensorboardVisBackend(_TensorboardVisBackend):
    """Write to TensorBoard."""

    def _init_env(self) -> None:
        require('tensorboard')
        super()._init_env()

    @force_init_env
    def add_video(
        self, name: str, frames: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'gif'
    ) -> None:
        """Log a clip as an animated image. Arguments of :class:`LocalVisBackend`.

        ``out_type`` is unused: TensorBoard plays GIF only.
        """
        from tensorboard.compat.proto.summary_pb2 import Summary

        # Encoded here: SummaryWriter.add_video needs moviepy, and silently drops the clip without it.
        with tempfile.TemporaryDirectory() as folder:
            data = save_clip(Path(folder, 'clip.gif'), frames, fps=fps).read_bytes()
        height, width = frames.shape[1:3]
        image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=data)
        writer = self._tensorboard._get_file_writer()
        writer.add_summary(Summary(value=[Summary.Value(tag=name, image=image)]), step)
