"""The worst errors of a study: confident and wrong, the longest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmaction.structures.frame_labels import IGNORE_INDEX, label_runs
from mmaction.study.report.evidence import NOTHING, Evidence, Outcome
from mmaction.study.report.figures import event_pairs

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
    mistakes = []
    for true, predicted in event_pairs(outcome):
        labels = (NOTHING if true is None else true.label, NOTHING if predicted is None else predicted.label)
        segment = predicted or true
        if segment is None or labels[0] == labels[1]:
            continue
        times = (segment.start_sec, segment.end_sec)
        mistakes.append(Mistake(outcome.name, outcome.path, *times, *labels, segment.score or 0.0))
    return mistakes


_FINDERS = {'clips': _in_clip, 'frames': _in_frames, 'events': _in_events}
