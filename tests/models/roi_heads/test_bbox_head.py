"""Losses, accuracies and predictions of boxes: closed forms and hand-made tables."""

from __future__ import annotations

import math

import pytest
import torch

from mmaction.models.roi_heads import BBoxHeadAVA
from mmaction.models.roi_heads.bbox_heads.bbox_head import relative_boxes
from mmaction.models.roi_heads.bbox_heads.box_accuracy import label_accuracies, top_k_matrix
from mmaction.models.task_modules import SamplingResult
from mmaction.testing import seeded_tensor


def sampled(labels: torch.Tensor, negatives: int = 0) -> SamplingResult:
    num = len(labels)
    return SamplingResult(
        pos_inds=torch.arange(num),
        neg_inds=torch.arange(num, num + negatives),
        pos_priors=torch.zeros(num, 4),
        neg_priors=torch.zeros(negatives, 4),
        pos_is_gt=torch.ones(num, dtype=torch.bool),
        pos_assigned_gt_inds=torch.arange(num),
        pos_gt_bboxes=torch.zeros(num, 4),
        pos_gt_labels=labels,
        num_gts=num,
    )


def losses(head: BBoxHeadAVA, scores: torch.Tensor, *results: SamplingResult) -> dict:
    rois = torch.zeros(len(scores), 5)
    return head.loss_and_target(scores, rois, results, dict(pos_weight=1.0))['loss_bbox']


def test_loss_is_the_mean_cross_entropy_of_labelled_boxes_and_classes():
    head = BBoxHeadAVA(background_class=True, in_channels=8, num_classes=4, topk=(1, 2))
    labels = torch.tensor([[0.0, 1, 0, 1], [0, 0, 1, 0]])
    scores = torch.tensor([[9.0, 2, -1, 0.5], [9, 0, 1, -2], [9, 3, 3, 3]])  # the last one is negative
    found = losses(head, scores, sampled(labels, negatives=1))
    terms = [math.log1p(math.exp(-2)), math.log1p(math.exp(-1)), math.log1p(math.exp(-0.5))]
    terms += [math.log(2), math.log1p(math.exp(-1)), math.log1p(math.exp(-2))]
    assert found['loss_action_cls'].item() == pytest.approx(sum(terms) / 6)
    # above 0: classes 1 and 3 of the first box, class 2 of the second
    assert found['recall@thr=0.5'].item() == pytest.approx(1)
    assert found['prec@thr=0.5'].item() == pytest.approx(1, abs=1e-5)
    assert found['recall@top1'].item() == pytest.approx(0.75)
    assert found['prec@top2'].item() == pytest.approx(0.75)
    assert list(found) == [
        'recall@thr=0.5',
        'prec@thr=0.5',
        'recall@top1',
        'prec@top1',
        'recall@top2',
        'prec@top2',
        'loss_action_cls',
    ]


def test_focal_loss_weights_the_terms_by_their_error():
    labels = torch.tensor([[0.0, 1, 0]])
    scores = torch.tensor([[0.0, 1, 2]])
    focal = BBoxHeadAVA(background_class=True, in_channels=8, num_classes=3, topk=1, focal_alpha=3.0, focal_gamma=2.0)
    terms = [math.log1p(math.exp(-1)), math.log1p(math.exp(2))]
    expected = sum(3 * (1 - math.exp(-t)) ** 2 * t for t in terms) / 2
    assert losses(focal, scores, sampled(labels))['loss_action_cls'].item() == pytest.approx(expected, rel=1e-5)


def test_single_labels_use_the_softmax():
    head = BBoxHeadAVA(background_class=False, in_channels=8, num_classes=3, multilabel=False, topk=None)
    labels = torch.tensor([[1.0, 0, 0], [0, 0, 1]])
    scores = torch.tensor([[1.0, 0, 0], [2, 0, 1]])
    found = losses(head, scores, sampled(labels))
    expected = -math.log(math.e / (math.e + 2)) - math.log(math.e / (math.e + math.e**2 + 1))
    assert found['loss_action_cls'].item() == pytest.approx(expected / 2, rel=1e-5)
    assert (found['recall@thr=0.5'].item(), list(found)) == (
        0.5,
        ['recall@thr=0.5', 'prec@thr=0.5', 'loss_action_cls'],
    )
    # with a background class, two labels of a box are half a label each
    head = BBoxHeadAVA(background_class=True, in_channels=8, num_classes=3, multilabel=False, topk=None)
    found = losses(head, scores[:1], sampled(torch.tensor([[0.0, 1, 1]])))
    assert found['loss_action_cls'].item() == pytest.approx(math.log(2))


def test_without_a_labelled_box_the_loss_is_zero_and_has_a_gradient():
    head = BBoxHeadAVA(background_class=True, in_channels=8, num_classes=3, topk=1)
    scores = seeded_tensor((2, 3)).requires_grad_()
    found = losses(head, scores, sampled(torch.zeros(0, 3), negatives=2))
    assert list(found) == ['loss_action_cls']
    found['loss_action_cls'].backward()
    assert found['loss_action_cls'].item() == 0
    assert torch.equal(scores.grad, torch.zeros(2, 3))


