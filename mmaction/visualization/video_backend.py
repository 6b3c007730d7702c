"""Backends that store clips beside mmengine's scalars, pictures and configs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from mmengine.visualization import LocalVisBackend as _LocalVisBackend
from mmengine.visualization import TensorboardVisBackend as _TensorboardVisBackend
from mmengine.visualization import WandbVisBackend as _WandbVisBackend
from mmengine.visualization.vis_backend import force_init_env

from mmaction.registry import VISBACKENDS
from mmaction.utils import require
from mmaction.video import write_frames, write_image
from mmaction.video.writer import WRITABLE_SUFFIXES as VIDEO_SUFFIXES

OutType = Literal['img', 'gif', 'video']
_SUFFIXES = (*VIDEO_SUFFIXES, '.gif', '.webm')
_PICTURE = 'img_{:05d}.jpg'  # the name under which RawframeDataset finds them again


def output_path(path: str | os.PathLike, out_type: OutType = 'img') -> Path:
    """Where a clip goes: a file with a suffix that fits ``out_type``, or a folder.

    ``'img'`` gives a folder, unless the path has the suffix of a video or GIF.
    """
    if out_type not in get_args(OutType):
        raise ValueError(f'out_type ({out_type!r}) must be one of {", ".join(get_args(OutType))}.')
    path = Path(path)
    suffix = path.suffix.lower()
    if out_type == 'img':
        return path
    if suffix in (('.gif',) if out_type == 'gif' else VIDEO_SUFFIXES):
        return path
    ending = '.gif' if out_type == 'gif' else '.mp4'
    return path.with_suffix(ending) if suffix in _SUFFIXES else path.with_name(path.name + ending)


def save_clip(path: str | os.PathLike, frames: np.ndarray, fps: float = 4, out_type: OutType = 'img') -> Path:
    """Write a clip as pictures, GIF or video.

    Args:
        path: a file, or a folder for pictures; see :func:`output_path`.
        frames: uint8 (T, H, W, 3), RGB.
        fps: frames a second.
        out_type: ``'img'``, ``'gif'`` or ``'video'``.

    Returns:
        The file or folder that was written.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise ValueError(f'Frames must be uint8 (T, H, W, 3), got {frames.dtype} {frames.shape}.')
    target = output_path(path, out_type)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix.lower() in (*VIDEO_SUFFIXES, '.gif'):
        write_frames(target, frames, fps)
        return target
    target.mkdir(exist_ok=True)
    for i, frame in enumerate(frames, start=1):
        write_image(target / _PICTURE.format(i), frame)
    return target


@VISBACKENDS.register_module()
class LocalVisBackend(_LocalVisBackend):
    """Writes to the disk: scalars, configs, pictures, and clips under ``save_dir/vis_image/``.

    A clip becomes the folder ``{name}_{step}`` of ``img_00001.jpg, ...``, or ``{name}_{step}.gif`` or ``.mp4``.
    """

    @force_init_env
    def add_video(
        self, name: str, frames: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'img'
    ) -> None:
        """Write a clip.

        Args:
            name: identifier; a suffix such as ``.mp4`` is dropped, slashes give sub-folders.
            frames: uint8 (T, H, W, 3), RGB.
            step: global step, part of the name.
            fps: frames a second of GIF and video.
            out_type: ``'img'``, ``'gif'`` or ``'video'``.
        """
        stem = name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in _SUFFIXES else name
        save_clip(Path(self._img_save_dir, f'{stem}_{step}'), frames, fps=fps, out_type=out_type)


@VISBACKENDS.register_module()
class WandbVisBackend(_WandbVisBackend):
    """Writes to Weights & Biases."""

    @force_init_env
    def add_video(
        self, name: str, frames: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'video'
    ) -> None:
        """Log a clip under ``name``: as GIF for ``out_type='gif'``, else as MP4.

        Args:
            name: identifier.
            frames: uint8 (T, H, W, 3), RGB.
            step: not used; Weights & Biases counts its own steps.
            fps: frames a second.
            out_type: see above.
        """
        form = 'gif' if out_type == 'gif' else 'mp4'
        # encoded here: given an array, wandb needs moviepy
        with tempfile.TemporaryDirectory() as folder:
            file = save_clip(Path(folder, f'clip.{form}'), frames, fps=fps)
            video = self._wandb.Video(str(file), format=form)
            self._wandb.log({name: video}, commit=self._commit)


@VISBACKENDS.register_module()
class TensorboardVisBackend(_TensorboardVisBackend):
    """Writes to TensorBoard."""

    def _init_env(self) -> None:
        require('tensorboard')
        super()._init_env()

    @force_init_env
    def add_video(
        self, name: str, frames: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'gif'
    ) -> None:
        """Log a clip as an animated picture under ``name``.

        Args:
            name: identifier.
            frames: uint8 (T, H, W, 3), RGB.
            step: global step.
            fps: frames a second.
            out_type: not used; TensorBoard plays GIF only.
        """
        from tensorboard.compat.proto.summary_pb2 import Summary

        # encoded here: SummaryWriter.add_video needs moviepy, and drops the clip where it is absent
        with tempfile.TemporaryDirectory() as folder:
            data = save_clip(Path(folder, 'clip.gif'), frames, fps=fps).read_bytes()
        height, width = frames.shape[1:3]
        picture = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=data)
        writer = self._tensorboard._get_file_writer()
        writer.add_summary(Summary(value=[Summary.Value(tag=name, image=picture)]), step)
