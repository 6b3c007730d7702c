"""RetrievalMetric and RetrievalRecall, with ranks counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mmaction.evaluation.functional.retrieval import retrieval_ranks
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample

# text by video; the ranks of the diagonal are 1, 3, 2, 1
SIMILARITY = np.array([[0.9, 0.1, 0.2, 0.3], [0.8, 0.2, 0.4, 0.1], [0.7, 0.1, 0.5, 0.2], [0.1, 0.2, 0.3, 0.4]])


def _evaluate(video, text, **settings):
    metric = METRICS.build(dict(type='RetrievalMetric', **settings))
    samples = []
    for one, other in zip(torch.as_tensor(video), torch.as_tensor(text)):
        samples.append(ActionDataSample())
        samples[-1].features = InstanceData(video_feature=one, text_feature=other)
    metric.process(None, [sample.to_dict() for sample in samples[:1]])
    metric.process(None, samples[1:])
    return metric.evaluate(size=len(samples))


def test_ranks():
    assert retrieval_ranks(SIMILARITY).tolist() == [1, 3, 2, 1]


def test_equal_similarity_does_not_count():
    assert retrieval_ranks(np.full((3, 3), 0.5)).tolist() == [1, 1, 1]


def test_nan_ranks_last():
    assert retrieval_ranks(np.array([[np.nan, 0.0], [0.0, 1.0]])).tolist() == [2, 1]


def test_rows_and_columns_must_agree():
    with pytest.raises(ValueError, match=r'similarity must be \(N, N\), found \(2, 3\)'):
        retrieval_ranks(np.zeros((2, 3)))


def test_measures_of_pairs():
    # videos are the axes, so that a row of the texts holds the similarities, in any length
    text = SIMILARITY / np.linalg.norm(SIMILARITY, axis=1, keepdims=True)
    figures = _evaluate(7 * np.eye(4), 3 * text)
    assert figures == {
        'retrieval/R1': 50.0,
        'retrieval/R5': 100.0,
        'retrieval/R10': 100.0,
        'retrieval/MdR': 1.5,
        'retrieval/MnR': 1.75,
    }
    assert _evaluate(np.eye(4), text, metric_list='R2') == {'retrieval/R2': 75.0}


def test_half_precision_and_empty_features():
    text = torch.eye(2, dtype=torch.bfloat16)
    assert _evaluate(torch.zeros(2, 2), text, metric_list=('MnR',)) == {'retrieval/MnR': 1.0}


@pytest.mark.parametrize('name', ['R0', 'r1', 'mAP', 5])
def test_unknown_measures(name):
    with pytest.raises(ValueError, match=f'metric_list has {name!r}; choose from R1, R5, R10'):
        METRICS.build(dict(type='RetrievalMetric', metric_list=(name,)))


def test_samples_without_features():
    with pytest.raises(KeyError, match='RetrievalMetric needs features in each data sample'):
        METRICS.build(dict(type='RetrievalMetric')).process(None, [ActionDataSample()])


# --- RetrievalRecall -------------------------------------------------------------------------------------------------
def test_recall_of_samples():
    metric = METRICS.build(dict(type='RetrievalRecall', topk=(1, 2)))
    samples = [
        ActionDataSample().set_pred_score(torch.tensor([0.1, 0.9, 0.5])).set_gt_label(1),
        ActionDataSample().set_pred_score(torch.tensor([0.1, 0.9, 0.5])).set_gt_label([0, 2]),
        ActionDataSample().set_pred_score(torch.tensor([0.1, 0.9, 0.5])).set_gt_label(0),
        ActionDataSample().set_pred_score(torch.tensor([float('nan'), 0.9, 0.5])).set_gt_label(1),
    ]
    metric.process(None, [sample.to_dict() for sample in samples])
    assert metric.evaluate(size=4) == {'retrieval/Recall@1': 25.0, 'retrieval/Recall@2': 50.0}


def test_recall_of_arrays():
    recall = METRICS.get('RetrievalRecall').calculate
    scores = np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.1]])
    assert recall(scores, [[0, 0, 1], [0, 1, 0]], (1, 2)) == [0.0, 100.0]
    assert recall([[1, 2], [0, 1]], [[1], [2]], 2, pred_indices=True, target_indices=True) == [50.0]
    with pytest.raises(ValueError, match='There are 2 predictions for 1 targets'):
        recall(scores, [[0]], 1, target_indices=True)
    with pytest.raises(ValueError, match=r'topk \(0\) must be at least 1'):
        METRICS.build(dict(type='RetrievalRecall', topk=0))
