"""Frames of one sample after each step of its pipeline."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmaction.datasets.transforms.contract import flatten, role_of, step_name
from mmaction.video import open_video
from mmaction.visualization.frames import read_video

_PERSONS = ((66, 165, 245), (255, 138, 101), (129, 199, 132), (255, 213, 79))


@dataclass(frozen=True)
class Stage:
    """Name of a pipeline step, and the frames after it: uint8 (T, H, W, 3), RGB."""

    name: str
    frames: np.ndarray


def run_stages(transforms: Iterable[Callable[[dict], dict | None]], record: dict) -> list[Stage]:
    """Send a record through a pipeline and keep the frames after each step that leaves some.

    Steps before the decoding have none; those whose role is to format or pack them are left out. A step that
    declares no role is left out if it only changes the layout: the pixels stay the same.

    Args:
        transforms: steps of the pipeline.
        record: from ``dataset.get_data_info(i)``. Changed by the steps.
    """
    stages: list[Stage] = []
    layout: tuple[int, ...] | None = None
    results = record
    for step in flatten(transforms):
        changed = step(results)
        if changed is None:
            break
        results = changed
        frames = frames_of(results)
        if frames is None:
            continue
        before = layout
        imgs = results.get('imgs')
        layout = () if imgs is None else (len(imgs), *np.shape(imgs[0]))  # not np.shape: frames may differ in size
        role = role_of(step)
        if role in ('format', 'pack'):
            continue
        if role is None and before != layout and stages and np.array_equal(stages[-1].frames, frames):
            continue
        stages.append(Stage(step_name(step), frames))
    if not stages:
        raise ValueError(f'No step of the pipeline gives frames or key points: {_source_name(record) or "the sample"}.')
    return stages


def frames_of(results: Mapping[str, Any]) -> np.ndarray | None:
    """The frames, or key points, that ``results`` holds, as uint8 (T, H, W, 3); None where there are none."""
    if results.get('imgs') is not None and len(results['imgs']):
        return to_pictures(results['imgs'], results.get('img_norm_cfg'))
    if results.get('keypoint') is not None:
        return draw_keypoints(results['keypoint'], results.get('img_shape'))
    return None


def to_pictures(imgs: Any, norm: Mapping[str, Any] | None = None) -> np.ndarray:
    """Convert frames in any layout of the pipelines to uint8 (T, H, W, 3).

    Args:
        imgs: (T, H, W, C) or a list of (H, W, C), shown in the size of the first; (N, C, H, W), (N, C, T, H, W); or
            heat maps with joints in place of C, of which the strongest is shown.
        norm: ``mean`` and ``std`` of normalized float frames; without it, they are stretched to 0..255.
    """
    if isinstance(imgs, list | tuple):
        frames = [np.asarray(frame) for frame in imgs]
        height, width = frames[0].shape[:2]
        array = np.stack([f if f.shape[:2] == (height, width) else cv2.resize(f, (width, height)) for f in frames])
    else:
        array = np.asarray(imgs)
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim == 5:
        channels_last = np.moveaxis(array, 1, -1)  # (N, C, T, H, W) -> (N, T, H, W, C)
        array = channels_last.reshape(-1, *channels_last.shape[2:])  # -> (N*T, H, W, C)
    elif array.ndim == 4 and array.shape[-1] > 3:
        array = np.moveaxis(array, 1, -1)
    if array.ndim != 4:
        raise ValueError(f'Frames of shape {array.shape} cannot be shown; expected one of the layouts of FormatShape.')
    if array.shape[-1] > 3:
        array = array.max(axis=-1, keepdims=True)
    if array.dtype != np.uint8:
        array = _to_uint8(array.astype(np.float32), norm)
    channels = array.shape[-1]
    if channels == 1:
        return array.repeat(3, axis=-1)
    if channels == 2:  # optical flow: x in red, y in green
        return np.concatenate([array, np.full_like(array[..., :1], 128)], axis=-1)
    return array.copy()  # later steps may work in place


def _to_uint8(array: np.ndarray, norm: Mapping[str, Any] | None) -> np.ndarray:
    if norm and {'mean', 'std'} <= set(norm):
        array = array * np.asarray(norm['std'], np.float32) + np.asarray(norm['mean'], np.float32)
        if norm.get('to_bgr'):
            array = array[..., ::-1]
    elif array.min() < 0 or array.max() > 255 or array.max() <= 1:
        low, high = float(array.min()), float(array.max())
        array = (array - low) * (255 / max(high - low, 1e-6))
    return array.round().clip(0, 255).astype(np.uint8)


def draw_keypoints(keypoint: np.ndarray, img_shape: tuple[int, int] | None = None, size: int = 256) -> np.ndarray:
    """Draw joints as dots, one color per person.

    Args:
        keypoint: (M, T, V, 2) in pixels, or (M, T, V, 3) in space; NaN and (0, 0) mark missing joints.
        img_shape: (height, width) of the frame. Without it, or in space, the joints are fitted into a square.
        size: side of that square in pixels.
    """
    points = np.asarray(keypoint, np.float32)
    if points.ndim != 4 or points.shape[-1] not in (2, 3):
        raise ValueError(f'Key points must have the shape (M, T, V, 2 or 3), got {points.shape}.')
    present = np.isfinite(points).all(-1) & (points != 0).any(-1)
    xy = points[..., :2].copy()
    inside = present.any() and xy[present].min() >= 0
    if points.shape[-1] == 2 and img_shape is not None and inside and (xy[present].max(0) <= img_shape[::-1]).all():
        height, width = img_shape
    else:
        height = width = size
        if present.any():
            low, high = xy[present].min(0), xy[present].max(0)
            scale = 0.9 * size / max(float((high - low).max()), 1e-6)
            xy = (xy - (low + high) / 2) * scale
            if points.shape[-1] == 3:
                xy[..., 1] *= -1  # the y axis points up in space and down in images
            xy += size / 2
    radius = max(min(height, width) // 80, 2)
    frames = np.zeros((points.shape[1], height, width, 3), np.uint8)
    for person, frame, joint in zip(*np.nonzero(present)):
        x, y = xy[person, frame, joint].round().astype(int).tolist()
        cv2.circle(frames[frame], (x, y), radius, _PERSONS[person % len(_PERSONS)], -1, cv2.LINE_AA)
    return frames


def source_frames(record: Mapping[str, Any], fps: float) -> np.ndarray:
    """All source frames of a sample; a video is read at ``fps`` frames per second, a frame folder completely.

    Returns:
        uint8 (T, H, W, 3), RGB.
    """
    if 'filename' in record:
        return read_video(record['filename'], fps)
    if 'frame_dir' in record and 'total_frames' in record:
        with open_video(record) as reader:
            return reader.get_frames(range(record['total_frames']))
    if 'keypoint' in record:
        return draw_keypoints(record['keypoint'], record.get('img_shape'))
    raise ValueError(f'A sample with {", ".join(sorted(record))} has no source that can be shown.')


def _source_name(record: Mapping[str, Any]) -> str:
    return str(record.get('filename') or record.get('frame_dir') or '')


def sample_name(record: Mapping[str, Any], index: int) -> str:
    """File name for a sample: that of its video, without suffix."""
    source = _source_name(record)
    if not source:
        return f'sample_{index:05d}'
    return Path(source).stem if 'filename' in record else Path(source).name


def locate(dataset: Any, index: int) -> tuple[Any, int]:
    """Find the dataset inside mmengine's wrappers that holds a sample, and its index there."""
    while True:
        if hasattr(dataset, '_get_ori_dataset_idx'):  # ConcatDataset, ClassBalancedDataset, RepeatDataset
            found = dataset._get_ori_dataset_idx(index)
            if isinstance(found, tuple):
                dataset, index = dataset.datasets[found[0]], found[1]
            else:
                dataset, index = dataset.dataset, found
        else:
            return dataset, index


def dataset_stages(dataset: Any, index: int) -> tuple[dict, list[Stage]]:
    """The record of a sample, as it was before the pipeline, and its :class:`Stage` s."""
    dataset, index = locate(dataset, index)
    record = dataset.get_data_info(index)
    return record, run_stages(dataset.pipeline.transforms, copy.deepcopy(record))
