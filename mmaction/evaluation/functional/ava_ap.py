"""Average precision of actions in boxes, as AVA evaluates them (arXiv:1705.08421)."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmaction.evaluation.functional.box_matching import (
    Boxes,
    best_overlaps,
    compute_average_precision,
    compute_precision_recall,
    first_claims,
)
from mmaction.utils.ava_files import BoxTable
from mmaction.utils.check import shorten

__all__ = ['AVAReport', 'ClassResult', 'evaluate_ava']

IOU_THRESHOLD = 0.5

# Groups of AVA's classes: the last class index of each.
_GROUPS = (('person_movement', 14), ('object_manipulation', 63), ('person_interaction', np.inf))


@dataclass(frozen=True)
class ClassResult:
    """Result of one class.

    Args:
        label: class index.
        name: class name.
        boxes: annotated boxes, the denominator of the recall.
        detections: detections on the frames that count.
        matched: true positives.
        ap: average precision; NaN without annotated boxes.
        counted: the class is part of the mean.
    """

    label: int
    name: str
    boxes: int
    detections: int
    matched: int
    ap: float
    counted: bool


@dataclass(frozen=True)
class AVAReport:
    """Results per class, and the numbers that tell a bad classifier from bad boxes or wrong keys.

    Args:
        classes: in ascending order of the class index.
        frames: annotated frames that are not excluded.
        found_frames: those with a detection.
        persons: distinct annotated boxes on these frames.
        found_persons: those that a detected box of any class overlaps enough.
        stray: keys of frames with detections but without annotation.
        annotated: one key of an annotated frame, an example.
    """

    classes: Sequence[ClassResult]
    frames: int
    found_frames: int
    persons: int
    found_persons: int
    stray: Sequence[str]
    annotated: str

    def means(self) -> dict[str, float]:
        """Mean average precision over all classes, and over the groups of AVA's classes; NaN for an empty group."""
        counted = [one for one in self.classes if one.counted]
        means = {'overall': _mean(counted)}
        low = -np.inf
        for name, high in _GROUPS:
            means[name] = _mean([one for one in counted if low < one.label <= high])
            low = high
        return means

    def table(self) -> str:
        """Per class: index, name, annotated boxes, detections, matches and average precision."""
        width = max([5, *(len(one.name) for one in self.classes)])
        lines = [f'{"id":>3} {"class":<{width}} {"boxes":>7} {"detections":>10} {"matched":>7} {"AP":>7}']
        for one in self.classes:
            value = f'{one.ap:.4f}' if one.counted else '-'
            lines.append(
                f'{one.label:>3} {one.name:<{width}} {one.boxes:>7} {one.detections:>10} {one.matched:>7} {value:>7}'
            )
        lines.append(
            f'{self.found_persons} of {self.persons} annotated boxes ({self.persons - self.found_persons} unmatched) '
            f'are overlapped by a detected box with IoU >= {IOU_THRESHOLD}, on {self.found_frames} of {self.frames} '
            'annotated frames with detections.'
        )
        if self.stray:
            lines.append(
                f'Detections on {len(self.stray)} frames without annotation do not count: {shorten(self.stray, 3)}.'
            )
        return '\n'.join(lines)

    def warn_if_nothing_matches(self) -> None:
        """Warn with the likely cause where no annotated frame, or no annotated box, was found at all."""
        if self.frames and self.stray and not self.found_frames:
            warnings.warn(
                f'No annotated frame has a detection: the annotation names frames as {self.annotated!r}, the '
                f'detections as {self.stray[0]!r}. Use one spelling of videos and timestamps in both.',
                stacklevel=3,
            )
        elif self.found_frames and not self.found_persons:
            warnings.warn(
                f'No detected box overlaps one of the {self.persons} annotated boxes with IoU >= {IOU_THRESHOLD}. Both '
                'must be in 0..1 of the frame; check the proposals, and timestamp_start and fps of the dataset.',
                stacklevel=3,
            )


def _mean(results: Sequence[ClassResult]) -> float:
    values = [one.ap for one in results if not np.isnan(one.ap)]
    return float(np.mean(values)) if values else float('nan')