def test_accuracies_of_boxes():
    scores = torch.tensor([[3.0, 2, 1, -1], [-1, -2, -3, -4]])
    target = torch.tensor([[1.0, 0, 1, 0], [0, 1, 0, 0]])
    found = label_accuracies(scores, target, 0.5, (3,), multilabel=True)
    assert found['recall@thr=0.5'].item() == pytest.approx(0.5)  # both of the first, none of the second
    assert found['prec@thr=0.5'].item() == pytest.approx((2 / 3 + 0) / 2)
    assert found['recall@top3'].item() == pytest.approx(1)
    assert found['prec@top3'].item() == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert top_k_matrix(scores, 2).tolist() == [[True, True, False, False]] * 2


def test_forward_pools_over_time_and_space():
    x = seeded_tensor((2, 3, 4, 5, 6))
    head = BBoxHeadAVA(background_class=True, in_channels=3, num_classes=5, dropout_ratio=0.5, topk=1).eval()
    expected = torch.nn.functional.linear(x.mean(2).amax((2, 3)), head.fc_cls.weight, head.fc_cls.bias)
    assert torch.allclose(head(x), expected, atol=1e-6)
    head = BBoxHeadAVA(True, 'max', 'avg', in_channels=3, num_classes=5, mlp_head=True, topk=1).eval()
    assert torch.allclose(head(x), head.fc_cls(x.amax(2).mean((2, 3))), atol=1e-6)
    assert {key: tuple(v.shape) for key, v in head.state_dict().items()} == {
        'fc_cls.0.weight': (3, 3),
        'fc_cls.0.bias': (3,),
        'fc_cls.2.weight': (5, 3),
        'fc_cls.2.bias': (5,),
    }


@pytest.mark.parametrize(('before', 'drops_pixels'), [(True, True), (False, False)])
def test_dropout_before_or_after_pooling(before, drops_pixels):
    torch.manual_seed(0)
    head = BBoxHeadAVA(
        True, 'avg', 'avg', in_channels=4, num_classes=5, dropout_ratio=0.5, dropout_before_pool=before, topk=1
    )
    head.fc_cls = torch.nn.Identity()
    values = head(torch.ones(64, 4, 1, 4, 4)).unique()
    # after pooling a channel is 0 or 2; before it, the mean of 16 pixels that are 0 or 2
    assert (len(values) > 2) == drops_pixels


def test_weights_are_initialized_after_glorot():
    torch.manual_seed(0)
    head = BBoxHeadAVA(background_class=True, in_channels=400, num_classes=200)
    head.init_weights()
    assert head.fc_cls.weight.std().item() == pytest.approx(math.sqrt(2 / 600), rel=0.02)
    assert not head.fc_cls.bias.any()


def test_predictions_are_relative_to_the_original_frame():
    head = BBoxHeadAVA(background_class=True, in_channels=8, num_classes=3, topk=1)
    rois = torch.tensor([[0.0, 20, 10, 60, 50]])
    (found,) = head.predict_by_feat([rois], [torch.tensor([[0.0, 100, -100]])], [dict(img_shape=(100, 200))])
    assert torch.allclose(found.bboxes, torch.tensor([[0.1, 0.1, 0.3, 0.5]]))
    assert torch.allclose(found.scores, torch.tensor([[0.5, 1, 0]]))
    head.multilabel = False
    (found,) = head.predict_by_feat([rois], [torch.tensor([[1.0, 1, 1]])], [dict(img_shape=(100, 200))])
    assert torch.allclose(found.scores, torch.full((1, 3), 1 / 3))


def test_flips_and_crops_are_undone():
    boxes = torch.tensor([[20.0, 10, 60, 50]])
    meta = dict(img_shape=(100, 200), flip=True)
    assert torch.allclose(relative_boxes(boxes, meta), torch.tensor([[139 / 200, 0.1, 179 / 200, 0.5]]))
    meta = dict(img_shape=(100, 200), crop_quadruple=[0.5, 0.2, 0.5, 0.4])
    assert torch.allclose(relative_boxes(boxes, meta), torch.tensor([[0.55, 0.24, 0.65, 0.4]]))
    with pytest.raises(ValueError, match=r'no img_shape among its meta information \(flip\)'):
        relative_boxes(boxes, dict(flip=True))


def test_wrong_arguments_of_the_head_are_named():
    with pytest.raises(ValueError, match=r'topk \(\(3, 5\)\) must be between 1 and num_classes - 1 \(3\)'):
        BBoxHeadAVA(background_class=True, num_classes=4)
    with pytest.raises(ValueError, match="spatial_pool_type \\('sum'\\) must be one of 'avg', 'max'"):
        BBoxHeadAVA(background_class=True, spatial_pool_type='sum')
    head = BBoxHeadAVA(background_class=True, in_channels=8, num_classes=3, topk=1)
    with pytest.raises(ValueError, match=r'BBoxHeadAVA \(3\) differs from the length of the labels \(4\)'):
        losses(head, torch.zeros(1, 3), sampled(torch.ones(1, 4)))
