"""Skeletons on frames."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.visualization import SkeletonLayout, draw_skeletons
from mmaction.visualization.skeleton import LAYOUTS, LEFT, MIDDLE, RIGHT, find_layout

CHAIN = SkeletonLayout(((0, 1), (1, 2)), left=frozenset((0,)), right=frozenset((2,)))


def blank(frames=1, height=120, width=160):
    return np.full((frames, height, width, 3), 50, np.uint8)


def test_points_and_limbs_are_where_they_belong():
    frames = blank()
    points = np.array([[[30.0, 60.0], [80.0, 60.0], [130.0, 20.0]]])
    drawn = draw_skeletons(frames, [points], [np.ones((1, 3))], CHAIN)
    assert (frames == 50).all()
    at = drawn[0].astype(int)
    assert tuple(at[60, 30]) == LEFT and tuple(at[60, 80]) == MIDDLE and tuple(at[20, 130]) == RIGHT
    assert tuple(at[60, 55]) == LEFT and tuple(at[40, 105]) == RIGHT  # limbs of a side and the middle
    assert (at[100:] == 50).all() and (at[:, :20] == 50).all()


def test_low_scores_hide_points_and_their_limbs():
    points = np.array([[[30.0, 60.0], [80.0, 60.0], [130.0, 60.0]]])
    drawn = draw_skeletons(blank(), [points], [[[1.0, 0.29, 1.0]]], CHAIN, score_thr=0.3)[0]
    assert tuple(drawn[60, 30]) == LEFT and tuple(drawn[60, 130]) == RIGHT
    assert (drawn[:, 45:115] == 50).all()
    shown = draw_skeletons(blank(), [points], [[[1.0, 0.31, 1.0]]], CHAIN, score_thr=0.3)[0]
    assert tuple(shown[60, 55]) == LEFT


def test_nobody_and_points_off_the_frame_leave_it_as_it_is():
    frames = blank(3)
    off = np.array([[[-500.0, -1e9], [np.nan, 4.0], [900.0, 900.0]]])
    scores = [np.zeros((0, 3)), np.ones((1, 3)), np.zeros((1, 3))]
    drawn = draw_skeletons(frames, [np.zeros((0, 3, 2)), off, off], scores, CHAIN)
    assert np.array_equal(drawn[[0, 2]], frames[[0, 2]])
    assert (drawn[1, :, :100] == 50).mean() > 0.9


def test_known_layouts_name_points_that_they_have():
    for count, layout in LAYOUTS.items():
        assert find_layout(count) is layout
        named = {point for limb in layout.limbs for point in limb}
        assert named == set(range(count))
        assert not layout.left & layout.right and len(layout.left) == len(layout.right)
    assert set(LAYOUTS) == {17, 18, 21, 25}
    assert find_layout(9).limbs == ()
    assert find_layout(3, dict(num_node=3, inward=[(1, 0)], center=0)).limbs == ((1, 0),)
    with pytest.raises(ValueError, match=r'Limb \((15, 13|9, 1)\) of the layout is out of range for'):
        find_layout(3, dict(inward=[(9, 1)]))


def test_poses_and_frames_must_fit():
    with pytest.raises(ValueError, match='There are 2 frames, but keypoints of 1 and scores of 1'):
        draw_skeletons(blank(2), [np.zeros((0, 3, 2))], [np.zeros((0, 3))])
    with pytest.raises(ValueError, match=r'Frame 0 has keypoints \(1, 3, 2\) and scores \(1, 2\)'):
        draw_skeletons(blank(), [np.zeros((1, 3, 2))], [np.zeros((1, 2))])
