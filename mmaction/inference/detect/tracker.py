"""Tracks of persons by the overlap of their boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmaction.inference.detect.persons import PersonBoxes
from mmaction.structures.box_overlap import pairwise_box_iou
from mmaction.utils.check import at_least, within


def match_boxes(first: np.ndarray, second: np.ndarray, iou_thr: float) -> list[tuple[int, int]]:
    """Pair boxes one to one so that the sum of their overlaps is largest.

    Args:
        first: (N, 4), xyxy.
        second: (M, 4), in the same unit.
        iou_thr: smallest intersection over union of a pair.

    Returns:
        Pairs of indices into the two, by ascending first index.
    """
    if not len(first) or not len(second):
        return []
    from scipy.optimize import linear_sum_assignment  # half a second, also where nothing is tracked

    overlap = pairwise_box_iou(first, second)  # (N, M)
    # Pairs below the threshold must not win by their number over one good pair.
    gain = np.where(overlap >= iou_thr, overlap, 0)
    rows, columns = linear_sum_assignment(-gain)
    return [(i, j) for i, j in zip(rows.tolist(), columns.tolist()) if gain[i, j] > 0]


@dataclass(frozen=True, eq=False)
class _Track:
    """A person that is followed: number, last box (4,), its frame, and the displacement of the box per frame (4,)."""

    number: int
    box: np.ndarray
    frame: int
    velocity: np.ndarray

    def expected(self, frame: int) -> np.ndarray:
        """The box in a later frame, if the person moves on as before."""
        moved: np.ndarray = self.box + self.velocity * (frame - self.frame)
        return moved

    def seen(self, box: np.ndarray, frame: int) -> _Track:
        """The track with a new last box."""
        velocity = (box - self.box) / max(frame - self.frame, 1)
        # All corners move alike: a box that is cut at the edge of the frame, or that grows with an arm, goes on there.
        shift = (velocity[:2] + velocity[2:]) / 2
        return _Track(self.number, box, frame, np.tile(shift, 2))


class IoUTracker:
    """Gives the persons in the frames of a video numbers that stay the same.

    A person continues the track whose box, moved on at its last speed, overlaps the person's box most. A track that
    finds no person waits for a while, so that its number survives missed detections.

    Args:
        iou_thr: smallest intersection over union of a track and its next box.
        max_gap: frames that a track waits.
        confirm_score: smallest score of a person that starts a track; others only continue one.
    """

    def __init__(self, iou_thr: float = 0.3, max_gap: int = 30, confirm_score: float = 0.0) -> None:
        self.iou_thr = within(0, 1, iou_thr, 'iou_thr')
        self.max_gap = at_least(1, max_gap, 'max_gap')
        self.confirm_score = confirm_score
        self._tracks: list[_Track] = []
        self._count = 0

    def update(self, persons: PersonBoxes, frame: int) -> PersonBoxes:
        """Number the persons of the next frame, from 1.

        Args:
            persons: with ``ids`` these are kept.
            frame: its number, greater than those before.

        Returns:
            The persons with ``ids``; those that neither continue nor start a track are dropped.

        Raises:
            ValueError: ``frame`` is not after the last one.
        """
        if persons.ids is not None:
            return persons
        if self._tracks and frame <= max(track.frame for track in self._tracks):
            raise ValueError(
                f'Frame {frame} comes after frame {max(t.frame for t in self._tracks)}; give them in order.'
            )
        alive = [track for track in self._tracks if frame - track.frame <= self.max_gap]
        boxes = persons.boxes.astype(np.float64)
        expected = np.array([track.expected(frame) for track in alive]).reshape(-1, 4)
        pairs = match_boxes(expected, boxes, self.iou_thr)
        # A person who turns round is where the last box was, and not where the speed leads.
        late_tracks = sorted({*range(len(alive))} - {i for i, _ in pairs})
        late_boxes = sorted({*range(len(boxes))} - {j for _, j in pairs})
        last = np.array([alive[i].box for i in late_tracks]).reshape(-1, 4)
        second = match_boxes(last, boxes[late_boxes], self.iou_thr)
        pairs += [(late_tracks[i], late_boxes[j]) for i, j in second]

        ids = np.zeros(len(boxes), np.int64)
        for i, j in pairs:
            alive[i] = alive[i].seen(boxes[j], frame)
            ids[j] = alive[i].number
        for j in np.flatnonzero((ids == 0) & (persons.scores >= self.confirm_score)).tolist():
            self._count += 1
            ids[j] = self._count
            alive.append(_Track(self._count, boxes[j], frame, np.zeros(4)))
        self._tracks = alive
        return replace(persons, ids=ids)[ids > 0]
