"""Labels and scores in both dialects."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, LabelData

from mmaction.structures import ActionDataSample, bbox2result, bbox_target
from mmaction.structures.action_data_sample import format_label, format_score


@pytest.fixture
def sample() -> ActionDataSample:
    return ActionDataSample().set_gt_label(2).set_pred_score([0.1, 0.2, 0.7]).set_pred_label(2)


@pytest.mark.parametrize(
    ('plural', 'singular'), [('gt_labels', 'gt_label'), ('pred_labels', 'pred_label'), ('pred_scores', 'pred_score')]
)
def test_either_spelling_reads_and_writes(sample: ActionDataSample, plural: str, singular: str) -> None:
    assert torch.equal(getattr(sample, plural).item, getattr(sample, singular))
    setattr(sample, plural, LabelData(item=torch.tensor([5])))
    assert getattr(sample, singular).tolist() == [5]
    setattr(sample, singular, torch.tensor([6]))
    assert getattr(sample, plural).item.tolist() == [6]
    assert plural in sample and singular in sample
    assert sample.get(plural).item.tolist() == [6]
    as_dict = sample.to_dict()
    assert as_dict[singular].tolist() == as_dict[plural]['item'].tolist() == as_dict.get(plural)['item'].tolist() == [6]
    assert plural in as_dict and plural not in set(as_dict)
    assert sample.pop(plural).item.tolist() == [6]
    assert plural not in sample and singular not in sample
    assert sample.get(plural) is None and sample.pop(singular, 'gone') == 'gone'
    assert plural not in sample.to_dict()


def test_each_value_is_held_once(sample: ActionDataSample) -> None:
    assert sorted(sample.keys()) == ['gt_label', 'pred_label', 'pred_score']
    del sample.gt_labels
    assert sorted(sample.keys()) == ['pred_label', 'pred_score']


def test_setters_of_either_dialect_chain() -> None:
    sample = (
        ActionDataSample().set_gt_labels(np.array([0, 3])).set_pred_scores(np.zeros(4, np.float32)).set_pred_labels([1])
    )
    assert sample.gt_label.tolist() == [0, 3] and sample.gt_label.dtype == torch.int64
    assert sample.pred_score.shape == (4,) and sample.pred_label.tolist() == [1]


def test_components() -> None:
    sample = ActionDataSample().set_pred_score(dict(rgb=[0.0, 1.0], pose=[1.0, 0.0]))
    assert sample.pred_scores.rgb.tolist() == [0, 1]
    assert sample.to_dict()['pred_scores']['pose'].tolist() == [1, 0]


def test_a_dict_has_each_label_once(sample: ActionDataSample) -> None:
    sample.set_metainfo(dict(img_shape=(4, 5)))
    as_dict = sample.to_dict()
    assert isinstance(as_dict, dict) and sorted(as_dict) == [
        'gt_label',
        'img_shape',
        'num_classes',
        'pred_label',
        'pred_score',
    ]
    assert as_dict.get('features') is None and as_dict.get('pred_instances', 3) == 3
    with pytest.raises(KeyError, match='features'):
        as_dict['features']
    again = pickle.loads(pickle.dumps(as_dict))
    assert again['gt_labels']['item'].tolist() == [2] and type(dict(again)) is dict


@pytest.mark.parametrize(
    ('value', 'want', 'dtype'),
    [
        (torch.tensor([0.2, 0.8]), [0.2, 0.8], torch.float32),  # a soft label
        (torch.tensor([0.0, 1.0, 1.0]), [0, 1, 1], torch.float32),  # several labels, as zeros and ones
        (torch.tensor([0.3], dtype=torch.float64), [0.3], torch.float64),  # a value to regress
        (torch.tensor([True, False]), [True, False], torch.bool),
        (torch.tensor(3), [3], torch.int64),
        (torch.tensor(3.0), [3], torch.int64),
        (torch.tensor(0.25), [0.25], torch.float32),
        (np.array([1.0, 3.0]), [1, 3], torch.int64),
        (np.array([0.25, 0.75]), [0.25, 0.75], torch.float32),
        ([0.25, 0.75], [0.25, 0.75], torch.float32),
        (np.int16(4), [4], torch.int64),
        (np.float32(4.5), [4.5], torch.float32),
        (4.0, [4], torch.float32),
        ((1, 2), [1, 2], torch.int64),
        ([], [], torch.int64),
    ],
)
def test_labels_keep_their_values(value, want: list, dtype: torch.dtype) -> None:
    label = ActionDataSample().set_gt_label(value).gt_label
    assert label.tolist() == pytest.approx(want) and label.dtype == dtype


def test_scores_give_the_number_of_classes() -> None:
    sample = ActionDataSample().set_pred_score(torch.rand(4))
    assert sample.num_classes == sample.metainfo['num_classes'] == 4
    assert sample.set_pred_score(torch.rand(10, 4)).num_classes == 4  # ten views
    with pytest.raises(ValueError, match=r'There are 5 scores, but num_classes of the sample is 4'):
        sample.set_pred_score(torch.rand(5))
    assert 'num_classes' not in ActionDataSample().set_pred_score(dict(rgb=[0.0, 1.0], pose=[1.0, 0.0]))


def test_best_pairs_of_0x(sample: ActionDataSample) -> None:
    assert [(label, round(score, 4)) for label, score in sample] == [(2, 0.7), (1, 0.2), (0, 0.1)]
    assert [pair[0] for pair in sample.topk(2)] == [2, 1]
    assert len(list(ActionDataSample().set_pred_score(torch.rand(400)))) == 5


@pytest.mark.parametrize(
    ('score', 'k', 'message'),
    [(None, 5, 'NoneType'), (torch.rand(2, 3), 5, r'\(2, 3\).*average the clips'), (torch.rand(3), 0, r'k \(0\)')],
)
def test_topk_says_what_it_needs(score: torch.Tensor | None, k: int, message: str) -> None:
    sample = ActionDataSample()
    if score is not None:
        sample.pred_score = score
    with pytest.raises(ValueError, match=message):
        sample.topk(k)


def test_copies(sample: ActionDataSample) -> None:
    sample.set_metainfo(dict(img_shape=(4, 5)))
    for other in (pickle.loads(pickle.dumps(sample)), copy.deepcopy(sample), sample.cpu(), sample.new()):
        assert other.gt_labels.item.tolist() == [2]
        assert other.img_shape == (4, 5)


def test_unknown_fields_and_values(sample: ActionDataSample) -> None:
    with pytest.raises(
        AttributeError,
        match=r"no field 'gt_lable'; it holds \['gt_label', 'num_classes', 'pred_label', 'pred_score'\]",
    ):
        sample.gt_lable
    with pytest.raises(TypeError, match="got 'cat'"):
        format_label('cat')
    with pytest.raises(TypeError, match='got 3'):
        format_score(3)


def test_instances_are_typed() -> None:
    sample = ActionDataSample()
    sample.proposals = InstanceData(bboxes=torch.rand(2, 4))
    assert len(sample.proposals) == 2
    with pytest.raises(AssertionError):
        sample.gt_instances = torch.rand(2, 4)
    del sample.proposals
    assert 'proposals' not in sample


def test_boxes() -> None:
    result = bbox2result(
        torch.tensor([[0.0, 0, 1, 1], [0, 0, 2, 2]]), torch.tensor([[0.0, 0.5, 0.1], [0.0, 0.02, 0.9]]), 3, thr=0.05
    )
    assert [r.tolist() for r in result] == [
        [[0, 0, 1, 1, 0.5]],
        [[0, 0, 1, 1, pytest.approx(0.1)], [0, 0, 2, 2, pytest.approx(0.9)]],
    ]
    assert [r.shape for r in bbox2result(torch.zeros(0, 4), torch.zeros(0, 3), 3)] == [(0, 5), (0, 5)]
    with pytest.raises(ValueError, match='2 values for 3 classes'):
        bbox2result(torch.zeros(1, 4), torch.zeros(1, 3), 3, thr=[0.1, 0.2])
    # A negative threshold: each box belongs to its best class alone, the background left out.
    scores = torch.tensor([[0.9, 0.2, 0.1, 0.3], [0.0, 0.5, 0.6, 0.1], [0.0, 0.3, 0.2, 0.1]])
    single = bbox2result(torch.arange(12.0).reshape(3, 4), scores, 4, thr=-1.0)
    assert [r.round(4).tolist() for r in single] == [
        [[8, 9, 10, 11, pytest.approx(0.3)]],
        [[4, 5, 6, 7, pytest.approx(0.6)]],
        [[0, 1, 2, 3, pytest.approx(0.3)]],
    ]

    class Cfg:
        pos_weight = 2.0

    labels, weights = bbox_target([torch.zeros(1, 4)], [torch.zeros(2, 4)], [torch.tensor([[0.0, 1.0]])], Cfg)
    assert labels.tolist() == [[0, 1], [0, 0], [0, 0]]
    assert weights.tolist() == [2, 1, 1]
