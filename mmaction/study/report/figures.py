"""Figures of a report: precision, recall and F1 per class with 95 % intervals, and confusions."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mmaction.annotations.record import Segment
from mmaction.evaluation.functional.segmentation import (
    f1_from_counts,
    frame_counts,
    match_segments,
    pair_spans,
    segments_of,
)
from mmaction.study.report.evidence import NOTHING, Evidence, Outcome

__all__ = [
    'ClassFigures',
    'Confusion',
    'Estimate',
    'Tally',
    'at_least_score',
    'best_threshold',
    'class_figures',
    'confusion',
    'event_pairs',
    'tally',
    'tally_steps',
]

FEW = 10  # annotated examples of a class, below which its figures say little
IOU = 0.5  # of a predicted segment with a true one, from which on it is right
_MIN_VIDEOS = 10  # fewer give a bootstrap too few different samples
_SAMPLES = 1000
_Z = 1.959964  # 97.5 % quantile of the normal distribution

Unit = Literal['clips', 'segments', 'seconds']
Pair = tuple[Segment | None, Segment | None]  # annotated, predicted


@dataclass(frozen=True)
class Estimate:
    """A proportion and its 95 % interval; all NaN where nothing was counted."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Tally:
    """Counts per video and class.

    Attributes:
        counts: true positives, false positives, false negatives (V, K, 3).
        trials: predicted and annotated items that are independent of each other (V, K, 2). Steps of a segment are not:
            for them these are segments.
    """

    counts: np.ndarray
    trials: np.ndarray


@dataclass(frozen=True)
class ClassFigures:
    """Figures of a class.

    Attributes:
        label: its name.
        annotated, predicted: number of clips or segments.
        precision, recall, f1: as proportions.
        by_bootstrap: the interval of F1 is one over the videos; else Wilson's.
    """

    label: str
    annotated: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    by_bootstrap: bool

    @property
    def is_few(self) -> bool:
        """Too few examples for figures to rely on."""
        return self.annotated < FEW


@dataclass(frozen=True)
class Confusion:
    """Amounts (N, N) by true (rows) and predicted label (columns), in a unit."""

    names: Sequence[str]
    amounts: np.ndarray
    unit: Unit

    def largest(self, count: int) -> list[tuple[str, str, float, float]]:
        """The largest confusions: true and predicted label, amount, and its proportion of the true label."""
        wrong = self.amounts * (1 - np.eye(len(self.names)))
        totals = self.amounts.sum(axis=1)
        found = []
        for flat in np.argsort(-wrong, axis=None, kind='stable')[:count]:
            row, column = divmod(int(flat), len(self.names))
            if wrong[row, column] > 0:
                amount = float(wrong[row, column])
                found.append((self.names[row], self.names[column], amount, amount / float(totals[row])))
        return found


def wilson(ratio: float, trials: float) -> Estimate:
    """Wilson's score interval of a proportion. Source: Wilson, JASA 22 (1927).

    Args:
        ratio: observed proportion, which must be in [0, 1] if there are trials.
        trials: number of independent trials, which need not be whole.
    """
    if not trials > 0:
        return Estimate(math.nan, math.nan, math.nan)
    square = _Z**2
    middle = (ratio + square / (2 * trials)) / (1 + square / trials)
    half = _Z / (1 + square / trials) * math.sqrt(ratio * (1 - ratio) / trials + square / (4 * trials**2))
    # Rounding may carry the limit of a ratio of 0 or 1 past the ratio.
    return Estimate(ratio, max(min(middle - half, ratio), 0.0), min(max(middle + half, ratio), 1.0))


def wilson_f1(counts: np.ndarray, trials: np.ndarray) -> Estimate:
    """Interval of F1 by way of F* = TP / (TP + FP + FN), a proportion that F1 rises with: F1 = 2 F* / (1 + F*).

    Source: Hand, Christen & Kirielle, Machine Learning 110 (2021).

    Args:
        counts: true positives, false positives, false negatives (3,).
        trials: predicted and annotated independent items (2,).
    """
    tp, fp, fn = (float(count) for count in counts)
    union = tp + fp + fn
    if not union:
        return Estimate(math.nan, math.nan, math.nan)
    # Items that are not independent count for less.
    independent = union * float(trials.sum()) / (2 * tp + fp + fn)
    star = wilson(tp / union, independent)
    return Estimate(*(2 * value / (1 + value) for value in (star.value, star.low, star.high)))


