from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.evaluation import (
    binary_precision_recall_curve,
    confusion_matrix,
    get_weighted_score,
    mean_average_precision,
    mean_class_accuracy,
    mmit_mean_average_precision,
    softmax,
    top_k_accuracy,
    top_k_classes,
)

SCORES = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3]])
LABELS = [2, 1, 0, 1]  # ranks of the true class: 0, 1, 2 (ties with class 2), 0


@st.composite
def problems(draw):
    """Coarse scores (many ties) and labels."""
    n, c = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(0, 5, (n, c)) / 4, rng.integers(0, c, n)


# --- top-k -----------------------------------------------------------------------------------------------------------
def test_top_k_by_hand():
    assert top_k_accuracy(SCORES, LABELS, (1, 2, 3)) == [0.5, 0.75, 1.0]
    assert top_k_accuracy(list(SCORES), np.array(LABELS)) == [0.5]


def test_top_k_gives_ties_to_the_higher_class():
    assert top_k_accuracy(np.zeros((4, 4)), [0, 1, 2, 3], (1, 2, 3, 4)) == [0.25, 0.5, 0.75, 1.0]


def test_top_k_counts_nan_as_wrong():
    assert top_k_accuracy([[np.nan, np.nan], [0.9, 0.1]], [0, 0], (1, 2)) == [0.5, 0.5]


@given(problems())
@settings(max_examples=60, deadline=None)
def test_top_k_is_what_sorting_gives(problem):
    scores, labels = problem
    topk = range(1, scores.shape[1] + 1)
    order = np.argsort(scores, axis=1, kind='stable')
    slow = [np.mean([y in row[-k:] for row, y in zip(order, labels)]) for k in topk]
    got = top_k_accuracy(scores, labels, topk)
    np.testing.assert_allclose(got, slow)
    assert (np.diff(got) >= 0).all() and got[-1] == 1
    p = np.random.default_rng(0).permutation(len(labels))
    np.testing.assert_allclose(top_k_accuracy(scores[p], labels[p], topk), got)


def test_top_k_above_the_classes_is_told_once():
    with pytest.warns(UserWarning, match='There are 2 classes, so top-57 accuracy is top-2'):
        assert top_k_accuracy([[0.4, 0.6], [0.4, 0.6]], [0, 1], (1, 57)) == [0.5, 1.0]
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert top_k_accuracy([[0.4, 0.6]], [0], (57,)) == [1.0]


@pytest.mark.parametrize(
    ('scores', 'labels', 'topk', 'error', 'message'),
    [
        (SCORES, LABELS, (0,), ValueError, r'k \(0\)'),
        (SCORES, [2, 1, 3, 1], (1,), ValueError, r'label 3 of sample 2 is out of \[0, 3\)'),
        (SCORES, [2, -1, 0, 1], (1,), ValueError, 'label -1 of sample 1'),
        (SCORES, [2, 1, 0], (1,), ValueError, '4 scores and 3 labels'),
        (SCORES, [2, 1, 0, 1.5], (1,), TypeError, 'float64'),
        (SCORES, np.eye(4, 3), (1,), ValueError, r'found shape \(4, 3\). Use mean_average_precision'),
        (SCORES[None], LABELS, (1,), ValueError, r'found shape \(1, 4, 3\). Average the clips'),
        ([[0.1, 0.9], [1.0]], [0, 0], (1,), ValueError, 'different lengths'),
        (np.zeros((0, 3)), [], (1,), ValueError, 'no samples'),
    ],
)
def test_top_k_refuses(scores, labels, topk, error, message):
    with pytest.raises(error, match=message):
        top_k_accuracy(scores, labels, topk)


# --- confusion -------------------------------------------------------------------------------------------------------
def test_confusion_matrix_by_hand():
    real, pred = [0, 0, 1, 5, 5, 5], [0, 1, 1, 5, 5, 0]  # classes 2..4 do not occur and have no row
    assert confusion_matrix(pred, real).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    np.testing.assert_allclose(confusion_matrix(pred, real, 'true'), [[0.5, 0.5, 0], [0, 1, 0], [1 / 3, 0, 2 / 3]])
    np.testing.assert_allclose(confusion_matrix(pred, real, 'pred'), [[0.5, 0.5, 0], [0, 0.5, 0], [0.5, 0, 1]])
    np.testing.assert_allclose(confusion_matrix(pred, real, 'all') * 6, [[1, 1, 0], [0, 1, 0], [1, 0, 2]])
    assert confusion_matrix([1, 1], [0, 0], 'true').tolist() == [[0, 1], [0, 0]]  # no 0 / 0


@given(problems())
@settings(max_examples=40, deadline=None)
def test_confusion_matrix_sums(problem):
    scores, real = problem
    pred = scores.argmax(1)
    matrix = confusion_matrix(pred, real)
    labels = np.union1d(pred, real)
    assert matrix.sum(1).tolist() == [(real == y).sum() for y in labels]
    assert matrix.sum(0).tolist() == [(pred == y).sum() for y in labels]
    assert matrix.trace() == (pred == real).sum()
    np.testing.assert_array_equal(confusion_matrix(real, pred), matrix.T)


@pytest.mark.parametrize(
    ('pred', 'real', 'normalize', 'error', 'message'),
    [
        ([0], [0], 'row', ValueError, "'row'"),
        ([0.5], [0], None, TypeError, 'y_pred .* float64'),
        ([0], '0', None, TypeError, 'y_real .* str'),
        ([0, 1], [0], None, ValueError, '2 predicted and 1 true'),
    ],
)
def test_confusion_matrix_refuses(pred, real, normalize, error, message):
    with pytest.raises(error, match=message):
        confusion_matrix(pred, real, normalize)


