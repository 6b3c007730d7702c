"""Order of the keypoints when left and right are swapped."""

from __future__ import annotations

import pytest

from mmaction.datasets.transforms.spatial.targets import swap_order


def test_pairs_change_places():
    assert swap_order(5, (1, 3), (2, 4)).tolist() == [0, 2, 1, 4, 3]
    assert swap_order(3, (), ()).tolist() == [0, 1, 2]


def test_pairs_of_another_skeleton_are_named():
    with pytest.raises(ValueError, match=r'left_kp and right_kp name keypoint 16, but the data has 13: 0..12'):
        swap_order(13, (1, 15), (2, 16))
