"""Skeletons drawn on frames: limbs and key points, left, right and middle told apart by colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from mmaction.structures.skeletons import HAND, SKELETONS

RGB = tuple[int, int, int]
LEFT: RGB = (255, 150, 40)
RIGHT: RGB = (60, 190, 255)
MIDDLE: RGB = (110, 235, 110)
_OUTLINE: RGB = (20, 20, 20)
_BITS = 4  # fraction bits of OpenCV's coordinates: points lie between pixels


@dataclass(frozen=True)
class SkeletonLayout:
    """How the V points of a skeleton hang together.

    Args:
        limbs: the two points of each.
        left: points of the left side of the body.
        right: points of the right side.
    """

    limbs: tuple[tuple[int, int], ...]
    left: frozenset[int] = frozenset()
    right: frozenset[int] = frozenset()

    def color(self, *points: int) -> RGB:
        """Colour of a point, or of a limb: that of a side where all its points that have one are of it."""
        sides = {LEFT if p in self.left else RIGHT for p in points if p in self.left or p in self.right}
        return sides.pop() if len(sides) == 1 else MIDDLE


# by number of joints
LAYOUTS: dict[int, SkeletonLayout] = {
    known.num_joints: SkeletonLayout(known.limbs, frozenset(known.left), frozenset(known.right))
    for known in (*SKELETONS.values(), HAND)
}


def find_layout(num_points: int, layout: SkeletonLayout | Mapping[str, Any] | None = None) -> SkeletonLayout:
    """The layout to draw with: the given one, a dict as ``Graph`` takes it (``inward``), or that of so many points.

    A skeleton that is not known is drawn as points alone.
    """
    if isinstance(layout, Mapping):
        layout = SkeletonLayout(tuple((int(a), int(b)) for a, b in layout['inward']))
    layout = layout or LAYOUTS.get(num_points) or SkeletonLayout(())
    beyond = [limb for limb in layout.limbs if not all(0 <= point < num_points for point in limb)]
    if beyond:
        raise ValueError(f'The limb {beyond[0]} of the layout names a point that the {num_points} points do not have.')
    return layout


def draw_skeletons(
    frames: np.ndarray,
    keypoints: np.ndarray | Sequence[np.ndarray],
    scores: np.ndarray | Sequence[np.ndarray] | None = None,
    layout: SkeletonLayout | Mapping[str, Any] | None = None,
    score_thr: float = 0.3,
) -> np.ndarray:
    """Draw the persons of each frame.

    Args:
        frames: uint8 (T, H, W, 3), RGB. Not changed.
        keypoints: for each frame (N, V, 2), pixels; N may differ and be 0. Of more numbers a point the first two are
            taken.
        scores: for each frame (N, V). Points below ``score_thr`` and their limbs are left out. Default: all are drawn.
        layout: how the points hang together; default: that of a known skeleton of so many points.
        score_thr: see ``scores``.

    Returns:
        uint8 (T, H, W, 3).

    Raises:
        ValueError: there are not as many poses as frames, or a shape does not fit.
    """
    if len(keypoints) != len(frames) or (scores is not None and len(scores) != len(frames)):
        raise ValueError(
            f'There are {len(frames)} frames, but poses of {len(keypoints)}'
            + (f' and scores of {len(scores)}.' if scores is not None else '.')
        )
    out = frames.copy()
    size = float(np.clip(min(frames.shape[1:3]) / 160, 1.5, 8))
    for t, frame in enumerate(out):
        points = np.asarray(keypoints[t], np.float64)
        marks = np.ones(points.shape[:2]) if scores is None else np.asarray(scores[t], np.float64)
        if points.ndim != 3 or marks.shape != points.shape[:2]:
            raise ValueError(
                f'Frame {t} has key points {points.shape} and scores {marks.shape}; expected (N, V, 2) and (N, V).'
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
    # all outlines first, so that they do not cut through limbs that are drawn already
    for grow, outline in ((2, True), (0, False)):
        for a, b in limbs:
            color = _OUTLINE if outline else layout.color(a, b)
            cv2.line(frame, places[a], places[b], color, max(round(size) + grow, 1), cv2.LINE_AA, _BITS)
        for v in dots:
            color, radius = _OUTLINE if outline else layout.color(v), int((size + grow / 2) * 2**_BITS)
            cv2.circle(frame, places[v], radius, color, -1, cv2.LINE_AA, _BITS)
