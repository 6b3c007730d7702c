"""What every decoding step leaves in ``results``."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ['boxes_to_pixels', 'put_frames', 'requested_frames']

_LARGEST_RELATIVE = 2.0  # annotated boxes overshoot 1 a little; no box in pixels ends before the second one


def requested_frames(results: dict[str, Any]) -> np.ndarray:
    """``results['frame_inds']``, flat.

    Raises:
        KeyError: no step chose frames.
    """
    if 'frame_inds' not in results:
        raise KeyError("results has no 'frame_inds'. Put a step that samples frames, as SampleFrames, before decoding.")
    return np.asarray(results['frame_inds']).reshape(-1)


def put_frames(results: dict[str, Any], frames: np.ndarray) -> dict[str, Any]:
    """Store decoded frames and their size, and bring relative boxes to pixels.

    Args:
        results: the sample.
        frames: uint8 (T, H, W, C).
    """
    results['imgs'] = frames
    results['original_shape'] = results['img_shape'] = tuple(frames.shape[1:3])
    return boxes_to_pixels(results)


def boxes_to_pixels(results: dict[str, Any]) -> dict[str, Any]:
    """Scale ``gt_bboxes`` and ``proposals`` from 0..1 to pixels of ``img_shape``; boxes in pixels stay.

    Both are xyxy, (N, 4); further columns of proposals, as scores, are dropped.
    """
    height, width = results['img_shape']
    for key in ('gt_bboxes', 'proposals'):
        if results.get(key) is None:
            continue
        boxes = np.asarray(results[key], np.float32)
        if boxes.ndim == 2 and key == 'proposals':
            boxes = boxes[:, :4]
        if boxes.size and boxes.max() <= _LARGEST_RELATIVE:
            boxes = boxes * np.array([width, height, width, height], np.float32)
        results[key] = boxes
    return results
