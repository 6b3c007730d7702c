"""Labels of boxes: they stay in the frame and do not cover each other."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.structures.box_overlap import box_intersection
from mmaction.visualization.boxes import PALETTE, BoxDrawer, LabelledBox, place_labels
from mmaction.visualization.overlay import Row


def rects_of(places, sizes):
    return np.array([(p.left, p.top, p.left + w, p.top + h) for p, (w, h) in zip(places, sizes)], float)


def overlap(rects):
    shared = box_intersection(rects[:, None], rects[None])
    return shared.sum() - np.trace(shared)


def test_a_label_is_above_its_box_or_where_there_is_room():
    size = (100, 200)
    assert place_labels([[50, 40, 80, 90]], [(40, 20)], size)[0].top == 20
    below = place_labels([[0, 0, 200, 60]], [(40, 20)], size)[0]
    assert (below.left, below.top) == (0, 60)
    beside = place_labels([[50, 0, 80, 100]], [(40, 20)], size)[0]
    assert (beside.left, beside.top) == (80, 0)
    whole = place_labels([[0, 0, 200, 100]], [(40, 20)], size)[0]
    assert (whole.left, whole.top) == (0, 0)  # inside, as nothing else is left
    # no larger than the frame, and in it
    assert place_labels([[0, 0, 10, 10]], [(500, 300)], size)[0].left == 0


def test_a_label_keeps_its_side():
    box = [[50, 40, 80, 80]]
    assert place_labels(box, [(30, 20)], (100, 200))[0].side == 0
    assert place_labels(box, [(30, 20)], (100, 200), [4])[0].side == 4  # below, as in the frame before


def test_a_label_leaves_what_is_occupied():
    box = [[50, 40, 80, 80]]
    assert place_labels(box, [(30, 20)], (100, 200), occupied=[[0, 0, 60, 30]])[0].side == 2  # beside, not above


@pytest.mark.parametrize('seed', range(20))
def test_labels_do_not_cover_each_other(seed):
    """Eight persons anywhere in 320 x 240: the labels take a quarter of the frame."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, [280, 160], (8, 2))
    boxes = np.concatenate([corner, corner + rng.uniform([20, 40], [40, 80], (8, 2))], axis=1)
    sizes = [(int(w), int(h)) for w, h in rng.integers([50, 20], [80, 45], (8, 2))]
    rects = rects_of(place_labels(boxes, sizes, (240, 320)), sizes)
    assert overlap(rects) == 0
    assert (rects[:, :2] >= 0).all() and (rects[:, 2:] <= [320, 240]).all()


def test_drawing_keeps_the_frame_and_shows_boxes():
    frame = np.full((200, 300, 3), 90, np.uint8)
    rows = [Row('#1'), *(Row(f'action {i}', value='0.50', bar=0.5) for i in range(5))]
    box = np.array([100.0, 90.0, 160.0, 190.0])
    drawn = BoxDrawer().draw(frame, [LabelledBox(box, rows, PALETTE[2], key=1)])
    assert (frame == 90).all() and drawn.shape == frame.shape
    assert (drawn[150, 100] == PALETTE[2]).all() and (drawn[150, 130] == 90).all()
    assert (BoxDrawer().draw(frame, []) == frame).all()


def test_crowds_have_shorter_labels():
    """Thirty persons with five actions each fill no frame: rows are dropped until the labels fit."""
    frame = np.zeros((240, 320, 3), np.uint8)
    rows = [Row('#1'), *(Row(f'{i}', value='0.50') for i in range(5))]
    boxes = [np.array([x, y, x + 20.0, y + 40]) for x in range(0, 300, 50) for y in range(0, 200, 45)]
    drawer = BoxDrawer()
    entries = [LabelledBox(box, rows, key=i) for i, box in enumerate(boxes)]
    panels, places = drawer._fit((240, 320), entries)
    rects = rects_of(places, [(panel.shape[1], panel.shape[0]) for panel in panels])
    assert overlap(rects) == 0
    assert panels[0].shape[0] < 60
    drawer.draw(frame, entries)
