"""Losses of temporal localization by closed forms and hand-made examples."""

from __future__ import annotations

import math
from types import SimpleNamespace as Cfg

import pytest
import torch
import torch.nn.functional as F

from mmaction.models import BinaryLogisticRegressionLoss, BMNLoss, OHEMHingeLoss, SSNLoss
from mmaction.registry import MODELS

LOG = math.log


# --- binary logistic regression ---------------------------------------------------------------------------------------
def test_binary_logistic_regression_by_hand():
    score = torch.tensor([[0.9, 0.2], [0.3, 0.4]])
    label = torch.tensor([[1.0, 0.0], [0.5, 0.2]])  # 0.5 is not above the threshold
    # one of four is positive: ratio 4, weights 4 / (2 * 3) and 4 / 2
    want = -(2 * LOG(0.9) + 2 / 3 * (LOG(0.8) + LOG(0.7) + LOG(0.6))) / 4
    loss = MODELS.build(dict(type='BinaryLogisticRegressionLoss'))
    assert loss(score, label, eps=0).item() == pytest.approx(want, rel=1e-6)
    assert loss(score, label).item() == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize(('positives', 'ratio'), [(0, 10), (1, 10), (5, 2), (10, 1.05)])
def test_both_halves_have_the_same_say(positives, ratio):
    label = (torch.arange(10) < positives).float()
    ratio = min(ratio, 10)
    got = BinaryLogisticRegressionLoss()(torch.full((10,), 0.5), label, eps=0)
    weights = positives * ratio / 2 + (10 - positives) * ratio / (2 * (ratio - 1))
    assert got.item() == pytest.approx(weights * LOG(2) / 10, rel=1e-5)
    if 0 < positives < 10:
        assert got.item() == pytest.approx(LOG(2), rel=1e-5)  # what plain cross entropy gives at 0.5


def test_binary_logistic_regression_stays_finite_and_checks():
    score = torch.tensor([0.0, 1.0], requires_grad=True)
    loss = BinaryLogisticRegressionLoss()(score, torch.tensor([1.0, 0.0]))
    loss.backward()
    assert loss.item() == pytest.approx(-LOG(1e-5), rel=1e-3)
    assert score.grad.isfinite().all()
    with pytest.raises(ValueError, match='reg_score has 2 entries, but label has 3'):
        BinaryLogisticRegressionLoss()(torch.rand(2), torch.rand(3))
    with pytest.raises(ValueError, match=r'ratio_range \(1, 21\) must be two numbers above 1'):
        BinaryLogisticRegressionLoss()(torch.rand(2), torch.rand(2), ratio_range=(1, 21))


# --- BMN --------------------------------------------------------------------------------------------------------------
MASK = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])  # durations 1 and 2, starts 0..2
IOU = torch.tensor([[[0.95, 0.5, 0.1], [0.8, 0.0, 0.0]]])


def test_regression_takes_all_of_high_iou_and_a_share_of_the_others():
    pred = torch.full_like(IOU, 0.25)
    # two of high, one of middle, one of low IoU: shares of 2 and 2, so all of them count; those of 0 never do
    counted = torch.tensor([0.95, 0.5, 0.1, 0.8])
    want = 0.5 * (0.25 - counted).square().mean()
    torch.testing.assert_close(BMNLoss.pem_reg_loss(pred, IOU, MASK), want)


def test_regression_draws_as_many_of_low_iou_as_there_are_of_high():
    torch.manual_seed(0)
    iou = torch.cat([torch.full((100,), 0.9), torch.full((10000,), 0.2)]).view(1, 100, 101)
    pred = torch.where(iou > 0.5, iou, iou + 1)  # an error of 1 for each of low IoU that is drawn
    loss = BMNLoss.pem_reg_loss(pred, iou, torch.ones(100, 101))
    drawn = 100 * 2 * loss / (1 - 2 * loss)  # loss = drawn / 2 / (100 + drawn)
    assert 70 < drawn < 130
    none_high = BMNLoss.pem_reg_loss(pred, iou.clamp(max=0.5), torch.ones(100, 101))
    assert none_high == 0


def test_classification_is_weighted_over_the_mask():
    pred = torch.tensor([[[0.9, 0.2, 0.3], [0.4, 0.5, 0.99]]])
    # one positive, four negatives, one beyond the end: ratio 5, weights 5 / 8 and 5 / 2
    want = -(2.5 * LOG(0.9) + 0.625 * sum(LOG(1 - p) for p in (0.2, 0.3, 0.4, 0.5))) / 5
    assert BMNLoss.pem_cls_loss(pred, IOU, MASK, eps=0).item() == pytest.approx(want, rel=1e-5)


