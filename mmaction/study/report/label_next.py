"""What to label next: the segments that a model is least certain of, spread over videos and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmaction.annotations.record import Project, Segment, Video
from mmaction.structures.frame_labels import label_runs
from mmaction.study.report.evidence import Evidence, Outcome

__all__ = ['Candidate', 'as_project', 'candidates', 'choose', 'margins', 'of_predictions', 'unsure_spans']

UNSURE = 0.2  # margin below which a step counts as unsure
_WINDOW_SEC = 4.0  # of a proposed segment
# Each choice of a video, or of a pair of labels, makes further ones of it as unattractive as so much margin.
_SPREAD_VIDEOS = 0.1
_SPREAD_LABELS = 0.05


@dataclass(frozen=True)
class Candidate:
    """A segment that a person could label.

    Attributes:
        video: name.
        path: file; empty where it is not found.
        start_sec, end_sec: interval.
        label: that the model takes for the best, with its score.
        score: its probability.
        second: the next best label; empty where unknown.
        margin: by how much the best is more probable than the next, 0 for a tie.
    """

    video: str
    path: str
    start_sec: float
    end_sec: float
    label: str
    score: float
    second: str
    margin: float


def margins(scores: np.ndarray) -> np.ndarray:
    """Difference of the two largest probabilities of each step: (T, K) -> (T,); 1 where there is one class."""
    if scores.shape[1] < 2:
        return np.ones(len(scores))
    best = np.partition(scores, -2, axis=1)[:, -2:]
    return np.asarray(best[:, 1] - best[:, 0], np.float64)


def unsure_spans(evidence: Evidence, outcome: Outcome) -> np.ndarray:
    """Intervals (N, 2) in seconds in which the margin is below 0.2."""
    values, runs = label_runs(margins(evidence.probabilities(outcome)) < UNSURE)
    runs = runs[values.astype(bool)]
    return np.stack([outcome.spans[runs[:, 0], 0], outcome.spans[runs[:, 1] - 1, 1]], axis=1)


def candidates(evidence: Evidence) -> list[Candidate]:
    """Windows of about four seconds of each video, or the whole clips, with the mean probabilities in them."""
    found = []
    options = evidence.options
    for outcome in evidence.outcomes:
        probabilities = evidence.probabilities(outcome)
        for first, last in _windows(outcome):
            mean = probabilities[first:last].mean(axis=0)
            order = np.argsort(-mean, kind='stable')
            best, second = int(order[0]), int(order[1]) if len(order) > 1 else -1
            candidate = Candidate(
                outcome.name,
                outcome.path,
                float(outcome.spans[first, 0]),
                float(outcome.spans[last - 1, 1]),
                options[best],
                float(mean[best]),
                options[second] if second >= 0 else '',
                float(margins(mean[None])[0]),
            )
            found.append(candidate)
    return found


def _windows(outcome: Outcome) -> Iterable[tuple[int, int]]:
    """Steps [first, last) of windows that do not overlap."""
    count = len(outcome.scores)
    if not count:
        return
    step_sec = float(np.diff(outcome.spans, axis=1).mean())
    size = max(round(_WINDOW_SEC / step_sec), 1) if step_sec > 0 else count
    for first in range(0, count, size):
        yield first, min(first + size, count)


def of_predictions(videos: Iterable[Video]) -> list[Candidate]:
    """Predicted segments, or labels of whole videos, of videos that nobody has labeled; certain by their score."""
    found = []
    for video in videos:
        for segment in video.segments:
            if segment.score is not None:
                times = (segment.start_sec, segment.end_sec)
                found.append(Candidate(video.name, video.path, *times, segment.label, segment.score, '', segment.score))
    return found


def choose(found: Sequence[Candidate], count: int) -> list[Candidate]:
    """Choose the least certain ones, spread over videos and pairs of labels, and no two next to each other.

    Args:
        found: candidates.
        count: the largest number to choose.
    """
    left = sorted(found, key=lambda candidate: candidate.margin)
    chosen: list[Candidate] = []
    videos: Counter[str] = Counter()
    pairs: Counter[frozenset[str]] = Counter()
    while left and len(chosen) < count:

        def cost(candidate: Candidate) -> float:
            spread = _SPREAD_VIDEOS * videos[candidate.video] + _SPREAD_LABELS * pairs[_pair(candidate)]
            return candidate.margin + spread

        best = min(left, key=cost)
        chosen.append(best)
        videos[best.video] += 1
        pairs[_pair(best)] += 1
        left = [candidate for candidate in left if not _is_near(candidate, best)]
    return chosen


def _pair(candidate: Candidate) -> frozenset[str]:
    return frozenset((candidate.label, candidate.second))


def _is_near(a: Candidate, b: Candidate) -> bool:
    """True for segments of a video with less than one window between them, whose frames are much alike."""
    gap = max(a.start_sec, b.start_sec) - min(a.end_sec, b.end_sec)
    return a.video == b.video and gap < _WINDOW_SEC


def as_project(chosen: Sequence[Candidate], videos: Sequence[Video], labels: Sequence[str], model: str) -> Project:
    """The chosen segments as predictions of a model, for :func:`mmaction.annotations.write_annotations`.

    Args:
        chosen: segments. One that is most likely none of the labels gets its second label.
        videos: facts of the videos.
        labels: that segments may have.
        model: its name.
    """
    segments: dict[str, list[Segment]] = {}
    for item in chosen:
        label = item.label if item.label in labels or not item.second else item.second
        segment = Segment(item.start_sec, item.end_sec, label, score=round(item.score, 4), model=model)
        segments.setdefault(item.video, []).append(segment)
    found = []
    for video in videos:
        if video.name in segments:
            found.append(replace(video, labels=(), tracks=(), segments=tuple(segments[video.name])))
    return Project(tuple(found), tuple(labels)).ordered()
