"""Annotation and prediction of the validation videos, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mmaction.annotations.record import Segment, Video
from mmaction.annotations.targets import BACKGROUND
from mmaction.structures.frame_labels import IGNORE_INDEX
from mmaction.study.run import Run, Task, existing_file

NOTHING = '(nothing)'


@dataclass(frozen=True)
class Outcome:
    """A validation video.

    Attributes:
        truth: its annotations.
        predicted: its predictions.
        scores: calibrated probabilities (T, K), a row per step; one row for a whole clip.
        spans: interval of each step (T, 2), seconds.
        path: its file on this machine; empty where it is not found.
    """

    truth: Video
    predicted: Video
    scores: np.ndarray
    spans: np.ndarray
    path: str = ''

    @property
    def name(self) -> str:
        """Name in the annotation file."""
        return self.truth.name

    @property
    def duration_sec(self) -> float:
        """Length of the video; of what is known of it where its file states none."""
        if self.truth.duration_sec:
            return self.truth.duration_sec
        ends = [segment.end_sec for segment in (*self.truth.segments, *self.predicted.segments)]
        return max([*ends, *self.spans[-1:, 1].tolist()], default=0.0)


@dataclass(frozen=True)
class Evidence:
    """All validation videos.

    Attributes:
        task: of the study.
        classes: names of the K columns of the scores.
        outcomes: the videos.
        background: labels that stand for no segment.
    """

    task: Task
    classes: Sequence[str]
    outcomes: Sequence[Outcome]
    background: Sequence[str] = (BACKGROUND,)

    @cached_property
    def names(self) -> list[str]:
        """All labels in use, the classes of the model first; with a background, unless clips are classified."""
        names = dict.fromkeys(self.classes)
        for outcome in self.outcomes:
            for video in (outcome.truth, outcome.predicted):
                names.update(dict.fromkeys(video.labels))
                names.update(dict.fromkeys(segment.label for segment in video.segments))
        if self.task != 'clips':
            names.setdefault(self._gap)
        return list(names)

    @property
    def _gap(self) -> str:
        """Label of the time between segments."""
        known = [name for name in self.background if name in self.classes]
        return known[0] if known else BACKGROUND

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each label in ``names``."""
        return {name: position for position, name in enumerate(self.names)}

    @property
    def foreground(self) -> list[str]:
        """Labels other than the background."""
        return [name for name in self.names if name not in (*self.background, self._gap)]

    @property
    def options(self) -> list[str]:
        """Labels of the columns of :meth:`probabilities`."""
        return [*self.classes, NOTHING] if self._may_be_absent else list(self.classes)

    @property
    def _may_be_absent(self) -> bool:
        """True for events without a class for the time between them, whose probabilities need not sum to 1."""
        return self.task == 'events' and self._gap not in self.classes

    def probabilities(self, outcome: Outcome) -> np.ndarray:
        """Probabilities (T, N) of the options; events, which exclude no other, may be absent."""
        if not self._may_be_absent:
            return outcome.scores
        absent = 1 - outcome.scores.max(axis=1, initial=0.0, keepdims=True)
        return np.concatenate([outcome.scores, absent], axis=1)

    def steps(self, outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
        """Predicted and true label of each step, as positions in ``names``: (T,), (T,).

        A step without a true label is background, or ``IGNORE_INDEX`` if the model does not know the background.
        """
        middles = outcome.spans.mean(axis=1)
        gap = self.index[self._gap]
        predicted = self._at(outcome.predicted.segments, middles, gap)
        true = self._at(outcome.truth.segments, middles, gap if self._gap in self.classes else IGNORE_INDEX)
        return predicted, true

    def _at(self, segments: Sequence[Segment], times: np.ndarray, gap: int) -> np.ndarray:
        """Label at each time; of segments that overlap, the one that begins later."""
        labels = np.full(len(times), gap, np.int64)
        ordered = sorted(segments, key=lambda segment: (segment.start_sec, segment.end_sec))
        firsts = np.searchsorted(times, [segment.start_sec for segment in ordered])
        lasts = np.searchsorted(times, [segment.end_sec for segment in ordered])
        for segment, first, last in zip(ordered, firsts, lasts):
            labels[first:last] = self.index[segment.label]
        return labels


def evidence_of(run: Run) -> Evidence:
    """Read what a run predicted on its validation videos."""
    predictions = {video.name: video for video in run.predictions().videos}
    outcomes = []
    for truth in run.truth().videos:
        table = run.scores(truth.name)
        spans = np.stack([table.start_sec, table.end_sec], axis=1).astype(np.float64)
        outcome = Outcome(truth, predictions.get(truth.name, Video(truth.name)), table.scores, spans, _path(truth))
        outcomes.append(outcome)
    record = run.record
    if record.task == 'clips':
        outcomes = [replace(item, truth=_as_clip(item.truth), predicted=_as_clip(item.predicted)) for item in outcomes]
    return Evidence(record.task, record.classes, outcomes, record.background or (BACKGROUND,))


def _as_clip(video: Video) -> Video:
    """A video with labels of its whole length, which an annotation may have as segments."""
    labels = [*video.labels, *(segment.label for segment in video.segments)]
    return replace(video, labels=tuple(dict.fromkeys(labels)), segments=())


def _path(video: Video) -> str:
    """The file of a video; empty where it is gone, which leaves the figures as they are."""
    try:
        return str(existing_file(video))
    except FileNotFoundError:
        return ''