def bootstrap_f1(counts: np.ndarray, seed: int = 0) -> np.ndarray:
    """Percentile interval of F1 per class over resampled videos: (V, K, 3) -> (K, 2), NaN where it is undefined."""
    videos, classes, _ = counts.shape
    weights = np.random.default_rng(seed).multinomial(videos, np.full(videos, 1 / videos), _SAMPLES)  # (S, V)
    sums = (weights @ counts.reshape(videos, -1)).reshape(_SAMPLES, classes, 3)
    values = f1_from_counts(sums) / 100  # (S, K)
    limits = np.full((classes, 2), np.nan)
    for index, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if len(known):
            limits[index] = np.quantile(known, [0.025, 0.975])
    return limits


def class_figures(counted: Tally, names: Sequence[str]) -> list[ClassFigures]:
    """Figures of each class from its counts.

    Precision and recall have Wilson's interval over independent items. F1 has a bootstrap over the videos if at least
    10 of them have the class and its samples differ, else Wilson's by :func:`wilson_f1`.

    Args:
        counted: K classes.
        names: of the K classes.
    """
    sums, trials = counted.counts.sum(axis=0), counted.trials.sum(axis=0)
    videos = (counted.trials.sum(axis=2) > 0).sum(axis=0)
    limits = bootstrap_f1(counted.counts) if len(counted.counts) >= _MIN_VIDEOS else np.full((len(names), 2), np.nan)
    figures = []
    for index, name in enumerate(names):
        tp, fp, fn = (int(count) for count in sums[index])
        predicted, annotated = (int(count) for count in trials[index])
        f1 = wilson_f1(sums[index], trials[index])
        low, high = (float(limit) for limit in limits[index])
        by_bootstrap = bool(videos[index] >= _MIN_VIDEOS and high > low)
        if by_bootstrap:
            f1 = Estimate(f1.value, min(low, f1.value), max(high, f1.value))
        figure = ClassFigures(
            name,
            annotated,
            predicted,
            wilson(tp / max(tp + fp, 1), predicted),
            wilson(tp / max(tp + fn, 1), annotated),
            f1,
            by_bootstrap,
        )
        figures.append(figure)
    return figures


def tally(evidence: Evidence) -> Tally:
    """Count clips, or segments that are right at an IoU of 0.5, of the labels ``evidence.foreground``."""
    count = len(evidence.names)
    rows = [_COUNTERS[evidence.task](evidence, outcome) for outcome in evidence.outcomes]
    counts = np.array(rows, np.int64).reshape(-1, count, 3)
    tp, fp, fn = np.moveaxis(counts, -1, 0)
    return _of(evidence, Tally(counts, np.stack([tp + fp, tp + fn], axis=-1)))


def tally_steps(evidence: Evidence) -> Tally:
    """Count steps of the labels ``evidence.foreground``."""
    count = len(evidence.names)
    counts = np.zeros((len(evidence.outcomes), count, 3), np.int64)
    trials = np.zeros((len(evidence.outcomes), count, 2), np.int64)
    for video, outcome in enumerate(evidence.outcomes):
        predicted, true = evidence.steps(outcome)
        matrix = frame_counts(predicted, true, count)
        right = matrix.diagonal()
        counts[video] = np.stack([right, matrix.sum(axis=0) - right, matrix.sum(axis=1) - right], axis=-1)
        for side, labels in enumerate((predicted, true)):
            trials[video, :, side] = np.bincount(segments_of(labels)[0], minlength=count)
    return _of(evidence, Tally(counts, trials))


def _of(evidence: Evidence, counted: Tally) -> Tally:
    kept = [evidence.index[name] for name in evidence.foreground]
    return Tally(counted.counts[:, kept], counted.trials[:, kept])


def _count_clip(evidence: Evidence, outcome: Outcome) -> np.ndarray:
    predicted = _members(evidence, outcome.predicted.labels)
    true = _members(evidence, outcome.truth.labels)
    return np.stack([predicted & true, predicted & ~true, ~predicted & true], axis=-1)


def _members(evidence: Evidence, labels: Collection[str]) -> np.ndarray:
    return np.isin(evidence.names, list(labels))


def _count_frames(evidence: Evidence, outcome: Outcome) -> np.ndarray:
    predicted, true = evidence.steps(outcome)
    background = [evidence.index[name] for name in evidence.names if name not in evidence.foreground]
    return match_segments(predicted, true, len(evidence.names), [IOU], background)[0]


def _count_events(evidence: Evidence, outcome: Outcome) -> np.ndarray:
    counts = np.zeros((len(evidence.names), 3), np.int64)
    for true, predicted in event_pairs(outcome):
        if true is not None and predicted is not None and true.label == predicted.label:
            counts[evidence.index[true.label], 0] += 1
            continue
        if predicted is not None:
            counts[evidence.index[predicted.label], 1] += 1
        if true is not None:
            counts[evidence.index[true.label], 2] += 1
    return counts


