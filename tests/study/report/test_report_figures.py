"""Figures of a report against closed forms and counts by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from study_runs import HOSTILE, NAMES, frames_evidence, outcome

from mmaction.annotations import Segment, Video
from mmaction.structures.frame_labels import IGNORE_INDEX
from mmaction.study.report.evidence import NOTHING, Evidence, Outcome
from mmaction.study.report.figures import (
    Tally,
    at_least_score,
    best_threshold,
    bootstrap_f1,
    class_figures,
    confusion,
    tally,
    tally_steps,
    wilson,
    wilson_f1,
)


@pytest.mark.parametrize(
    ('ratio', 'trials', 'low', 'high'),
    # of the formula in Wilson's paper, as statsmodels' proportion_confint(method='wilson') has them
    [(0.8, 10, 0.490162, 0.943318), (0.0, 10, 0.0, 0.277533), (1.0, 5, 0.565518, 1.0), (0.5, 100, 0.403832, 0.596168)],
)
def test_wilson_interval(ratio, trials, low, high):
    found = wilson(ratio, trials)
    assert (found.value, found.low, found.high) == (ratio, pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


def test_wilson_interval_without_trials_is_unknown():
    assert math.isnan(wilson(0.0, 0).low)


def test_interval_of_f1_is_that_of_the_proportion_it_rises_with():
    found = wilson_f1(np.array([8, 2, 2]), np.array([10, 10]))
    star = wilson(8 / 12, 12)
    assert found.value == pytest.approx(0.8)
    assert found.low == pytest.approx(2 * star.low / (1 + star.low))
    # steps of half as many segments are worth half
    wider = wilson_f1(np.array([8, 2, 2]), np.array([5, 5]))
    assert wider.value == found.value
    assert wider.low < found.low < found.high < wider.high


def test_bootstrap_over_videos():
    counts = np.zeros((12, 2, 3), np.int64)
    counts[:, 0] = [2, 1, 1]  # all alike: no spread
    counts[:6, 1] = [4, 0, 0]
    counts[6:, 1] = [0, 2, 2]  # half of the videos all right, half all wrong
    limits = bootstrap_f1(counts)
    assert limits[0].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert 0.3 < limits[1, 0] < 2 / 3 < limits[1, 1] < 0.97
    figures = class_figures(Tally(counts, counts[..., :2] + counts[..., 1:]), ['alike', 'mixed'])
    assert [item.by_bootstrap for item in figures] == [False, True]
    assert figures[0].f1.low < 2 / 3 < figures[0].f1.high
    few = class_figures(Tally(counts[3:9], counts[3:9, :, :2] + counts[3:9, :, 1:]), ['alike', 'mixed'])
    assert [item.by_bootstrap for item in few] == [False, False]


def test_frames_by_hand():
    #         0-4 walk, half found; 4-6 the other class, found; then a false walk
    evidence = frames_evidence(([1, 1, 1, 1, 2, 2, 0, 0], [1, 1, 0, 0, 2, 2, 0, 1]))
    assert evidence.foreground == ['walk', HOSTILE]
    assert tally(evidence).counts.tolist() == [[[1, 1, 0], [1, 0, 0]]]  # IoU 0.5 is enough
    steps = tally_steps(evidence)
    assert steps.counts.tolist() == [[[2, 1, 2], [2, 0, 0]]]
    assert steps.trials.tolist() == [[[2, 1], [1, 1]]]  # segments predicted and annotated
    found = confusion(evidence)
    assert (found.names, found.unit) == (NAMES, 'seconds')
    assert found.amounts.tolist() == [[1, 1, 0], [2, 2, 0], [0, 0, 2]]
    assert found.largest(2) == [('walk', 'background', 2.0, 0.5), ('background', 'walk', 1.0, 0.5)]


def test_gaps_of_a_model_without_background_do_not_count():
    item = outcome([1, 1, 0, 0], [1, 1, 1, 1])
    evidence = Evidence('frames', NAMES[1:], [item])
    predicted, true = evidence.steps(item)
    assert evidence.names == ['walk', HOSTILE, 'background']
    assert (predicted.tolist(), true.tolist()) == ([0, 0, 0, 0], [0, 0, IGNORE_INDEX, IGNORE_INDEX])
    assert tally_steps(evidence).counts.tolist() == [[[2, 0, 0], [0, 0, 0]]]


def events_outcome():
    truth = [Segment(0, 2, 'walk'), Segment(4, 6, 'walk'), Segment(8, 9, HOSTILE)]
    found = [Segment(0, 2, 'walk', score=0.9), Segment(0.1, 2, 'walk', score=0.5), Segment(4, 6, HOSTILE, score=0.7)]
    scores = np.zeros((0, 2))
    video = Video('a.mp4', duration_sec=10.0, segments=tuple(truth))
    return Outcome(video, Video('a.mp4', segments=tuple(found)), scores, np.zeros((0, 2)))


def test_events_by_hand():
    evidence = Evidence('events', NAMES[1:], [events_outcome()])
    # the second walk doubles the first; the other class was taken for a walk, and its own event missed
    assert tally(evidence).counts.tolist() == [[[1, 1, 1], [0, 1, 1]]]
    found = confusion(evidence)
    assert found.names == ['walk', HOSTILE, NOTHING]
    assert found.amounts.tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_events_of_a_low_score_are_left_out():
    evidence = Evidence('events', NAMES[1:], [events_outcome()])
    # right, then wrong ones: the first alone has an F1 of 2 / 4, all three one of 2 / 6
    assert best_threshold(evidence) == 0.9
    assert tally(at_least_score(evidence, 0.9)).counts.tolist() == [[[1, 0, 1], [0, 0, 1]]]
    assert best_threshold(Evidence('events', NAMES[1:], [])) == 0.0


def test_clips_by_hand():
    def clip(true, predicted):
        video = Video('a.mp4', duration_sec=2.0)
        return Outcome(
            Video(video.name, labels=true), Video(video.name, labels=predicted), np.ones((1, 2)), np.array([[0.0, 2.0]])
        )

    pairs = [(('walk',), ('walk',)), (('walk',), ('run',)), (('run', 'walk'), ('run',)), (('run',), ())]
    evidence = Evidence('clips', ['walk', 'run'], [clip(*pair) for pair in pairs])
    figures = class_figures(tally(evidence), evidence.foreground)
    assert [(item.annotated, item.predicted) for item in figures] == [(3, 1), (2, 2)]
    assert [item.recall.value for item in figures] == pytest.approx([1 / 3, 1 / 2])
    assert [item.precision.value for item in figures] == pytest.approx([1, 1 / 2])
    assert all(item.is_few for item in figures)
    assert confusion(evidence).amounts.tolist() == [[1, 2, 0], [0, 1, 1], [0, 0, 0]]


def test_class_without_examples_has_no_figures():
    (_, figure) = class_figures(tally(frames_evidence(([1, 1], [1, 1]))), ['walk', HOSTILE])
    assert (figure.annotated, figure.predicted, figure.is_few) == (0, 0, True)
    assert all(math.isnan(value.value) for value in (figure.f1, figure.precision, figure.recall))
