"""The worst errors, and what to label next, of videos by hand."""

from __future__ import annotations

import numpy as np
import pytest
from study_runs import HOSTILE, NAMES, frames_evidence
from test_report_figures import events_outcome

from mmaction.annotations import Segment, Video
from mmaction.study.report.errors import worst_mistakes
from mmaction.study.report.evidence import NOTHING, Evidence, Outcome
from mmaction.study.report.label_next import (
    Candidate,
    as_project,
    candidates,
    choose,
    margins,
    of_predictions,
    unsure_spans,
)


def test_confident_errors_come_first_and_the_longest_of_them():
    evidence = frames_evidence(([1, 1, 1, 2, 2, 0, 1, 1], [0, 0, 0, 1, 1, 0, 0, 1]))
    unsure = np.array([0.4, 0.3, 0.3])
    evidence.outcomes[0].scores[:3] = unsure
    found = worst_mistakes(evidence, 10)
    assert [(item.true, item.predicted, item.start_sec, item.end_sec) for item in found] == [
        (HOSTILE, 'walk', 3, 5),
        ('walk', 'background', 6, 7),
        ('walk', 'background', 0, 3),
    ]
    assert [item.score for item in found] == pytest.approx([0.9, 0.9, 0.4])


def test_errors_are_spread_over_videos():
    bad = ([1, 0, 1, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 0])
    evidence = frames_evidence(bad, ([1, 0], [0, 0]))
    assert [item.video for item in worst_mistakes(evidence, 4)] == ['0.mp4', '0.mp4', '1.mp4']
    assert len(worst_mistakes(frames_evidence(bad), 3)) == 3


def test_errors_of_events():
    found = worst_mistakes(Evidence('events', NAMES[1:], [events_outcome()]), 10)
    assert [(item.true, item.predicted, item.score) for item in found] == [
        ('walk', HOSTILE, 0.7),
        (NOTHING, 'walk', 0.5),
        (HOSTILE, NOTHING, 0.0),
    ]


def test_error_of_a_clip():
    item = Outcome(
        Video('a.mp4', duration_sec=2.0, labels=('walk',)),
        Video('a.mp4', labels=('run',)),
        np.array([[0.3, 0.7]]),
        np.array([[0.0, 2.0]]),
    )
    (found,) = worst_mistakes(Evidence('clips', ['walk', 'run'], [item]), 5)
    assert (found.true, found.predicted, found.score, found.end_sec) == ('walk', 'run', 0.7, 2.0)


def test_margins_and_unsure_spans():
    assert margins(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])) == pytest.approx([0.2, 0.7])
    assert margins(np.ones((2, 1))).tolist() == [1, 1]
    evidence = frames_evidence(([0] * 6, [0] * 6))
    evidence.outcomes[0].scores[[1, 2, 5]] = [0.4, 0.3, 0.3]
    assert unsure_spans(evidence, evidence.outcomes[0]).tolist() == [[1, 3], [5, 6]]


def test_windows_of_a_video():
    evidence = frames_evidence(([0] * 10, [0] * 10))
    evidence.outcomes[0].scores[4:8] = [0.3, 0.4, 0.3]
    found = candidates(evidence)
    assert [(item.start_sec, item.end_sec) for item in found] == [(0, 4), (4, 8), (8, 10)]
    assert (found[1].label, found[1].second) == ('walk', 'background')
    assert found[1].margin == pytest.approx(0.1)


def test_certainty_of_events_is_that_of_their_presence():
    evidence = Evidence('events', ['walk', 'run'], [])
    item = Outcome(Video('a'), Video('a'), np.array([[0.9, 0.8], [0.5, 0.1]]), np.array([[0.0, 1.0], [1.0, 2.0]]))
    assert evidence.options == ['walk', 'run', NOTHING]
    assert evidence.probabilities(item)[:, 2] == pytest.approx([0.1, 0.5])


def candidate(video, start, margin, label='walk', second='run'):
    return Candidate(video, '', start, start + 4.0, label, 0.5, second, margin)


def test_choice_is_spread_and_has_no_neighbors():
    found = [candidate('a', start, 0.01 * number) for number, start in enumerate([0, 4, 8, 40])]
    found += [candidate('b', 0, 0.05), candidate('b', 100, 0.5, 'run', 'walk')]
    # a at 4 s follows at once; a at 8 s has 4 s between; b comes before a second one of a
    assert [(item.video, item.start_sec) for item in choose(found, 9)] == [
        ('a', 0),
        ('b', 0),
        ('a', 8),
        ('a', 40),
        ('b', 100),
    ]
    assert choose(found, 0) == []
    assert choose([], 5) == []


def test_segments_that_nobody_has_labeled():
    segments = (Segment(0, 1, 'walk', score=0.9), Segment(20, 21, 'walk', score=0.4), Segment(5, 6, 'walk'))
    found = choose(of_predictions([Video('new.mp4', segments=segments)]), 5)
    assert [(item.start_sec, item.margin) for item in found] == [(20, 0.4), (0, 0.9)]


def test_project_has_labels_of_the_study_alone():
    chosen = [candidate('a', 8, 0.1, 'background', 'walk'), candidate('a', 0, 0.1, 'run', 'walk')]
    videos = [Video('b'), Video('a', fps=10.0, labels=('x',), segments=(Segment(0, 9, 'walk'),))]
    project = as_project(chosen, videos, ['walk', 'run'], 'study')
    assert [(video.name, video.labels, video.fps) for video in project.videos] == [('a', (), 10.0)]
    assert project.videos[0].segments == (
        Segment(0, 4, 'run', score=0.5, model='study'),
        Segment(8, 12, 'walk', score=0.5, model='study'),
    )
