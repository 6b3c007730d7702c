"""Skeletons drawn on frames: limbs and keypoints, colored by side (left, right, middle)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from mmaction.structures.skeletons import HAND, SKELETONS
from mmaction.visualization.overlay import RGB

LEFT: RGB = (255, 150, 40)
RIGHT: RGB = (60, 190, 255)
MIDDLE: RGB = (110, 235, 110)
_OUTLINE: RGB = (20, 20, 20)
_BITS = 4  # fractional bits of OpenCV coordinates, so that keypoints may lie between pixels


@dataclass(frozen=True)
class SkeletonLayout:
    """Limbs and sides of a skeleton with V keypoints.

    Args:
        limbs: pairs of keypoint indices.
        left: keypoints on the left side of the body.
        right: keypoints on the right side.
    """

    limbs: tuple[tuple[int, int], ...]
    left: frozenset[int] = frozenset()
    right: frozenset[int] = frozenset()

    def color(self, *points: int) -> RGB:
        """Color of a keypoint or limb: that of a side unless its keypoints belong to both or to none."""
        sides = {LEFT if p in self.left else RIGHT for p in points if p in self.left or p in self.right}
        return sides.pop() if len(sides) == 1 else MIDDLE


# by number of joints
LAYOUTS: dict[int, SkeletonLayout] = {
    known.num_joints: SkeletonLayout(known.limbs, frozenset(known.left), frozenset(known.right))
    for known in (*SKELETONS.values(), HAND)
}


def find_layout(num_points: int, layout: SkeletonLayout | Mapping[str, Any] | None = None) -> SkeletonLayout:
    """Resolve a layout: the given one, a dict as for ``Graph`` (``inward``), or the known one for V keypoints.

    Unknown skeletons get a layout without limbs, which draws keypoints only.
    """
    if isinstance(layout, Mapping):
        layout = SkeletonLayout(tuple((int(a), int(b)) for a, b in layout['inward']))
    layout = layout or LAYOUTS.get(num_points) or SkeletonLayout(())
    beyond = [limb for limb in layout.limbs if not all(0 <= point < num_points for point in limb)]
    if beyond:
        raise ValueError(f'Limb {beyond[0]} of the layout is out of range for {num_points} keypoints.')
    return layout


def draw_skeletons(
    frames: np.ndarray,
    keypoints: np.ndarray | Sequence[np.ndarray],
    scores: np.ndarray | Sequence[np.ndarray] | None = None,
    layout: SkeletonLayout | Mapping[str, Any] | None = None,
    score_thr: float = 0.3,
) -> np.ndarray:
    """Draw all persons of each frame.

    Args:
        frames: uint8 (T, H, W, 3), RGB; not modified.
        keypoints: per frame (N, V, 2 or more), x and y in pixels first; N may vary and be 0.
        scores: per frame (N, V); None draws all keypoints.
        layout: limbs and sides; default: the known skeleton of V keypoints.
        score_thr: keypoints with a lower score are not drawn, nor are their limbs.

    Returns:
        uint8 (T, H, W, 3).

    Raises:
        ValueError: the number of poses and frames differ, or a shape is wrong.
    """
    if len(keypoints) != len(frames) or (scores is not None and len(scores) != len(frames)):
        counts = f'keypoints of {len(keypoints)}'
        if scores is not None:
            counts += f' and scores of {len(scores)}'
        raise ValueError(f'There are {len(frames)} frames, but {counts}; give one entry per frame.')
    out = frames.copy()
    size = float(np.clip(min(frames.shape[1:3]) / 160, 1.5, 8))
    for t, frame in enumerate(out):
        points = np.asarray(keypoints[t], np.float64)
        marks = np.ones(points.shape[:2]) if scores is None else np.asarray(scores[t], np.float64)
        if points.ndim != 3 or marks.shape != points.shape[:2]:
            raise ValueError(
                f'Frame {t} has keypoints {points.shape} and scores {marks.shape}; expected (N, V, 2) and (N, V).'
            )
        if not points.size:
            continue
        how = find_layout(points.shape[1], layout)
        seen = (marks >= score_thr) & (marks > 0) & np.isfinite(points[..., :2]).all(axis=2)
        for person, visible in zip(points[..., :2], seen):
            _draw_person(frame, person, visible, how, size)
    return out


def _draw_person(frame: np.ndarray, points: np.ndarray, seen: np.ndarray, layout: SkeletonLayout, size: float) -> None:
    places = [tuple(int(v) for v in np.clip(point, -1e5, 1e5) * 2**_BITS) for point in np.nan_to_num(points)]
    limbs = [(a, b) for a, b in layout.limbs if seen[a] and seen[b]]
    dots = [v for v in range(len(points)) if seen[v]]
    # All outlines first: drawn limb by limb, they would cut through the limbs before them.
    for grow, outline in ((2, _OUTLINE), (0, None)):
        for a, b in limbs:
            color = outline or layout.color(a, b)
            cv2.line(frame, places[a], places[b], color, max(round(size) + grow, 1), cv2.LINE_AA, _BITS)
        for v in dots:
            color = outline or layout.color(v)
            radius = int((size + grow / 2) * 2**_BITS)
            cv2.circle(frame, places[v], radius, color, -1, cv2.LINE_AA, _BITS)
