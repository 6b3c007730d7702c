"""Action tubes: detections of single frames linked over time, and their overlap.

A tube is an array (n, 5) or (n, 6): frame, box xyxy in pixels, score.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmaction.structures.box_overlap import box_iou, pairwise_box_iou

__all__ = ['iou3d_voc', 'iou3dt_voc', 'link_boxes', 'soft_nms_boxes']

NMS_THRESHOLD = 0.6
BOXES_PER_FRAME = 10
LINK_THRESHOLD = 0.5
MIN_SCORE = 0.005


def iou3d_voc(b1: np.ndarray, b2: np.ndarray) -> float:
    """Mean IoU of the boxes of two tubes over the same frames, both (n, 5 or more)."""
    b1 = np.asarray(b1)
    b2 = np.asarray(b2)
    if not np.array_equal(b1[:, 0], b2[:, 0]):
        raise ValueError('The tubes must cover the same frames; iou3dt_voc compares tubes of different frames.')
    return float(box_iou(b1[:, 1:5], b2[:, 1:5]).mean())


def iou3dt_voc(b1: np.ndarray, b2: np.ndarray, spatialonly: bool = False, temporalonly: bool = False) -> float:
    """Spatio-temporal IoU of two tubes: mean IoU of the common frames times the IoU of the intervals.

    An interval ends with its last frame, which adds no length.

    Args:
        b1: (n, 5 or more), frames ascending.
        b2: as b1.
        spatialonly: leave out the factor of the intervals.
        temporalonly: leave out the factor of the boxes.
    """
    b1 = np.asarray(b1)
    b2 = np.asarray(b2)
    first = max(b1[0, 0], b2[0, 0])
    last = min(b1[-1, 0], b2[-1, 0])
    if last <= first:
        return 0.0
    temporal = float((last - first) / (max(b1[-1, 0], b2[-1, 0]) - min(b1[0, 0], b2[0, 0])))
    if temporalonly:
        return temporal
    common = np.intersect1d(b1[:, 0], b2[:, 0])
    if not len(common):
        return 0.0
    spatial = iou3d_voc(b1[np.isin(b1[:, 0], common)], b2[np.isin(b2[:, 0], common)])
    return spatial if spatialonly else spatial * temporal


def soft_nms_boxes(
    boxes: np.ndarray, scores: np.ndarray, threshold: float = NMS_THRESHOLD, top_k: int = BOXES_PER_FRAME
) -> tuple[np.ndarray, np.ndarray]:
    """Choose boxes by falling score; each lowers the scores of those that it overlaps more than ``threshold``.

    A score is multiplied by 1 - IoU, of boxes that include their last pixel (Soft-NMS, arXiv:1704.04503).

    Args:
        boxes: (N, 4), xyxy in pixels.
        scores: (N,).
        threshold: see above.
        top_k: largest number of boxes to choose.

    Returns:
        indices and scores of the chosen boxes, both (n,).
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    scores = np.array(scores, np.float64)
    if len(boxes) <= 1:  # most frames of a class
        return np.arange(len(boxes)), scores
    covering = boxes + np.array([0, 0, 1, 1])
    overlap = pairwise_box_iou(covering, covering)  # (N, N)
    chosen: list[int] = []
    free = np.ones(len(boxes), bool)
    for _ in range(min(top_k, len(boxes))):
        # Of equal scores the last box, as in MMAction2, whose scores are all equal (see `link_tubes`).
        best = len(boxes) - 1 - int(np.where(free, scores, -np.inf)[::-1].argmax())
        chosen.append(best)
        free[best] = False
        near = free & (overlap[best] > threshold)
        scores[near] *= 1 - overlap[best, near]
    return np.array(chosen, np.int64), scores[chosen]


class _Tube:
    """The boxes of a tube so far, rows of frame, box and score."""

    def __init__(self, row: np.ndarray) -> None:
        self.rows = [row]
        self.scores = [row[5]]
        self.score = row[5]

    def add(self, row: np.ndarray) -> None:
        self.rows.append(row)
        self.scores.append(row[5])
        # NumPy's mean and not a running sum: with MMAction2's equal scores, rounding alone orders the tubes.
        self.score = np.mean(self.scores)


def link_boxes(rows: np.ndarray, num_frames: int, min_length: int) -> list[tuple[float, np.ndarray]]:
    """Link the detections of one class in one video to tubes.

    In each frame the tubes, by falling mean score, take the best box that overlaps their last one by half. A tube
    without such a box ends, a box without a tube starts one.

    Args:
        rows: (N, 6): frame, from 1, box xyxy in pixels, score.
        num_frames: frames of the video.
        min_length: shortest tube, in frames. Tubes with a mean score under 0.005 are left out, too.

    Returns:
        mean score and rows (n, 6) of each tube.
    """
    finished: list[_Tube] = []
    current: list[_Tube] = []
    previous = 0
    for frame, boxes in _frames_with_boxes(rows, num_frames):
        current.sort(key=_falling_score)
        if frame > previous + 1:
            finished += current[::-1]
            current = []
        ended, current = _extend(current, boxes)
        finished += ended[::-1]
        previous = frame
    if previous < num_frames:
        current = sorted(current, key=_falling_score)[::-1]
    tubes = []
    for tube in finished + current:
        if tube.score >= MIN_SCORE and len(tube.rows) >= min_length:
            tubes.append((float(tube.score), np.stack(tube.rows)))
    return tubes


def _falling_score(tube: _Tube) -> float:
    return -float(tube.score)


def _frames_with_boxes(rows: np.ndarray, num_frames: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the frames from 1 to ``num_frames`` that have boxes, ascending, with their best boxes."""
    rows = rows[(rows[:, 0] >= 1) & (rows[:, 0] <= num_frames)]
    rows = rows[rows[:, 0].argsort(kind='stable')]
    frames, starts = np.unique(rows[:, 0], return_index=True)
    for frame, boxes in zip(frames, np.split(rows, starts[1:])):
        kept, scores = soft_nms_boxes(boxes[:, 1:5], boxes[:, 5])
        yield int(frame), np.column_stack([boxes[kept, :5], scores])


def _extend(tubes: list[_Tube], boxes: np.ndarray) -> tuple[list[_Tube], list[_Tube]]:
    """Give each tube, in turn, the best of the boxes that are left.

    Returns:
        the tubes that end, and those that go on or start.
    """
    ended = []
    extended = []
    for tube in tubes:
        place = _best_successor(tube.rows[-1], boxes)
        if place is None:
            ended.append(tube)
            continue
        tube.add(boxes[place])
        boxes = np.delete(boxes, place, axis=0)
        extended.append(tube)
    return ended, extended + [_Tube(row) for row in boxes]


def _best_successor(last: np.ndarray, boxes: np.ndarray) -> int | None:
    """Place of the box with the highest score that overlaps the last one of a tube enough."""
    near = np.flatnonzero(box_iou(boxes[:, 1:5], last[1:5]) >= LINK_THRESHOLD)
    if not len(near):
        return None
    return int(near[boxes[near, 5].argmax()])