_COUNTERS = {'clips': _count_clip, 'frames': _count_frames, 'events': _count_events}


def event_pairs(outcome: Outcome) -> list[Pair]:
    """Pairs of annotated and predicted segments with an IoU of 0.5 or more, those of the same label first.

    A segment without a partner is paired with None.
    """
    found = sorted(outcome.predicted.segments, key=lambda segment: -(segment.score or 0.0))
    annotated = list(outcome.truth.segments)
    pairs: list[Pair] = []
    for label in {segment.label for segment in found}:
        pairs += _matched(
            [segment for segment in found if segment.label == label],
            [segment for segment in annotated if segment.label == label],
        )
    left_found, left_true = _left(pairs, found, annotated)
    pairs += _matched(left_found, left_true)
    left_found, left_true = _left(pairs, found, annotated)
    return [*pairs, *((None, segment) for segment in left_found), *((segment, None) for segment in left_true)]


def best_threshold(evidence: Evidence) -> float:
    """The score from which on predicted events have the best F1 over all classes; 0 without any.

    A detector proposes many more events than there are, most of them with a low score.
    """
    found = []
    total = 0
    for outcome in evidence.outcomes:
        total += len(outcome.truth.segments)
        for true, predicted in event_pairs(outcome):
            if predicted is not None:
                found.append((predicted.score or 0.0, true is not None and true.label == predicted.label))
    if not found:
        return 0.0
    found.sort(key=lambda item: -item[0])
    right = np.cumsum([is_right for _, is_right in found])
    f1 = 2 * right / (np.arange(1, len(found) + 1) + total)
    return found[int(f1.argmax())][0]


def at_least_score(evidence: Evidence, threshold: float) -> Evidence:
    """The same evidence without predicted segments of a lower score."""
    outcomes = []
    for outcome in evidence.outcomes:
        kept = [segment for segment in outcome.predicted.segments if (segment.score or 0.0) >= threshold]
        outcomes.append(replace(outcome, predicted=replace(outcome.predicted, segments=tuple(kept))))
    return replace(evidence, outcomes=outcomes)


def _matched(found: Sequence[Segment], annotated: Sequence[Segment]) -> list[Pair]:
    partners = pair_spans(_intervals(found), _intervals(annotated), IOU)
    return [(annotated[partner], segment) for segment, partner in zip(found, partners) if partner >= 0]


def _left(
    pairs: Sequence[Pair], found: Sequence[Segment], annotated: Sequence[Segment]
) -> tuple[list[Segment], list[Segment]]:
    """Segments without a partner; by identity, as an annotation may have one twice."""
    taken = {id(segment) for pair in pairs for segment in pair}
    return [item for item in found if id(item) not in taken], [item for item in annotated if id(item) not in taken]


def _intervals(segments: Sequence[Segment]) -> np.ndarray:
    return np.array([(segment.start_sec, segment.end_sec) for segment in segments], np.float64).reshape(-1, 2)


def confusion(evidence: Evidence) -> Confusion:
    """Amounts by true and predicted label: clips, seconds of steps, or segments that overlap whatever their label."""
    if evidence.task == 'frames':
        size = len(evidence.names)
        amounts = np.zeros((size, size))
        for outcome in evidence.outcomes:
            if len(outcome.spans):
                step_sec = float(np.diff(outcome.spans, axis=1).mean())
                amounts += frame_counts(*evidence.steps(outcome), size) * step_sec
        return Confusion(evidence.names, amounts, 'seconds')
    names = [*evidence.foreground, NOTHING]
    index = {name: position for position, name in enumerate(names)}
    amounts = np.zeros((len(names), len(names)))
    for outcome in evidence.outcomes:
        pairs = _clip_pairs(outcome) if evidence.task == 'clips' else _label_pairs(outcome)
        for true, predicted in pairs:
            amounts[index[true], index[predicted]] += 1
    if not amounts[-1].any() and not amounts[:, -1].any():
        return Confusion(names[:-1], amounts[:-1, :-1], 'clips' if evidence.task == 'clips' else 'segments')
    return Confusion(names, amounts, 'clips' if evidence.task == 'clips' else 'segments')


def _clip_pairs(outcome: Outcome) -> list[tuple[str, str]]:
    predicted = outcome.predicted.labels or (NOTHING,)
    pairs = []
    for true in outcome.truth.labels or (NOTHING,):
        pairs.append((true, true if true in predicted else predicted[0]))
    return pairs


def _label_pairs(outcome: Outcome) -> list[tuple[str, str]]:
    pairs = []
    for true, predicted in event_pairs(outcome):
        pairs.append((NOTHING if true is None else true.label, NOTHING if predicted is None else predicted.label))
    return pairs
