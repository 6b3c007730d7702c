"""Losses against torch, closed forms and hand-computed numbers."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from mmaction.models import BaseWeightedLoss, BCELossWithLogits, CBFocalLoss, CrossEntropyLoss, HVULoss, NLLLoss
from mmaction.testing import seeded_tensor

SCORES = seeded_tensor((6, 5), 1)
LABELS = torch.tensor([0, 3, 4, 1, 1, 2])
TAGS = (seeded_tensor((6, 5), 2) > 0).float()
WEIGHT = [1.0, 2.0, 0.5, 3.0, 0.0]


@pytest.mark.parametrize('class_weight', [None, WEIGHT])
def test_hard_and_one_hot_targets_agree_with_torch(class_weight):
    weight = None if class_weight is None else torch.tensor(class_weight)
    loss = CrossEntropyLoss(loss_weight=0.7, class_weight=class_weight)
    want = 0.7 * F.cross_entropy(SCORES, LABELS, weight=weight)
    torch.testing.assert_close(loss(SCORES, LABELS), want)
    torch.testing.assert_close(loss(SCORES, F.one_hot(LABELS, 5).float()), want)


def test_soft_targets_agree_with_torch():
    target = seeded_tensor((6, 5), 3).softmax(1)
    torch.testing.assert_close(CrossEntropyLoss()(SCORES, target), F.cross_entropy(SCORES, target))


def test_class_weights_travel_with_the_module_but_not_with_the_checkpoint():
    loss = CrossEntropyLoss(class_weight=WEIGHT)
    assert loss.state_dict() == {}
    assert loss.double().class_weight.dtype == torch.float64


@pytest.mark.parametrize('kind', [CrossEntropyLoss, BCELossWithLogits])
def test_class_weights_of_another_length(kind):
    target = LABELS if kind is CrossEntropyLoss else TAGS
    with pytest.raises(ValueError, match='class_weight has 2 values for 5 classes'):
        kind(class_weight=[1.0, 2.0])(SCORES, target)


def test_nll_and_bce_agree_with_torch():
    log_probs = SCORES.log_softmax(1)
    torch.testing.assert_close(NLLLoss(0.5)(log_probs, LABELS), 0.5 * F.nll_loss(log_probs, LABELS))
    want = 0.5 * F.binary_cross_entropy_with_logits(SCORES, TAGS, weight=torch.tensor(WEIGHT))
    torch.testing.assert_close(BCELossWithLogits(0.5, class_weight=WEIGHT)(SCORES, TAGS.long()), want)


def test_only_entries_named_loss_are_weighted():
    class Two(BaseWeightedLoss):
        def _forward(self, x):
            return {'loss_a': x, 'hits': x}

    assert Two(loss_weight=3.0)(2.0) == {'loss_a': 6.0, 'hits': 2.0}


def test_cb_focal_of_two_classes_by_hand():
    # beta 0.5: effective numbers 1, 1.5 -> weights 1, 2/3 -> times 2 / (5/3): 1.2, 0.8
    loss = CBFocalLoss(samples_per_cls=[1, 2], beta=0.5, gamma=2.0)
    assert loss.weights.tolist() == pytest.approx([1.2, 0.8])
    x = torch.tensor([[1.0, -2.0]])
    p = [1 / (1 + math.exp(-1)), 1 / (1 + math.exp(2))]
    want = 1.2 * (-((1 - p[0]) ** 2) * math.log(p[0]) - p[1] ** 2 * math.log(1 - p[1]))
    assert loss(x, torch.tensor([0])).item() == pytest.approx(want, rel=1e-5)


def test_cb_focal_without_modulation_and_balance_is_bce():
    got = CBFocalLoss(samples_per_cls=[7] * 5, beta=0.9, gamma=0.0)(SCORES, LABELS)
    bce = F.binary_cross_entropy_with_logits(SCORES, F.one_hot(LABELS, 5).float(), reduction='sum') / 6
    torch.testing.assert_close(got, bce)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(samples_per_cls=[3, 0]), r'samples_per_cls \(\[3, 0\]\)'),
        (dict(), r'samples_per_cls \(\(\)\)'),
        (dict(samples_per_cls=[3], beta=1.0), r'beta \(1.0\)'),
    ],
)
def test_cb_focal_checks_its_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        CBFocalLoss(**kwargs)


HVU = dict(categories=('a', 'b'), category_nums=(2, 3), category_loss_weights=(1, 3))


@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_hvu_all(reduction):
    raw = F.binary_cross_entropy_with_logits(SCORES, TAGS, reduction='none')
    want = raw.mean() if reduction == 'mean' else raw.sum() / 6
    got = HVULoss(**HVU, loss_type='all', reduction=reduction, loss_weight=2.0)(SCORES, TAGS)
    torch.testing.assert_close(got, {'loss_cls': 2 * want})
    mask = torch.tensor([1.0, 1, 0, 0, 1]).expand(6, 5)
    got = HVULoss(**HVU, loss_type='all', reduction=reduction, with_mask=True)(SCORES, TAGS, mask=mask)
    kept = raw[:, [0, 1, 4]]
    torch.testing.assert_close(got['loss_cls'], kept.mean() if reduction == 'mean' else kept.sum() / 6)


def test_hvu_individual_weighs_categories_and_drops_unannotated_ones():
    raw = F.binary_cross_entropy_with_logits(SCORES, TAGS, reduction='none')
    a, b = raw[:, :2].mean(), raw[:, 2:].mean()
    got = HVULoss(**HVU, loss_type='individual')(SCORES, TAGS)
    torch.testing.assert_close(got['loss_cls'], (a + 3 * b) / 4)
    torch.testing.assert_close(torch.stack([got['a_LOSS'], got['b_LOSS']]), torch.stack([a, b]))
    assert (got['a_LOSS_weight'].item(), got['b_LOSS_weight'].item()) == (0.25, 0.75)

    category_mask = torch.tensor([[1, 0], [0, 0], [1, 0], [0, 0], [0, 0], [0, 0]])
    got = HVULoss(**HVU, loss_type='individual', with_mask=True)(SCORES, TAGS, category_mask=category_mask)
    torch.testing.assert_close(got['loss_cls'], raw[[0, 2], :2].mean())
    assert got['b_LOSS'].item() == 0


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(loss_type='each'), r"loss_type \('each'\)"),
        (dict(reduction='none'), r"reduction \('none'\)"),
        (dict(category_nums=(2,)), r'categories \(2\), category_nums \(1\)'),
        (dict(category_loss_weights=(0, 0)), r'category_loss_weights \(\(0, 0\)\)'),
    ],
)
def test_hvu_checks_its_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        HVULoss(**{**HVU, **kwargs})


def test_hvu_names_the_mask_it_misses():
    with pytest.raises(ValueError, match='needs category_mask'):
        HVULoss(**HVU, loss_type='individual', with_mask=True)(SCORES, TAGS)


# --- arguments of a call ---------------------------------------------------------------------------------------------
def test_arguments_of_torch_reach_its_loss_functions():
    scores, labels = seeded_tensor((3, 4)), torch.tensor([0, 2, 3])
    got = CrossEntropyLoss(loss_weight=2.0)(scores, labels, ignore_index=2)
    torch.testing.assert_close(got, 2 * F.cross_entropy(scores[[0, 2]], labels[[0, 2]]))
    weighted = CrossEntropyLoss(class_weight=(1, 2, 3, 4))(scores, labels, reduction='none')
    torch.testing.assert_close(weighted, F.cross_entropy(scores, labels, torch.arange(1.0, 5), reduction='none'))
    target = (seeded_tensor((3, 4), 1) > 0).float()
    got = BCELossWithLogits()(scores, target, pos_weight=torch.arange(4.0))
    torch.testing.assert_close(got, F.binary_cross_entropy_with_logits(scores, target, pos_weight=torch.arange(4.0)))


def test_arguments_that_cannot_be_followed():
    scores = seeded_tensor((3, 4))
    with pytest.raises(ValueError, match=r"\['ignore_index'\] have no effect on soft labels \(3, 4\)"):
        CrossEntropyLoss()(scores, scores.softmax(1), ignore_index=2)
    with pytest.raises(ValueError, match='weight is given twice'):
        CrossEntropyLoss(class_weight=(1, 2, 3, 4))(scores, torch.tensor([0, 1, 2]), weight=torch.ones(4))
