"""Spatial transforms of boxes and keypoints: pure functions, and one that finds them in a sample.

Boxes are xyxy in pixels, (N, 4). Keypoints are x, y in pixels, (M, T, V, 2 or more).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

_BOXES = ('gt_bboxes', 'proposals')


def scale_boxes(boxes: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Boxes after the frame was scaled by ``factor`` (x, y)."""
    scaled: np.ndarray = boxes * np.tile(factor, 2)
    return scaled


def crop_boxes(boxes: np.ndarray, bbox: Sequence[int] | np.ndarray) -> np.ndarray:
    """Boxes within the crop ``bbox``, clipped to its first and last pixel."""
    left, top, right, bottom = bbox
    corner = np.array([left, top] * 2, boxes.dtype)
    limit = np.array([right - left - 1, bottom - top - 1] * 2, boxes.dtype)
    cropped: np.ndarray = np.clip(boxes - corner, 0, limit)
    return cropped


def flip_boxes(boxes: np.ndarray, extent: int, axis: int = 0) -> np.ndarray:
    """Boxes after mirroring along ``axis`` (0: x, 1: y) of a frame of ``extent`` pixels."""
    out: np.ndarray = boxes.copy()
    out[..., axis] = extent - boxes[..., axis + 2]
    out[..., axis + 2] = extent - boxes[..., axis]
    return out


def scale_keypoints(keypoint: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Keypoints after the frame was scaled by ``factor`` (x, y)."""
    out: np.ndarray = keypoint.copy()
    out[..., :2] *= factor
    return out


def crop_keypoints(keypoint: np.ndarray, bbox: Sequence[int] | np.ndarray) -> np.ndarray:
    """Keypoints relative to the corner of the crop ``bbox``; those outside stay, with coordinates outside."""
    out: np.ndarray = keypoint.copy()
    out[..., :2] -= np.asarray(bbox[:2], dtype=out.dtype)
    return out


def flip_keypoints(keypoint: np.ndarray, width: int, order: np.ndarray) -> np.ndarray:
    """Keypoints after mirroring a frame of ``width``; ``order`` swaps left and right.

    ``x == 0`` marks a missing point and stays.
    """
    out = keypoint[:, :, order]  # an index array copies
    x = out[..., 0]
    out[..., 0] = np.where(x != 0, width - x, x)
    return out


def swap_order(num_points: int, left: Sequence[int], right: Sequence[int]) -> np.ndarray:
    """Index of the keypoint that moves to each place when left and right are swapped, (num_points,).

    Raises:
        ValueError: a keypoint to swap does not exist.
    """
    last = max([*left, *right], default=-1)
    if last >= num_points:
        raise ValueError(
            f'left_kp and right_kp name keypoint {last}, but the data has {num_points}: 0..{num_points - 1}. Give the '
            'pairs of its own skeleton.'
        )
    order = np.arange(num_points)
    order[list(left)], order[list(right)] = list(right), list(left)
    return order


def combine_quadruples(outer: Sequence[float], inner: Sequence[float]) -> tuple[float, float, float, float]:
    """The crop ``inner`` of the crop ``outer`` (both x, y, w, h in 0..1), relative to the whole frame."""
    x, y, w, h = map(float, outer)
    return x + w * inner[0], y + h * inner[1], w * inner[2], h * inner[3]


def flip_quadruple(quadruple: Sequence[float]) -> tuple[float, float, float, float]:
    """Crop (x, y, w, h in 0..1) in the horizontally flipped frame."""
    x, y, w, h = quadruple
    return 1 - x - w, y, w, h


def map_boxes(results: dict, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Apply ``change`` to ``gt_bboxes`` and ``proposals`` where the sample has them."""
    for key in _BOXES:
        boxes = results.get(key)
        if boxes is None:
            continue
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise ValueError(f'{key} must be (N, 4), xyxy in pixels, found shape {boxes.shape}.')
        results[key] = change(boxes)


def map_keypoints(results: dict, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Apply ``change`` to ``keypoint`` where the sample has it."""
    if 'keypoint' in results:
        results['keypoint'] = change(results['keypoint'])
