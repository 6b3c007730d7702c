"""Crops as (x, y, w, h) in 0..1 of the frame, under the names that MMAction2's users import."""

from mmaction.datasets.transforms.spatial.targets import combine_quadruples, flip_quadruple


def test_crop_of_a_crop():
    assert combine_quadruples((0.5, 0, 0.5, 1), (0.5, 0.5, 0.5, 0.5)) == (0.75, 0.5, 0.25, 0.5)


def test_crop_in_the_flipped_frame():
    assert flip_quadruple((0.25, 0.1, 0.5, 1)) == (0.25, 0.1, 0.5, 1)
    assert flip_quadruple((0, 0, 0.25, 1)) == (0.75, 0, 0.25, 1)
