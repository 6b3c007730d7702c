"""The worst errors of a study: confident and wrong, the longest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmaction.annotations.record import Segment
from mmaction.evaluation.functional.segmentation import pair_by_overlap
from mmaction.structures.frame_labels import IGNORE_INDEX, label_runs
from mmaction.structures.segments import pairwise_segment_iou
from mmaction.study.report.evidence import NOTHING, Evidence, Outcome
from mmaction.study.report.figures import IOU

__all__ = ['Mistake', 'worst_mistakes']

_CONFIDENT = 0.5  # score from which on a mistake counts as confident


@dataclass(frozen=True)
class Mistake:
    """An interval with a wrong prediction.

    Attributes:
        video: its name.
        path: its file; empty where it is not found.
        start_sec, end_sec: interval.
        true, predicted: labels.
        score: mean probability of the predicted label; of a missed event 0.
    """

    video: str
    path: str
    start_sec: float
    end_sec: float
    true: str
    predicted: str
    score: float

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Sort key: confident ones first, and of these the longest."""
        return (self.score < _CONFIDENT, self.start_sec - self.end_sec, -self.score)


def worst_mistakes(evidence: Evidence, count: int) -> list[Mistake]:
    """The worst mistakes of all videos, at most half of them of one video where several have some."""
    found = []
    for outcome in evidence.outcomes:
        found += _FINDERS[evidence.task](evidence, outcome)
    found.sort(key=lambda mistake: mistake.rank)
    several = len({mistake.video for mistake in found}) > 1
    limit = max(count // 2, 1) if several else count
    chosen: list[Mistake] = []
    for mistake in found:
        of_video = [other for other in chosen if other.video == mistake.video]
        if len(of_video) < limit and len(chosen) < count:
            chosen.append(mistake)
    return chosen


def _in_clip(evidence: Evidence, outcome: Outcome) -> list[Mistake]:
    true, predicted = outcome.truth.labels, outcome.predicted.labels
    if set(predicted) <= set(true) and (predicted or not true):
        return []
    wrong = next((label for label in predicted if label not in true), NOTHING)
    score = _mean_score(evidence, outcome, wrong, slice(None))
    named = ', '.join(true) or NOTHING
    return [Mistake(outcome.name, outcome.path, 0.0, outcome.duration_sec, named, wrong, score)]


def _in_frames(evidence: Evidence, outcome: Outcome) -> list[Mistake]:
    predicted, true = evidence.steps(outcome)
    wrong = (predicted != true) & (true != IGNORE_INDEX)
    size = len(evidence.names)
    # One number per pair of labels, so that a run has one of each.
    pairs = np.where(wrong, true * size + predicted, -1)
    mistakes = []
    for pair, (first, last) in zip(*label_runs(pairs)):
        if pair < 0:
            continue
        true_label, label = divmod(int(pair), size)
        score = _mean_score(evidence, outcome, evidence.names[label], slice(first, last))
        start, end = float(outcome.spans[first, 0]), float(outcome.spans[last - 1, 1])
        labels = (evidence.names[true_label], evidence.names[label])
        mistakes.append(Mistake(outcome.name, outcome.path, start, end, *labels, score))
    return mistakes


def _mean_score(evidence: Evidence, outcome: Outcome, label: str, steps: slice) -> float:
    if label not in evidence.classes or not len(outcome.scores):
        return 0.0
    return float(outcome.scores[steps, list(evidence.classes).index(label)].mean())


def _in_events(evidence: Evidence, outcome: Outcome) -> list[Mistake]:
    found = sorted(outcome.predicted.segments, key=lambda segment: -(segment.score or 0.0))
    annotated = list(outcome.truth.segments)
    iou = pairwise_segment_iou(_intervals(found), _intervals(annotated))
    same = np.array([[a.label == b.label for b in annotated] for a in found], bool).reshape(len(found), len(annotated))
    partners = pair_by_overlap(iou * same, IOU)
    mistakes = []
    for segment, row, partner in zip(found, iou, partners):
        if partner >= 0:
            continue
        true = annotated[int(row.argmax())].label if len(row) and row.max() >= IOU else NOTHING
        # A second prediction of an event has its label right, and is none of its own.
        true = NOTHING if true == segment.label else true
        mistakes.append(_mistake(outcome, segment, true, segment.label, segment.score or 0.0))
    for index in np.setdiff1d(np.arange(len(annotated)), partners):
        if not len(found) or iou[:, index].max() < IOU:
            mistakes.append(_mistake(outcome, annotated[index], annotated[index].label, NOTHING, 0.0))
    return mistakes


def _intervals(segments: Sequence[Segment]) -> np.ndarray:
    return np.array([(segment.start_sec, segment.end_sec) for segment in segments], np.float64).reshape(-1, 2)


def _mistake(outcome: Outcome, segment: Segment, true: str, predicted: str, score: float) -> Mistake:
    return Mistake(outcome.name, outcome.path, segment.start_sec, segment.end_sec, true, predicted, score)


_FINDERS = {'clips': _in_clip, 'frames': _in_frames, 'events': _in_events}
