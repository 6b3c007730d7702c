"""The entries of ``results`` that every sampler reads and every decoding step writes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from mmaction.datasets.transforms.frames import as_frames, frame_size
from mmaction.utils.check import at_least, pick

__all__ = [
    'BOX_TOLERANCE',
    'MAX_RELATIVE',
    'WHOLE_FRAME',
    'BoxUnit',
    'boxes_to_pixels',
    'check_box_unit',
    'put_frames',
    'requested_frames',
    'total_frames',
]

BoxUnit = Literal['relative', 'pixels']
"""Unit of the boxes of a sample before its frames are decoded: in 0..1 of the frame, or in pixels."""

# Boxes may overshoot the frame by a pixel or by rounding.
BOX_TOLERANCE: MappingProxyType[BoxUnit, float] = MappingProxyType({'relative': 0.01, 'pixels': 1.0})
# The frame as a box; in pixels its size is not known before the frame is decoded, which clips boxes to it.
WHOLE_FRAME: MappingProxyType[BoxUnit, tuple[float, ...]] = MappingProxyType(
    {'relative': (0.0, 0.0, 1.0, 1.0), 'pixels': (0.0, 0.0, np.inf, np.inf)}
)

# Largest value that can be meant as relative.
MAX_RELATIVE = 2.0


def check_box_unit(value: str) -> BoxUnit:
    """Check and return ``box_unit``."""
    return pick(get_args(BoxUnit), value, 'box_unit')


def total_frames(results: dict[str, Any]) -> int:
    """The length of the video in frames; raises ValueError unless it is at least 1."""
    where = results.get('filename') or results.get('frame_dir') or 'the sample'
    return int(at_least(1, results['total_frames'], f'total_frames of {where}', 'Check the file or its annotation.'))


def requested_frames(results: dict[str, Any]) -> npt.NDArray[np.integer[Any]]:
    """``results['frame_inds']``, flat.

    Raises:
        KeyError: no step sampled frames.
    """
    if 'frame_inds' not in results:
        raise KeyError("results has no 'frame_inds'. Put a step that samples frames, as SampleFrames, before decoding.")
    return np.asarray(results['frame_inds']).reshape(-1)


def put_frames(results: dict[str, Any], frames: npt.NDArray[np.uint8] | list[npt.NDArray[Any]]) -> dict[str, Any]:
    """Store decoded frames and their size, and scale relative boxes to pixels.

    Args:
        results: the sample.
        frames: uint8 (T, H, W, C), or a list of frames (H, W, C) as a method of a user's subclass gives it.
    """
    results['imgs'] = as_frames(frames)
    results['original_shape'] = results['img_shape'] = frame_size(results['imgs'])
    return boxes_to_pixels(results)


def boxes_to_pixels(results: dict[str, Any]) -> dict[str, Any]:
    """Scale ``gt_bboxes`` and ``proposals`` from 0..1 to pixels of ``img_shape``, once.

    Both are xyxy, (N, 4); further columns of proposals, such as scores, are dropped. ``box_unit`` states the unit,
    ``'relative'`` where the sample has none, and becomes ``'pixels'``. Boxes in pixels are clipped to the frame.

    Raises:
        ValueError: the boxes contradict their unit.
    """
    keys = [key for key in ('gt_bboxes', 'proposals') if results.get(key) is not None]
    if not keys:
        return results
    height, width = results['img_shape']
    unit = check_box_unit(results.get('box_unit', 'relative'))
    size = np.array([width, height, width, height], np.float32)
    for key in keys:
        boxes = np.asarray(results[key], np.float32)
        if boxes.ndim == 2 and key == 'proposals':
            boxes = boxes[:, :4]
        if unit == 'relative':
            results[key] = _scaled(boxes, size, key)
        else:
            results[key] = _clipped(boxes, size, key)
    results['box_unit'] = 'pixels'
    return results


def _scaled(boxes: np.ndarray, size: np.ndarray, key: str) -> np.ndarray:
    if boxes.size and boxes.max() > MAX_RELATIVE:
        raise ValueError(
            f'{key} has values up to {boxes.max():g}, but is taken as relative, in 0..1 of the frame. Divide by width '
            "and height, or state the unit: box_unit='pixels' of the dataset (results['box_unit'])."
        )
    scaled: np.ndarray = boxes * size
    return scaled


def _clipped(boxes: np.ndarray, size: np.ndarray, key: str) -> np.ndarray:
    if boxes.size and (boxes[..., :2] > size[:2]).any():
        beyond = boxes[(boxes[..., :2] > size[:2]).any(axis=-1)][0]
        raise ValueError(
            f'{key} has the box {beyond.tolist()}, which begins outside of the frame of {size[0]:g} x {size[1]:g} '
            'pixels. Annotate boxes in pixels of the videos as they are read.'
        )
    clipped: np.ndarray = boxes.clip(0, size)
    return clipped
