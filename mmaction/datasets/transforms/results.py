"""The entries of ``results`` that every sampler reads and every decoding step writes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmaction.datasets.transforms.frames import Frames, frame_size
from mmaction.utils.check import at_least

__all__ = ['boxes_to_pixels', 'put_frames', 'requested_frames', 'total_frames']

# Annotated relative boxes overshoot 1 a little, and no box in pixels ends before the second pixel.
_MAX_RELATIVE = 2.0


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
    results['imgs'] = Frames(frames) if isinstance(frames, np.ndarray) else frames
    results['original_shape'] = results['img_shape'] = frame_size(frames)
    return boxes_to_pixels(results)


def boxes_to_pixels(results: dict[str, Any]) -> dict[str, Any]:
    """Scale ``gt_bboxes`` and ``proposals`` from 0..1 to pixels of ``img_shape``; boxes in pixels stay.

    Both are xyxy, (N, 4); further columns of proposals, such as scores, are dropped.
    """
    height, width = results['img_shape']
    for key in ('gt_bboxes', 'proposals'):
        if results.get(key) is None:
            continue
        boxes = np.asarray(results[key], np.float32)
        if boxes.ndim == 2 and key == 'proposals':
            boxes = boxes[:, :4]
        if boxes.size and boxes.max() <= _MAX_RELATIVE:
            boxes = boxes * np.array([width, height, width, height], np.float32)
        results[key] = boxes
    return results
