"""Boxes of persons with labels that do not cover each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mmaction.structures.box_overlap import box_area, box_intersection
from mmaction.visualization.overlay import RGB, Overlay, PanelStyle, Row, blend, font_size_for, render_panel

# Distinct on light and dark ground, and for most of the color-blind.
PALETTE: tuple[RGB, ...] = (
    (255, 176, 0),
    (100, 180, 255),
    (120, 220, 110),
    (254, 97, 160),
    (190, 150, 255),
    (240, 228, 66),
    (0, 200, 180),
    (255, 120, 60),
)
_OUTLINE: RGB = (20, 20, 20)
# Cost of a pixel that a label covers: another label, another person's box, its own person's box.
_ON_LABEL, _ON_OTHER, _ON_OWN = 100.0, 2.0, 1.0
_CHANGE = 0.3  # of the label's area: cost of another side of the box than in the frame before


@dataclass(frozen=True, eq=False)
class LabelledBox:
    """A box and what is written at it.

    Attributes:
        box: xyxy in pixels.
        rows: of the label, the most important first.
        color: of the box.
        key: names the person, whose label stays at the same side of the box in the next frame; None for no one.
    """

    box: np.ndarray
    rows: Sequence[Row]
    color: RGB = PALETTE[0]
    key: Hashable = None


@dataclass(frozen=True)
class Placed:
    """Position of a label: its upper left corner in pixels, and the side of the box, None for elsewhere."""

    left: int
    top: int
    side: int | None


def place_labels(
    boxes: np.ndarray,
    sizes: Sequence[tuple[int, int]],
    frame_size: tuple[int, int],
    last_sides: Sequence[int | None] = (),
    occupied: Sequence[Sequence[float]] = (),
) -> list[Placed]:
    """Place a label at each box: beside it if there is room, over no other label, and over few persons.

    Args:
        boxes: (N, 4), xyxy in pixels.
        sizes: (width, height) of each label, pixels.
        frame_size: (height, width) of the frame, in which labels stay.
        last_sides: side of each box that its label had in the frame before, which it keeps where that costs little.
        occupied: parts of the frame that labels must not cover, either: xyxy in pixels.

    Returns:
        Positions, in the order of the boxes. Where labels find no place, they overlap as little as possible.
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    placed: dict[int, Placed] = {}
    taken = np.array(occupied, np.float64).reshape(-1, 4)
    for i in np.lexsort((boxes[:, 0], boxes[:, 1])).tolist():  # from top to bottom, as one reads
        width, height = sizes[i]
        corners = _in_frame(_sides(boxes[i], width, height), width, height, frame_size)
        rects = np.concatenate([corners, corners + [width, height]], axis=1)
        on_labels = box_intersection(rects[:, None], taken[None]).sum(1)
        cost = _ON_LABEL * on_labels + _cost_on_persons(rects, boxes, i)
        cost += np.arange(len(cost))  # the first of equals
        last = last_sides[i] if i < len(last_sides) else None
        if last is not None:
            cost[np.arange(len(cost)) != last] += _CHANGE * width * height
        best = int(cost.argmin())
        corner = corners[best]
        side: int | None = best
        elsewhere = _nearest_free(boxes[i], width, height, frame_size, taken) if on_labels[best] else None
        if elsewhere is not None:
            corner = elsewhere
            side = None
        left, top = (int(value) for value in corner)
        placed[i] = Placed(left, top, side)
        taken = np.concatenate([taken, [[left, top, left + width, top + height]]])
    return [placed[i] for i in range(len(boxes))]


def _sides(box: np.ndarray, width: int, height: int) -> np.ndarray:
    """Upper left corners (10, 2) of a label: above, below, beside and inside of a box."""
    x1, y1, x2, y2 = box
    outside = [(x1, y1 - height), (x2 - width, y1 - height), (x2, y1), (x1 - width, y1), (x1, y2), (x2 - width, y2)]
    inside = [(x1, y1), (x2 - width, y1), (x1, y2 - height), (x2 - width, y2 - height)]
    return np.array(outside + inside)


def _in_frame(corners: np.ndarray, width: int, height: int, frame_size: tuple[int, int]) -> np.ndarray:
    room = np.array([frame_size[1] - width, frame_size[0] - height]).clip(0)
    moved: np.ndarray = corners.round().clip(0, room)
    return moved


def _cost_on_persons(rects: np.ndarray, boxes: np.ndarray, own: int) -> np.ndarray:
    """Cost of the persons that labels cover: (K, 4) -> (K,)."""
    on_others = box_intersection(rects[:, None], np.delete(boxes, own, axis=0)[None]).sum(1)
    cost: np.ndarray = _ON_OTHER * on_others + _ON_OWN * box_intersection(rects, boxes[own])
    return cost


