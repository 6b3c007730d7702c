"""Match detected boxes with ground truth, and average precision of the matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.evaluation.functional.temporal_ap import interpolated_precision_recall
from mmaction.structures.box_overlap import box_iou

__all__ = ['Boxes', 'best_overlaps', 'compute_average_precision', 'compute_cor_loc', 'compute_precision_recall']


@dataclass(frozen=True, eq=False)
class Boxes:
    """Annotated or detected boxes of many frames and classes.

    Args:
        frame: int (N,), index of the frame.
        label: int (N,), class index.
        boxes: (N, 4), xyxy.
        score: (N,); None for annotated boxes.
    """

    frame: np.ndarray
    label: np.ndarray
    boxes: np.ndarray
    score: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, index: Any) -> Boxes:
        """The rows of a mask or of an index array."""
        score = None if self.score is None else self.score[index]
        return Boxes(self.frame[index], self.label[index], self.boxes[index], score)


def best_overlaps(found: Boxes, truth: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """Find, for each detected box, the annotated box of its frame and class that it overlaps most.

    Shapes: N: detected boxes. G: annotated boxes.

    Returns:
        the best IoU (N,), -1 where the frame has no box of the class; and the index of the annotated box (N,), the
        first of equal ones.
    """
    if not len(truth) or not len(found):
        return np.full(len(found), -1.0), np.zeros(len(found), np.int64)
    num_classes = int(max(truth.label.max(), found.label.max())) + 1
    group = truth.frame * num_classes + truth.label
    order = group.argsort(kind='stable')
    group = group[order]
    key = found.frame * num_classes + found.label
    first = group.searchsorted(key)  # (N,)
    count = group.searchsorted(key, side='right') - first  # (N,)

    # One row per pair of boxes of a frame and class: all pairs at once, and no loop over frames.
    offset = count.cumsum() - count
    rows = np.repeat(np.arange(len(found)), count)  # (P,)
    columns = order[np.arange(len(rows)) - np.repeat(offset - first, count)]  # (P,)
    overlap = box_iou(found.boxes[rows], truth.boxes[columns])

    best = np.full(len(found), -1.0)
    place = np.zeros(len(found), np.int64)
    has_pair = count > 0
    if has_pair.any():
        best[has_pair] = np.maximum.reduceat(overlap, offset[has_pair])
        hit = np.flatnonzero(overlap == best[rows])
        # Assigned in reverse, so that the first of equal overlaps remains.
        place[rows[hit[::-1]]] = columns[hit[::-1]]
    return best, place


def first_claims(best: np.ndarray, place: np.ndarray, score: np.ndarray, threshold: float) -> np.ndarray:
    """Select the true positives: of the boxes that overlap an annotated one enough, that with the highest score.

    A box whose best annotated box is taken is a false positive, even where it overlaps another one.

    Args:
        best: (N,), IoU with the annotated box that is overlapped most.
        place: int (N,), its index.
        score: (N,). Of equal scores the first box counts.
        threshold: smallest IoU.

    Returns:
        bool (N,)
    """
    candidates = np.flatnonzero(best >= threshold)
    candidates = candidates[(-score[candidates]).argsort(kind='stable')]
    _, first = np.unique(place[candidates], return_index=True)
    matched = np.zeros(len(best), bool)
    matched[candidates[first]] = True
    return matched


def compute_precision_recall(
    scores: np.ndarray, labels: np.ndarray, num_gt: int
) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    """Precision and recall of the best 1, 2, ..., N detections.

    Args:
        scores: (N,).
        labels: (N,), 1 for true positives.
        num_gt: number of annotated boxes; 0 gives (None, None).
    """
    scores = np.asarray(scores, np.float64)
    labels = np.asarray(labels, np.float64)
    if scores.shape != labels.shape or scores.ndim != 1:
        raise ValueError(f'scores {scores.shape} and labels {labels.shape} must be vectors of one length.')
    if num_gt < labels.sum():
        raise ValueError(f'num_gt ({num_gt}) must be at least the number of true positives ({labels.sum():g}).')
    if num_gt == 0:
        return None, None
    # Equal scores, common after rounding to four decimals, follow in the order of NumPy's portable sort, reversed, on
    # which published numbers rest. Extended precision selects that sort: the one for float64 depends on the processor.
    order = scores.astype(np.longdouble).argsort()[::-1]
    correct = labels[order].cumsum()
    return correct / np.arange(1, len(order) + 1), correct / num_gt


def compute_average_precision(precision: np.ndarray | None, recall: np.ndarray | None) -> float:
    """Area under the monotone envelope of precision over recall (VOC); NaN where both are None."""
    if precision is None or recall is None:
        return float('nan')
    return interpolated_precision_recall(precision, recall)


def compute_cor_loc(
    num_gt_imgs_per_class: np.ndarray, num_images_correctly_detected_per_class: np.ndarray
) -> np.ndarray:
    """Proportion of images with a class in which it was found, per class (CorLoc); NaN for a class without images."""
    images = np.asarray(num_gt_imgs_per_class, np.float64)
    rate = np.full(images.shape, np.nan)
    np.divide(num_images_correctly_detected_per_class, images, out=rate, where=images > 0)
    return rate