def evaluate_ava(
    truth: BoxTable,
    found: BoxTable,
    class_names: Mapping[int, str],
    excluded: Collection[str] = (),
    *,
    ignore_empty_frames: bool = True,
    strict: bool = False,
) -> AVAReport:
    """Average precision per class of detections at IoU 0.5.

    MMAction2's numbers leave classes without any detection out of the mean, and count the annotated boxes of excluded
    frames in the recall. ``strict`` gives the former 0, and leaves the latter out.

    Args:
        truth: annotation.
        found: detections; ``last`` is the score.
        class_names: names of the classes to evaluate. Lines of other classes are ignored.
        excluded: keys of frames that do not count.
        ignore_empty_frames: detections on frames without annotation do not count.
        strict: see above.
    """
    truth = truth[np.isin(truth.label, list(class_names))]
    found = found[np.isin(found.label, list(class_names))]
    index: dict[str, int] = {}
    truth_frame, truth_keys = _common_frames(truth, index)
    num_truth_frames = len(index)
    found_frame, found_keys = _common_frames(found, index)
    keys = list(index)
    is_open = np.array([key not in excluded for key in keys], bool)
    counts = is_open.copy()
    if ignore_empty_frames:
        counts[num_truth_frames:] = False

    annotated = Boxes(truth_frame, truth.label, truth.boxes)
    score = np.nan_to_num(found.last, nan=1.0)
    detected = Boxes(found_frame, found.label, found.boxes, score)
    # By frame and falling score, the order in which equal scores enter the sort of `compute_precision_recall`.
    by_frame = found_frame if ignore_empty_frames else found.frames[0]
    detected = detected[np.lexsort((-score, by_frame))]
    in_recall = annotated
    annotated = annotated[is_open[annotated.frame]]
    detected = detected[counts[detected.frame]]
    if strict:
        in_recall = annotated

    results = _class_results(annotated, detected, in_recall, class_names, strict)
    persons = _distinct(annotated)
    overlap, _ = best_overlaps(persons, _distinct(detected))
    annotated_frames = np.unique(annotated.frame)
    found_frames = np.isin(annotated_frames, detected.frame)
    stray = [key for key in found_keys if index[key] >= num_truth_frames and key not in excluded]
    return AVAReport(
        results,
        frames=len(annotated_frames),
        found_frames=int(found_frames.sum()),
        persons=len(persons),
        found_persons=int((overlap >= IOU_THRESHOLD).sum()),
        stray=stray,
        annotated=truth_keys[0] if truth_keys else '',
    )


def _common_frames(table: BoxTable, index: dict[str, int]) -> tuple[np.ndarray, list[str]]:
    """Index of the frame of each row in a numbering of both tables, which ``index`` holds."""
    own, keys = table.frames
    common = np.array([index.setdefault(key, len(index)) for key in keys], np.int64)
    return common[own] if len(own) else np.zeros(0, np.int64), keys


def _class_results(
    annotated: Boxes, detected: Boxes, in_recall: Boxes, class_names: Mapping[int, str], strict: bool
) -> list[ClassResult]:
    assert detected.score is not None
    best, place = best_overlaps(detected, annotated)
    matched = first_claims(best, place, detected.score, IOU_THRESHOLD)
    results = []
    for label in sorted(class_names):
        rows = detected.label == label
        num_boxes = int((in_recall.label == label).sum())
        precision, recall = compute_precision_recall(detected.score[rows], matched[rows], num_boxes)
        results.append(
            ClassResult(
                label,
                class_names[label],
                boxes=num_boxes,
                detections=int(rows.sum()),
                matched=int(matched[rows].sum()),
                ap=compute_average_precision(precision, recall),
                counted=num_boxes > 0 and (strict or bool(rows.any())),
            )
        )
    return results


def _distinct(boxes: Boxes) -> Boxes:
    """The boxes of each frame, once each and whatever their class, as class 0."""
    rows = np.unique(np.column_stack([boxes.frame, boxes.boxes]), axis=0)
    return Boxes(rows[:, 0].astype(np.int64), np.zeros(len(rows), np.int64), rows[:, 1:])