def _nearest_free(
    box: np.ndarray, width: int, height: int, frame_size: tuple[int, int], taken: np.ndarray
) -> np.ndarray | None:
    """The position nearest to a box at which a label covers no other; None if there is none."""
    step = max(height // 2, 4)
    xs = np.arange(0, max(frame_size[1] - width, 0) + 1, step)
    ys = np.arange(0, max(frame_size[0] - height, 0) + 1, step)
    corners = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float64)
    # Each label covers a rectangle of positions: comparing all pairs would take seconds in a crowd.
    is_free = np.ones((len(ys), len(xs)), bool)
    first_x = xs.searchsorted(taken[:, 0] - width, 'right')
    first_y = ys.searchsorted(taken[:, 1] - height, 'right')
    end_x = xs.searchsorted(taken[:, 2])
    end_y = ys.searchsorted(taken[:, 3])
    for x0, y0, x1, y1 in zip(first_x, first_y, end_x, end_y):
        is_free[y0:y1, x0:x1] = False
    free = is_free.reshape(-1)
    if not free.any():
        return None
    middle = (box[:2] + box[2:]) / 2
    distance = np.abs(corners + [width / 2, height / 2] - middle).sum(1)
    nearest: np.ndarray = corners[np.where(free, distance, np.inf).argmin()]
    return nearest


class BoxDrawer:
    """Draws the labelled boxes of the frames of one video, one after another."""

    def __init__(self) -> None:
        self._sides: dict[Hashable, int | None] = {}
        self._panels: dict[tuple, np.ndarray] = {}

    def draw(
        self, frame: np.ndarray, entries: Sequence[LabelledBox], occupied: Sequence[Sequence[float]] = ()
    ) -> np.ndarray:
        """Draw boxes and labels.

        Where the labels of a frame have not enough room, they lose their last rows.

        Args:
            frame: uint8 (H, W, 3), RGB; not modified.
            entries: what to draw.
            occupied: parts of the frame that labels must not cover: xyxy in pixels.

        Returns:
            uint8 (H, W, 3).
        """
        out = frame.copy()
        if not entries:
            return out
        thick = max(round(min(frame.shape[:2]) / 200), 1)
        for entry in entries:  # all boxes before the first label
            _rectangle(out, entry.box, _OUTLINE, thick + 2)
            _rectangle(out, entry.box, entry.color, thick)
        panels, places = self._fit(frame.shape[:2], entries, occupied)
        for entry, panel, place in zip(entries, panels, places):
            self._sides[entry.key] = place.side
            height, width = panel.shape[:2]
            if place.side is None:
                _connect(out, entry, (place.left + width // 2, place.top + height // 2), thick)
            region = out[place.top : place.top + height, place.left : place.left + width]
            region[...] = blend(region[None], Overlay(panel, 0, 0))[0]
            cv2.line(out, (place.left, place.top), (place.left, place.top + height - 1), entry.color, max(thick, 2))
        return out

    def _fit(
        self, size: tuple[int, int], entries: Sequence[LabelledBox], occupied: Sequence[Sequence[float]] = ()
    ) -> tuple[list[np.ndarray], list[Placed]]:
        """Render as many rows of the labels as can be placed without covering each other."""
        boxes = np.array([entry.box for entry in entries])
        last = [self._sides.get(entry.key) if entry.key is not None else None for entry in entries]
        for count in range(max(len(entry.rows) for entry in entries), 0, -1):
            panels = [self._panel(entry.rows[:count], size) for entry in entries]
            sizes = [(panel.shape[1], panel.shape[0]) for panel in panels]
            places = place_labels(boxes, sizes, size, last, occupied)
            if not _covers(sizes, places):
                break
        return panels, places

    def _panel(self, rows: Sequence[Row], size: tuple[int, int]) -> np.ndarray:
        key = (tuple(rows), size)
        if key not in self._panels:
            if len(self._panels) > 2000:  # of a long video; a crowd needs some for each person
                self._panels.clear()
            font_size = font_size_for(*size)
            room = max(min(18 * font_size, size[1]), 1)
            self._panels[key] = render_panel(rows, room, PanelStyle(font_size, opacity=0.65))
        return self._panels[key]


def _covers(sizes: Sequence[tuple[int, int]], places: Sequence[Placed]) -> bool:
    """True if one label covers part of another."""
    rects = np.array([(p.left, p.top, p.left + w, p.top + h) for (w, h), p in zip(sizes, places)], np.float64)
    shared = box_intersection(rects[:, None], rects[None])
    return bool(shared.sum() > box_area(rects).sum())


def _rectangle(frame: np.ndarray, box: np.ndarray, color: RGB, thick: int) -> None:
    x1, y1, x2, y2 = (int(value) for value in np.asarray(box).round())
    cv2.rectangle(frame, (x1, y1), (x2 - 1, y2 - 1), color, thick)


def _connect(frame: np.ndarray, entry: LabelledBox, middle: tuple[int, int], thick: int) -> None:
    """Draw a line from a label that is away from its box to the nearest point of the box."""
    x1, y1, x2, y2 = (int(value) for value in np.asarray(entry.box).round())
    nearest = (min(max(middle[0], x1), x2), min(max(middle[1], y1), y2))
    cv2.line(frame, middle, nearest, entry.color, thick, cv2.LINE_AA)
