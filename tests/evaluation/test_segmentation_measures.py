"""Measures of temporal segmentation against tables by hand, closed forms and a plain edit distance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmaction.evaluation import SegmentationMetric
from mmaction.evaluation.functional import (
    edit_distance,
    edit_score,
    f1_from_counts,
    frame_counts,
    match_segments,
    segments_of,
)
from mmaction.structures import ActionDataSample
from mmaction.structures.frame_labels import IGNORE_INDEX, label_runs

# 20 frames of the background (0) and two classes
TRUE = [0] * 4 + [1] * 6 + [2] * 4 + [1] * 4 + [0] * 2
# the first segment late by two frames, the second split by one wrong frame, the third missed
PRED = [0] * 6 + [1] * 4 + [2, 1, 2, 2] + [0] * 6


def test_runs_by_hand():
    values, spans = label_runs(TRUE)
    assert values.tolist() == [0, 1, 2, 1, 0]
    assert spans.tolist() == [[0, 4], [4, 10], [10, 14], [14, 18], [18, 20]]
    assert segments_of(TRUE, [0])[0].tolist() == [1, 2, 1]
    assert [part.shape for part in label_runs([])] == [(0,), (0, 2)]


@pytest.mark.parametrize(
    ('a', 'b', 'distance'),
    [('kitten', 'sitting', 3), ('', 'abc', 3), ('abc', '', 3), ('', '', 0), ('flaw', 'lawn', 2), ('ab', 'ba', 2)],
)
def test_edit_distance_by_hand(a, b, distance):
    assert edit_distance(list(a), list(b)) == distance


def plain_edit_distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(len(a)):
        for j in range(len(b)):
            changed = table[i, j] + (a[i] != b[j])
            table[i + 1, j + 1] = min(changed, table[i, j + 1] + 1, table[i + 1, j] + 1)
    return table[-1, -1]


def test_edit_distance_equals_the_plain_one():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = (rng.integers(0, 4, rng.integers(0, 15)) for _ in range(2))
        assert edit_distance(a, b) == plain_edit_distance(a, b)


def test_edit_score_by_hand():
    # predicted order 0 1 2 1 2 0, true order 0 1 2 1 0: one insertion of six
    assert edit_score(PRED, TRUE) == pytest.approx(100 * (1 - 1 / 6))
    # without the background 1 2 1 2 and 1 2 1
    assert edit_score(PRED, TRUE, [0]) == pytest.approx(75)
    assert edit_score(TRUE, TRUE) == 100
    assert edit_score([0, 0], [0, 0], [0]) == 100
    assert edit_score([1, 1], [0, 0], [0]) == 0


def test_matches_by_hand():
    # IoU: 1 [6, 10) with [4, 10) 4/6; 2 [10, 11) with [10, 14) 1/4; 1 [11, 12) with both true 1s 0; 2 [12, 14) 2/4
    low, middle, high = match_segments(PRED, TRUE, 3, [0.1, 0.25, 0.6], [0])
    # at 0.1 the first 2 takes the true segment, and the better one comes too late
    assert low.tolist() == [[0, 0, 0], [1, 1, 1], [1, 1, 0]]
    assert middle.tolist() == low.tolist()
    assert high.tolist() == [[0, 0, 0], [1, 1, 1], [0, 2, 1]]
    assert f1_from_counts(low.sum(0)) == pytest.approx(200 * 2 / (2 * 2 + 2 + 1))
    assert np.isnan(f1_from_counts(low)[0])
    assert f1_from_counts(low)[1:].tolist() == pytest.approx([50, 200 / 3])


def test_f1_of_shifted_segments_falls_at_the_closed_form():
    # a segment of 10 frames, shifted by s: IoU (10 - s) / (10 + s)
    for shift in range(1, 10):
        true, pred = np.zeros(40, int), np.zeros(40, int)
        true[10:20], pred[10 + shift : 20 + shift] = 1, 1
        for threshold in (0.1, 0.25, 0.5):
            right = (10 - shift) / (10 + shift) >= threshold
            assert match_segments(pred, true, 2, [threshold], [0])[0, 1].tolist() == ([1, 0, 0] if right else [0, 1, 1])


def test_frames_by_hand():
    counts = frame_counts(PRED, TRUE, 3)
    assert counts.tolist() == [[6, 0, 0], [6, 4, 0], [0, 1, 3]]
    with pytest.raises(ValueError, match=r'A predicted label \(2\) is out of \[0, 2\)'):
        frame_counts([2], [1], 2)
    with pytest.raises(ValueError, match=r'\(2,\) and true labels \(3,\)'):
        frame_counts([0, 1], [0, 1, 1], 2)


def test_frames_without_a_label_count_nowhere():
    unknown = [IGNORE_INDEX] * 5
    true, pred = [*TRUE, *unknown, 1, 1], [*PRED, 2, 2, 0, 1, 2, 1, 1]
    assert frame_counts(pred, true, 3).sum() == len(TRUE) + 2
    assert segments_of(true, [0])[0].tolist() == [1, 2, 1, 1]
    # the segments on both sides stay two
    assert match_segments(pred, true, 3, [0.5], [0])[0, 1].tolist() == [2, 1, 1]
    assert edit_score([1, 2, 1], [1, IGNORE_INDEX, 1]) == 100


def sample(pred, true, num_classes=3):
    out = ActionDataSample().set_gt_label(torch.tensor(true)).set_pred_label(torch.tensor(pred))
    return out.set_pred_score(torch.nn.functional.one_hot(torch.tensor(pred), num_classes).float())


def test_metric():
    metric = SegmentationMetric(ignore_classes=['none'], class_wise=True)
    metric.dataset_meta = dict(classes=['none', 'a', 'b'])
    metric.process(None, [sample(PRED, TRUE).to_dict(), sample(TRUE, TRUE).to_dict()])
    found = metric.evaluate(2)
    assert list(found)[:6] == ['acc', 'mean_acc', 'edit', 'F1@10', 'F1@25', 'F1@50']
    assert found['acc'] == pytest.approx(100 * 33 / 40)
    assert found['mean_acc'] == pytest.approx(100 * (12 / 12 + 14 / 20 + 7 / 8) / 3)
    assert found['edit'] == pytest.approx((75 + 100) / 2)
    # right: a of each a video [1, 2], b [1, 1]; too many: 1 + 1; missed: 1
    assert found['F1@25'] == pytest.approx(200 * 5 / (10 + 2 + 1))
    assert found['F1@50_b'] == pytest.approx(200 * 2 / (4 + 1))
    assert found['acc_a'] == pytest.approx(70)


def test_metric_rejects_what_it_cannot_use():
    with pytest.raises(ValueError, match=r'overlaps \(120\) must be percentages'):
        SegmentationMetric(overlaps=(10, 120))
    metric = SegmentationMetric(ignore_classes=['sleep'])
    metric.process(None, [sample(PRED, TRUE).to_dict()])
    with pytest.raises(ValueError, match=r"ignore_classes has 'sleep', which is none of the classes \['0', '1', '2'\]"):
        metric.evaluate(1)
    metric = SegmentationMetric(classes=['a'])
    metric.process(None, [sample(PRED, TRUE).to_dict()])
    with pytest.raises(ValueError, match='labels of 3 classes, but 1 class names'):
        metric.evaluate(1)
    metric = SegmentationMetric()
    metric.process(None, [sample([0, 1], [IGNORE_INDEX] * 2).to_dict()])
    with pytest.raises(ValueError, match='No frame has a label'):
        metric.evaluate(1)
