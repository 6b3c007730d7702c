"""Key frames of annotated videos, in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.annotations.media import MediaFacts
from mmaction.datasets.preparation.box_actions import BoxAction
from mmaction.datasets.preparation.box_key_frames import key_frames

FACTS = MediaFacts(fps=10.0, num_frames=60, size=(64, 48))
BOX = (0.1, 0.1, 0.5, 0.9)


def action(label, start, end, box=BOX, person='p', closed=False):
    times = [start] if start == end else [start, end]
    return BoxAction(f'row {label}', 'a', person, label, np.array(times), np.array([box] * len(times)), closed)


def persons(found):
    return [(frame.frame, [(person.labels, person.entity_id) for person in frame.persons]) for frame in found]


def test_the_grid_of_a_video_is_shared():
    found = key_frames([action('x', 0.3, 1.2), action('y', 0.9, 2.1, (0.6, 0, 0.9, 1), 'q')], FACTS, 0.5)
    assert persons(found) == [
        (5, [(['x'], 0)]),
        (10, [(['x'], 0), (['y'], 1)]),
        (15, [(['y'], 1)]),
        (20, [(['y'], 1)]),
    ]


def test_a_short_action_gets_a_frame_of_its_own():
    assert persons(key_frames([action('x', 0.1, 0.4)], FACTS, 1)) == [(2, [(['x'], 0)])]


def test_dense_moments_are_thinned_to_the_step():
    moments = [action('x', second / 10, second / 10, person='', closed=True) for second in range(1, 25)]
    assert [frame.frame for frame in key_frames(moments, FACTS, 1)] == [1, 10, 20]


def test_labels_of_one_person_share_a_box():
    wider = (0.1, 0.1, 0.6, 0.9)
    (found,) = key_frames([action('x', 0, 0.4), action('y', 0, 0.4, wider)], FACTS, 1)
    (person,) = found.persons
    assert person.labels == ['x', 'y']
    np.testing.assert_allclose(person.box, (0.1, 0.1, 0.55, 0.9))


def test_boxes_of_one_person_that_are_apart_are_an_error():
    far = (0.6, 0.1, 0.9, 0.9)
    with pytest.raises(
        ValueError, match=r"row y: at 0 s of a, the box of person 'p' is apart from that in row x \(IoU"
    ):
        key_frames([action('x', 0, 1), action('y', 0, 1, far)], FACTS, 1)


def test_frames_with_a_person_without_label_are_excluded():
    found = key_frames([action('x', 0, 2), action('', 0.9, 1.1, person='q')], FACTS, 0.5)
    assert [(frame.frame, frame.excluded) for frame in found] == [(0, False), (5, False), (10, True), (15, False)]
    assert [len(frame.persons) for frame in found] == [1, 1, 1, 1]


def test_a_person_who_does_nothing_of_interest_has_no_label():
    found = key_frames([action('x', 0, 0.6), action('none', 0, 3, (0.6, 0, 0.9, 1), 'q')], FACTS, 0.5)
    assert persons(found) == [(0, [(['x'], 0), ([], 1)]), (5, [(['x'], 0), ([], 1)])]
    assert not any(frame.excluded for frame in found)


def test_an_action_after_the_last_frame_ends_with_the_video():
    assert [frame.frame for frame in key_frames([action('x', 5.0, 6.8)], FACTS, 0.5)] == [50, 55]