def test_bmn_is_the_weighted_sum_of_its_parts():
    torch.manual_seed(0)
    maps = torch.rand(2, 2, 2, 3, requires_grad=True)
    start, end, gt_start, gt_end = torch.rand(4, 2, 3)
    iou = IOU.repeat(2, 1, 1)
    loss, tem, reg, cls = BMNLoss()(maps, start, end, iou, gt_start, gt_end, MASK, 2.0, 3.0, 0.5)
    binary = BinaryLogisticRegressionLoss()
    torch.testing.assert_close(tem, binary(start, gt_start) + binary(end, gt_end))
    torch.testing.assert_close(cls, BMNLoss.pem_cls_loss(maps[:, 1], iou, MASK))
    torch.testing.assert_close(reg, BMNLoss.pem_reg_loss(maps[:, 0], iou, MASK))
    torch.testing.assert_close(loss, 2 * tem + 3 * reg + 0.5 * cls)
    loss.backward()
    assert maps.grad[:, :, 1, 2].abs().sum() == 0  # ends beyond the video
    assert (maps.grad[:, :, 0, 0] != 0).all()


# --- SSN --------------------------------------------------------------------------------------------------------------
def test_hinge_of_the_hardest_by_hand():
    pred = torch.tensor([[0.2, 9.0], [1.5, 9.0], [9.0, -0.5], [9.0, 0.7]], requires_grad=True)
    labels = torch.tensor([1, 1, 2, 2])
    # losses 0.8, 0, 1.5, 0.3
    whole = OHEMHingeLoss.apply(pred, labels, 1, 1.0, 2)
    torch.testing.assert_close(whole, torch.tensor([2.6]))
    (whole * 3).sum().backward()
    assert torch.equal(pred.grad, torch.tensor([[-3.0, 0], [0, 0], [0, -3], [0, -3]]))
    half = OHEMHingeLoss.apply(pred.detach(), labels, 1, 0.5, 2)
    torch.testing.assert_close(half, torch.tensor([0.8 + 1.5]))
    negative = OHEMHingeLoss.apply(pred.detach(), labels, -1, 0.5, 4)  # 1.2, 2.5, 0.5, 1.7
    torch.testing.assert_close(negative, torch.tensor([2.5 + 1.7]))


def test_gradient_of_the_hinge_is_that_of_its_value():
    torch.manual_seed(0)
    pred = torch.randn(6, 3, dtype=torch.double, requires_grad=True)
    labels = torch.tensor([1, 2, 3, 1, 2, 3])
    assert torch.autograd.gradcheck(lambda x: OHEMHingeLoss.apply(x, labels, -1, 0.67, 3), pred)


def test_hinge_checks():
    with pytest.raises(ValueError, match='pred has 2 rows and labels 3 entries'):
        OHEMHingeLoss.apply(torch.zeros(2, 2), torch.ones(3), 1, 1.0, 1)
    with pytest.raises(ValueError, match=r'4 rows of pred cannot be divided into groups of group_size \(3\)'):
        OHEMHingeLoss.apply(torch.zeros(4, 2), torch.ones(4), 1, 1.0, 3)


def test_ssn():
    torch.manual_seed(0)
    sampler = Cfg(num_per_video=8, positive_ratio=1, background_ratio=1, incomplete_ratio=6)
    train_cfg = Cfg(ssn=Cfg(sampler=sampler, loss_weight=Cfg(comp_loss_weight=0.1, reg_loss_weight=0.5)))
    kind = torch.tensor([[0, 1, 1, 1, 1, 1, 1, 2]] * 2)
    labels = torch.tensor([[2, 2, 2, 2, 2, 2, 2, 0], [1, 1, 1, 1, 1, 1, 1, 0]])
    activity, complete = torch.randn(16, 4), torch.randn(16, 3)
    boxes, targets = torch.randn(16, 3, 2), torch.randn(2, 8, 2)
    losses = SSNLoss()(activity, complete, boxes, kind, labels, targets, train_cfg)

    rows = [0, 7, 8, 15]
    torch.testing.assert_close(losses['loss_activity'], F.cross_entropy(activity[rows], labels.view(-1)[rows]))
    positive = (1 - torch.stack([complete[0, 1], complete[8, 0]])).clamp(min=0).sum()
    hardest = torch.stack([(1 + complete[1:7, 1]).clamp(min=0).max(), (1 + complete[9:15, 0]).clamp(min=0).max()]).sum()
    # 2 positive and int(12 * 0.17) = 2 incomplete ones count, the hardest of each video
    torch.testing.assert_close(losses['loss_completeness'], 0.1 * (positive + hardest).view(1) / 4)
    reg = F.smooth_l1_loss(torch.stack([boxes[0, 1], boxes[8, 0]]), targets[:, 0])
    torch.testing.assert_close(losses['loss_reg'], 0.5 * 2 * reg)
    assert 'loss_reg' not in SSNLoss()(activity, complete, None, kind, labels, targets, train_cfg)
