"""tIoU, average recall and average precision in time: closed forms, hand-made tables, slow loops."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.evaluation import (
    ActivityNetLocalization,
    average_precision_at_temporal_iou,
    average_recall_at_avg_proposals,
    interpolated_precision_recall,
    pairwise_temporal_iou,
)

THRESHOLDS = np.linspace(0.5, 0.95, 10)


# --- tIoU ------------------------------------------------------------------------------------------------------------
def test_tiou_table():
    candidates = np.array([[0, 10], [5, 10], [20, 30], [3, 3]])
    targets = np.array([[0, 10], [10, 20], [0, 7]])
    iou, part = pairwise_temporal_iou(candidates, targets, calculate_overlap_self=True)
    np.testing.assert_allclose(iou, [[1, 0.5, 0, 0], [0, 0, 0, 0], [0.7, 0.2, 0, 0]])
    np.testing.assert_allclose(part, [[1, 1, 0, 0], [0, 0, 0, 0], [0.7, 0.4, 0, 0]])
    np.testing.assert_allclose(pairwise_temporal_iou(candidates[1], targets), [0.5, 0, 0.2])
    assert pairwise_temporal_iou(np.zeros((0, 2)), targets).shape == (3, 0)
    assert pairwise_temporal_iou(candidates, np.zeros((0, 2))).shape == (0, 4)


def test_tiou_at_the_threshold_counts():
    # 7 / 10 as float32 lies below the threshold 0.7
    ap = average_precision_at_temporal_iou({'v': [[0, 10]]}, [['v', 0, 0, 7, 1.0]], np.array([0.7]))
    np.testing.assert_array_equal(ap, [1])


@pytest.mark.parametrize('candidates, targets', [((2, 2, 2), (2, 2)), ((2,), (2,)), ((3,), (1, 2)), ((1, 2), (1, 3))])
def test_tiou_refuses_other_shapes(candidates, targets):
    with pytest.raises(ValueError, match=r'found shapes \(' + str(candidates[0])):
        pairwise_temporal_iou(np.ones(candidates), np.ones(targets))


# --- average recall --------------------------------------------------------------------------------------------------
TRUTH = {'v1': np.array([[0, 1], [1, 2]]), 'v2': np.array([[0, 1], [1, 2]])}
PERFECT = np.array([[0, 1, 1], [1, 2, 1]])
WRONG = np.array([[10, 11, 1], [11, 12, 1]])


@pytest.mark.parametrize(
    'proposals, curve, area',
    [
        # two proposals each: with less than half of them none is taken, with all both segments are found
        ({'v1': PERFECT, 'v2': PERFECT}, [0] * 49 + [0.5] * 50 + [1], 25.5),
        ({'v1': PERFECT, 'v2': WRONG}, [0] * 49 + [0.25] * 50 + [0.5], 12.75),
        ({'v1': WRONG, 'v2': WRONG}, [0] * 100, 0),
        # one proposal twice: the second finds nothing new
        ({'v1': PERFECT[[0, 0]], 'v2': PERFECT[[1, 1]]}, [0] * 49 + [0.5] * 51, 25.25),
    ],
)
def test_average_recall_closed_form(proposals, curve, area):
    recall, average, per_video, auc = average_recall_at_avg_proposals(TRUTH, proposals, 4)
    np.testing.assert_array_equal(recall, [curve] * 10)
    np.testing.assert_allclose(average, curve)
    np.testing.assert_allclose(per_video, np.arange(1, 101) / 50)
    assert auc == pytest.approx(area)


def test_average_recall_of_hundred_proposals_takes_n_at_n():
    """The n-th point of the curve takes n of 100 proposals; 100 * 0.29 is a little less than 29."""
    noise = np.column_stack([np.arange(100, 200), np.arange(101, 201), np.linspace(1, 0.5, 100)])
    for rank in (1, 29, 57, 58, 100):
        proposals = noise.copy()
        proposals[rank - 1, :2] = 0, 1
        _, average, per_video, _ = average_recall_at_avg_proposals({'v': [[0, 1]]}, {'v': proposals}, 100, 100)
        np.testing.assert_allclose(per_video, np.arange(1, 101))
        np.testing.assert_array_equal(average, np.arange(1, 101) >= rank)


def test_half_overlap_is_found_at_one_threshold():
    _, average, _, _ = average_recall_at_avg_proposals({'v': [[0, 2]]}, {'v': [[0, 1, 1]]}, 1)
    np.testing.assert_allclose(average, [0] * 99 + [0.1])  # at 0.5 of 0.5, 0.55, ..., 0.95


def test_average_recall_at_the_edges():
    for proposals in ({}, {'v1': []}, {'v1': np.zeros((0, 3)), 'v2': []}):
        recall, average, per_video, auc = average_recall_at_avg_proposals(TRUTH, proposals, 0, 100)
        assert not recall.any() and recall.shape == (10, 100) and not average.any() and auc == 0
        np.testing.assert_allclose(per_video, np.arange(1, 101))
    # a video without annotations has no part in recall, its proposals count all the same
    _, average, _, _ = average_recall_at_avg_proposals({'v': [[0, 1]], 'w': []}, {'v': [[0, 1, 1]], 'w': PERFECT}, 3)
    assert average[-1] == 1
    with pytest.raises(ValueError, match='The ground truth of 2 videos has no segment'):
        average_recall_at_avg_proposals({'v': [], 'w': np.zeros((0, 2))}, {'v': PERFECT}, 2)
    with pytest.raises(ValueError, match=r'proposals of v holds values that are not finite: \[ 0.  1. nan\]'):
        average_recall_at_avg_proposals({'v': [[0, 1]]}, {'v': [[0, 1, np.nan]]}, 1)
    with pytest.raises(ValueError, match=r'proposals of v must have rows of at least 3 numbers, found shape \(1, 2\)'):
        average_recall_at_avg_proposals({'v': [[0, 1]]}, {'v': [[0, 1]]}, 1)


def _slow_iou(a, b):
    overlap = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    union = (a[1] - a[0]) + (b[1] - b[0]) - overlap
    return overlap / union if union > 0 else 0.0


def _slow_recall(truth, proposals, total, maximum, thresholds):
    videos = len(truth)
    ratio = maximum * videos / total
    kept = {}
    for video in truth:
        best_first = sorted(proposals.get(video, []), key=lambda row: -row[2])
        kept[video] = best_first[: int(len(best_first) * ratio + 1e-9)]
    retrieved = sum(map(len, kept.values()))
    out = np.zeros((len(thresholds), 100))
    for k, threshold in enumerate(thresholds):
        for j in range(100):
            part = (j + 1) / 100 * maximum * videos / retrieved
            for video, segments in truth.items():
                taken = kept[video][: int(len(kept[video]) * part + 1e-9)]
                out[k, j] += sum(any(_slow_iou(s, p) >= threshold for p in taken) for s in segments)
    return out / sum(map(len, truth.values()))


def _slow_precision(truth, prediction, thresholds):
    total = sum(map(len, truth.values()))
    out = []
    for threshold in thresholds:
        free = {video: [True] * len(segments) for video, segments in truth.items()}
        hits = []
        for video, _, start, end, _ in sorted(prediction, key=lambda row: -row[4]):
            best, best_iou = None, threshold
            for g, segment in enumerate(truth.get(video, [])):
                iou = _slow_iou((start, end), segment)
                if free[video][g] and iou >= best_iou:
                    best, best_iou = g, iou
            if best is not None:
                free[video][best] = False
            hits.append(best is not None)
        precisions = [sum(hits[: n + 1]) / (n + 1) for n in range(len(hits))]
        # each detection that is right raises the recall by 1 / total
        out.append(sum(max(precisions[n:]) for n, hit in enumerate(hits) if hit) / total)
    return out


def _segment(numbers):
    start, length = numbers
    return [start, start + length]


_TIMES = st.tuples(st.integers(0, 12), st.integers(1, 8)).map(_segment)
_VIDEOS = st.sampled_from(['a', 'b', 'c'])
_TRUTH = st.dictionaries(_VIDEOS, st.lists(_TIMES, max_size=4), min_size=1).filter(lambda t: any(t.values()))
_FOUND = st.lists(st.tuples(_VIDEOS, _TIMES), max_size=25)


@settings(max_examples=60, deadline=None)
@given(_TRUTH, _FOUND, st.randoms(use_true_random=False), st.sampled_from([None, 2, 7]))
def test_differential(truth, found, random, maximum):
    """The vectorised code against loops over thresholds, points, videos, segments and proposals."""
    scores = list(range(len(found)))
    random.shuffle(scores)  # no ties: their order is free
    rows = [(video, 0, *times, float(score)) for (video, times), score in zip(found, scores)]
    thresholds = np.array([0.3, 0.5, 0.7, 1.0])
    np.testing.assert_allclose(
        average_precision_at_temporal_iou(truth, rows, thresholds), _slow_precision(truth, rows, thresholds), rtol=1e-6
    )
    proposals = {v: [row[2:] for row in rows if row[0] == v] for v in truth}
    total = sum(map(len, proposals.values()))
    recall, average, per_video, auc = average_recall_at_avg_proposals(
        truth, proposals, total, maximum, temporal_iou_thresholds=thresholds
    )
    maximum = maximum or total / len(truth)
    retrieved = sum(int(len(p) * maximum * len(truth) / total + 1e-9) for p in proposals.values()) if total else 0
    if not retrieved:
        assert not recall.any() and auc == 0
        return
    np.testing.assert_allclose(recall, _slow_recall(truth, proposals, total, maximum, thresholds))
    width = per_video[1] - per_video[0]
    assert auc == pytest.approx(100 * width * (average.sum() - (average[0] + average[-1]) / 2) / per_video[-1])


# --- average precision -----------------------------------------------------------------------------------------------
def test_interpolated_precision_recall():
    # areas by hand: 0.2 * 0.5 + 0.2 * 0.5 (raised to that at 0.4) + 0.2 * 0.3
    assert interpolated_precision_recall([0.1, 0.5, 0.3], [0.2, 0.4, 0.6]) == pytest.approx(0.26)
    assert interpolated_precision_recall([], []) == 0


GT = {'v1': [[0, 10], [20, 30]], 'v2': [[5, 15]]}
ALL = [['v1', 0, 0, 10, 0.9], ['v1', 0, 20, 30, 0.8], ['v2', 0, 5, 15, 0.7]]


@pytest.mark.parametrize(
    'prediction, at_half, at_most',
    [
        (ALL, 1, 1),  # perfect
        ([['v1', 0, 0, 5, 0.9], ['v1', 0, 20, 25, 0.8], ['v2', 0, 10, 15, 0.7]], 1, 0),  # half overlaps
        ([], 0, 0),  # empty
        ([['v3', 0, 0, 10, 1]], 0, 0),  # a video without ground truth
        # each twice: precision 1, 1/2, 2/3, 2/4, 3/5, raised 1, 2/3, 3/5
        ([row for row in ALL for _ in range(2)], (1 + 2 / 3 + 3 / 5) / 3, (1 + 2 / 3 + 3 / 5) / 3),
        # a wrong one first
        ([['v2', 0, 50, 60, 1.0], *ALL], 3 / 4, 3 / 4),
        # a right one in a video that has it not
        ([['v2', 0, 20, 30, 1.0], *ALL[:1]], 1 / 6, 1 / 6),
    ],
)
def test_average_precision_table(prediction, at_half, at_most):
    ap = average_precision_at_temporal_iou(GT, prediction, np.array([0.5, 0.95]))
    np.testing.assert_allclose(ap, [at_half, at_most], rtol=1e-6)
    assert ap.dtype == np.float32
    if prediction:  # as strings, which an array of mixed columns holds
        np.testing.assert_allclose(
            average_precision_at_temporal_iou(GT, np.array(prediction), np.array([0.5])), at_half
        )


def test_average_precision_takes_the_best_free_segment():
    # the second detection overlaps the first segment more, which is taken; it gets the second
    truth = {'v': [[0, 10], [2, 12]]}
    found = [['v', 0, 0, 10, 0.9], ['v', 0, 0, 11, 0.8]]
    np.testing.assert_allclose(average_precision_at_temporal_iou(truth, found, np.array([0.5, 0.8])), [1, 0.5])


def test_average_precision_is_not_defined_without_ground_truth():
    assert np.isnan(average_precision_at_temporal_iou({'v1': []}, ALL)).all()
    assert np.isnan(average_precision_at_temporal_iou({}, [])).all()
    with pytest.raises(ValueError, match='prediction holds values that are not finite'):
        average_precision_at_temporal_iou(GT, [['v1', 0, 0, np.inf, 1]])


# --- from files ------------------------------------------------------------------------------------------------------
def _write(tmp_path, truth, results):
    (tmp_path / 'gt.json').write_text(json.dumps(truth))
    (tmp_path / 'pred.json').write_text(json.dumps(results))
    return str(tmp_path / 'gt.json'), str(tmp_path / 'pred.json')


def _entry(label, start, end, score=None):
    entry = dict(label=label, segment=[start, end])
    return entry if score is None else dict(entry, score=score)


def test_activitynet_localization(tmp_path, capsys):
    truth = {
        'v_one': dict(annotations=[_entry('a', 0, 10), _entry('b', 20, 30)]),
        'two': dict(annotations=[_entry('a', 5, 15)]),
    }
    results = dict(
        one=[_entry('a', 0, 10, 0.9), _entry('b', 20, 26, 0.9), _entry('c', 0, 1, 1)],  # there is no class c
        v_two=[_entry('a', 50, 60, 0.95), _entry('a', 5, 15, 0.5)],
        v_three=[_entry('b', 0, 1, 0.1)],
    )
    paths = _write(tmp_path, truth, dict(version='VERSION 1.3', results=results, external_data={}))
    evaluator = ActivityNetLocalization(*paths, tiou_thresholds=np.array([0.5, 0.6, 0.75]), verbose=True)
    means, mean = evaluator.evaluate()
    assert evaluator.activity_index == {'a': 0, 'b': 1}
    np.testing.assert_allclose(evaluator.ap, [[2 / 3, 1], [2 / 3, 1], [2 / 3, 0]])
    np.testing.assert_allclose(means, [5 / 6, 5 / 6, 1 / 3])
    assert mean == pytest.approx(2 / 3)
    assert 'average mAP: 0.6667' in capsys.readouterr().out


def test_activitynet_localization_errors(tmp_path):
    with pytest.raises(OSError, match='ground_truth_filename'):
        ActivityNetLocalization()
    with pytest.raises(OSError, match='prediction_filename'):
        ActivityNetLocalization('gt.json')
    truth = {'v_one': dict(annotations=[_entry('a', 0, 10)])}
    for gt, pred, message in [
        ({'v_one': dict(annotations=[])}, dict(results={}), 'gt.json has no annotated segment'),
        ([], dict(results={}), r'gt.json \(ground truth\) must hold a dict, found list'),
        (truth, dict(one=[]), r'pred.json must have the key "results", a dict of videos; found \[\'one\'\]'),
        (truth, dict(results=dict(one=[dict(label='a', score=1)])), "pred.json, video 'one': .*segment.*'score': 1"),
        (truth, dict(results=dict(one=[_entry('a', 0, 1)])), "pred.json, video 'one': .* must have label and score"),
    ]:
        with pytest.raises(ValueError, match=message):
            ActivityNetLocalization(*_write(tmp_path, gt, pred))
