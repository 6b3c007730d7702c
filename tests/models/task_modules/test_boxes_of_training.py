"""Assignment and sampling of boxes: hand-made tables."""

from __future__ import annotations

import pytest
import torch
from mmengine.structures import InstanceData

from mmaction.models.task_modules import AssignResult, MaxIoUAssigner, MaxIoUAssignerAVA, RandomSampler

GT = torch.tensor([[0.0, 0.0, 10.0, 10.0], [20.0, 0.0, 30.0, 10.0]])
LABELS = torch.tensor([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
PRIORS = torch.tensor(
    [
        [0.0, 0.0, 10.0, 10.0],  # IoU 1 with the first
        [0.0, 0.0, 10.0, 8.0],  # 0.8 with the first
        [20.0, 0.0, 30.0, 5.0],  # 0.5 with the second
        [20.0, 5.0, 30.0, 10.0],  # 0.5 with the second
        [50.0, 50.0, 60.0, 60.0],  # none
    ]
)


def assign(assigner, priors=PRIORS, gt=GT, labels=LABELS) -> AssignResult:
    return assigner.assign(InstanceData(priors=priors), InstanceData(bboxes=gt, labels=labels))


def test_boxes_go_to_the_ground_truth_that_they_overlap_most():
    result = assign(MaxIoUAssignerAVA(pos_iou_thr=0.9, neg_iou_thr=0.7, min_pos_iou=0.9))
    assert result.gt_inds.tolist() == [1, -1, 0, 0, 0]
    assert result.max_overlaps.tolist() == pytest.approx([1, 0.8, 0.5, 0.5, 0])
    assert result.labels.tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert (result.num_gts, result.num_preds) == (2, 5)


def test_a_ground_truth_takes_its_best_boxes():
    thresholds = dict(pos_iou_thr=0.9, neg_iou_thr=0.9, min_pos_iou=0.4)
    assert assign(MaxIoUAssignerAVA(**thresholds)).gt_inds.tolist() == [1, 0, 2, 2, 0]
    assert assign(MaxIoUAssignerAVA(**thresholds, gt_max_assign_all=False)).gt_inds.tolist() == [1, 0, 2, 0, 0]
    assert assign(MaxIoUAssignerAVA(**thresholds, match_low_quality=False)).gt_inds.tolist() == [1, 0, 0, 0, 0]
    limits = MaxIoUAssignerAVA(pos_iou_thr=0.9, neg_iou_thr=(0.4, 0.6), match_low_quality=False)
    assert assign(limits).gt_inds.tolist() == [1, -1, 0, 0, -1]


@pytest.mark.parametrize(('num_boxes', 'num_gts'), [(5, 0), (0, 2), (0, 0)])
def test_without_boxes_or_ground_truth_the_labels_keep_their_shape(num_boxes, num_gts):
    result = assign(MaxIoUAssignerAVA(0.9, 0.9, 0.9), PRIORS[:num_boxes], GT[:num_gts], LABELS[:num_gts])
    assert result.gt_inds.tolist() == [0] * num_boxes
    assert (result.labels.shape, result.labels.dtype) == ((num_boxes, 3), torch.float32)


def test_labels_are_one_number_for_single_labels_and_rows_for_several():
    result = assign(MaxIoUAssigner(0.9, 0.9, 0.4), labels=torch.tensor([4, 7]))
    assert result.labels.tolist() == [4, -1, 7, 7, -1]
    with pytest.raises(ValueError, match=r'got shape \(2, 1\). Set multilabel=True and num_classes in the data set'):
        assign(MaxIoUAssignerAVA(0.9, 0.9), labels=torch.tensor([[4], [7]]))
    with pytest.raises(ValueError, match=r'pos_iou_thr \(9\) must be in \[0, 1\]'):
        MaxIoUAssignerAVA(9, 0.9)


def sample(sampler: RandomSampler, priors=PRIORS, gt=GT, labels=LABELS):
    instances = InstanceData(bboxes=gt, labels=labels)
    result = assign(MaxIoUAssignerAVA(0.9, 0.9, 0.9), priors, gt, labels)
    return sampler.sample(result, InstanceData(priors=priors), instances)


def test_ground_truth_comes_first_then_positive_then_negative_boxes():
    result = sample(RandomSampler(num=32, pos_fraction=1))
    assert result.pos_inds.tolist() == [0, 1, 2]  # both ground-truth boxes, and the box equal to the first
    assert result.neg_inds.tolist() == [3, 4, 5, 6]
    assert result.pos_is_gt.tolist() == [True, True, False]
    assert result.pos_assigned_gt_inds.tolist() == [0, 1, 0]
    assert result.pos_gt_labels.tolist() == LABELS[[0, 1, 0]].tolist()
    assert result.pos_gt_bboxes.tolist() == GT[[0, 1, 0]].tolist()
    assert result.priors.tolist() == [*GT.tolist(), *PRIORS.tolist()]


def test_numbers_of_sampled_boxes_have_their_limits():
    torch.manual_seed(0)
    result = sample(RandomSampler(num=4, pos_fraction=0.5))
    assert (len(result.pos_inds), len(result.neg_inds)) == (2, 2)
    assert set(result.pos_inds.tolist()) < {0, 1, 2}
    assert set(result.neg_inds.tolist()) < {3, 4, 5, 6}
    result = sample(RandomSampler(num=32, pos_fraction=1, neg_pos_ub=1))
    assert (len(result.pos_inds), len(result.neg_inds)) == (3, 3)
    result = sample(RandomSampler(num=32, pos_fraction=1, add_gt_as_proposals=False))
    assert (result.pos_inds.tolist(), result.neg_inds.tolist()) == ([0], [1, 2, 3, 4])
    assert result.pos_is_gt.tolist() == [False]


def test_all_choices_of_the_sampler_are_equally_likely():
    torch.manual_seed(0)
    drawn = [sample(RandomSampler(num=1, pos_fraction=1)).pos_inds.item() for _ in range(300)]
    assert all(70 < drawn.count(index) < 130 for index in range(3))


def test_sampling_without_boxes_or_ground_truth():
    result = sample(RandomSampler(num=4, pos_fraction=1), PRIORS, GT[:0], LABELS[:0])
    assert (len(result.pos_priors), len(result.neg_priors)) == (0, 4)
    assert result.pos_gt_labels.shape == (0, 3)
    result = sample(RandomSampler(num=4, pos_fraction=1), PRIORS[:0])
    assert result.priors.tolist() == GT.tolist()