def test_class_accuracies_by_hand():
    # predicted 2 0 1 1, true 2 1 0 1: class 0 0/1, class 1 1/2, class 2 1/1
    assert mean_class_accuracy(SCORES, LABELS) == pytest.approx(0.5)
    assert top_k_classes(SCORES, LABELS, 2) == [(2, 1.0), (1, 0.5)]
    assert top_k_classes(SCORES, LABELS, 2, 'inaccurate') == [(0, 0.0), (1, 0.5)]
    assert len(top_k_classes(SCORES, LABELS)) == 3
    # a class without samples that is predicted counts with 0: true 0 0, predicted 0 3
    assert mean_class_accuracy(np.eye(4)[[0, 3]], [0, 0]) == 0.25
    assert top_k_classes(np.eye(4)[[0, 3]], [0, 0], 1) == [(0, 0.5)]
    assert top_k_classes(np.eye(9)[[7, 8]], [7, 7]) == [(7, 0.5), (8, 0.0)]  # labels, not positions
    with pytest.raises(ValueError, match="'best'"):
        top_k_classes(SCORES, LABELS, mode='best')
    with pytest.raises(ValueError, match=r'k \(0\)'):
        top_k_classes(SCORES, LABELS, 0)


# --- average precision -----------------------------------------------------------------------------------------------
def slow_average_precision(score, truth):
    """Sum of precision x gain of recall over the thresholds, one by one."""
    total, area, recall = truth.sum(), 0.0, 0.0
    for t in sorted(set(score), reverse=True):
        kept = score >= t
        hits = (kept & truth).sum()
        area += hits / kept.sum() * (hits / total - recall)
        recall = hits / total
    return area


def test_precision_recall_curve_by_hand():
    # the textbook example of scikit-learn's precision_recall_curve
    precision, recall, thresholds = binary_precision_recall_curve(
        np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    )
    np.testing.assert_allclose(precision, [2 / 3, 0.5, 1, 1])
    np.testing.assert_allclose(recall, [1, 0.5, 0.5, 0])
    np.testing.assert_allclose(thresholds, [0.35, 0.4, 0.8])
    assert np.isnan(binary_precision_recall_curve(np.array([0.1, 0.2]), np.zeros(2))[1][:-1]).all()
    with pytest.raises(ValueError, match=r'\(2,\) and \(3,\)'):
        binary_precision_recall_curve(np.zeros(2), np.zeros(3))


def test_average_precision_by_hand():
    scores = np.array([[0.9, 0.1], [0.8, 0.9], [0.7, 0.8]])
    labels = np.array([[1, 0], [0, 0], [1, 1]])
    # class 0: hits at ranks 1, 3 -> (1 + 2/3) / 2; class 1: hit at rank 2 -> 1/2
    assert mean_average_precision(scores, labels) == pytest.approx((5 / 6 + 1 / 2) / 2)
    # sample 0: 1; sample 1 has no class; sample 2: 1
    assert mmit_mean_average_precision(list(scores), list(labels)) == pytest.approx(1.0)
    assert mean_average_precision(np.zeros((4, 1)), [[1], [0], [0], [0]]) == 0.25  # all tie
    assert np.isnan(mean_average_precision(scores, np.zeros((3, 2))))
    with pytest.raises(ValueError, match=r'shape \(3, 2\) .* found \(3,\)'):
        mean_average_precision(scores, [0, 1, 0])


@given(st.integers(0, 2**32), st.integers(1, 15), st.integers(1, 5), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_average_precision_is_what_thresholds_give(seed, n, c, levels):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, levels + 1, (n, c)) / levels, rng.integers(0, 2, (n, c))
    for function, s, y in (
        (mean_average_precision, scores.T, labels.T),
        (mmit_mean_average_precision, scores, labels),
    ):
        slow = [slow_average_precision(a, b == 1) for a, b in zip(s, y) if b.any()]
        got = function(scores, labels)
        if not slow:
            assert np.isnan(got)
            continue
        assert got == pytest.approx(np.mean(slow))
        for a, b in zip(s, y):
            if b.any():
                precision, recall, _ = binary_precision_recall_curve(a, b)
                assert -np.sum(np.diff(recall) * precision[:-1]) == pytest.approx(slow_average_precision(a, b == 1))
        assert function(labels + scores / 2, labels) == pytest.approx(1.0)  # positives first


# --- fusion ----------------------------------------------------------------------------------------------------------
def test_weighted_score_and_softmax_by_hand():
    fused = get_weighted_score([list(SCORES), SCORES[::-1]], [1, 0.5])
    assert isinstance(fused, list) and len(fused) == 4
    np.testing.assert_allclose(fused[0], [0.2, 0.45, 0.85])
    with pytest.raises(ValueError, match='1 sets of scores and 2 coefficients'):
        get_weighted_score([SCORES], [1, 2])
    with pytest.raises(ValueError, match=r'found \[\(3, 3\), \(4, 3\)\]'):
        get_weighted_score([SCORES, SCORES[1:]], [1, 2])
    x = np.log([[1.0, 3.0], [1.0, 1.0]])
    np.testing.assert_allclose(softmax(x), [[0.25, 0.75], [0.5, 0.5]])
    np.testing.assert_allclose(softmax(x, dim=0), [[0.5, 0.75], [0.5, 0.25]])
    np.testing.assert_allclose(softmax(x + 1000), softmax(x))
