"""Mixing of batches: exact for a given weight and box, and consistent between images and labels."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.models import BaseMiniBatchBlending, CutmixBlending, MixupBlending, RandomBatchAugment
from mmaction.models.utils.blending_utils import mix, paste_box
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


def batch(n: int = 4, classes: int = 4, shape=(1, 3, 2, 8, 10)):
    """Image i is filled with the value i and has the label i."""
    imgs = torch.arange(n, dtype=torch.float32).view(n, *[1] * len(shape)).expand(n, *shape).clone()
    return imgs, [ActionDataSample().set_gt_label(i) for i in range(n)]


def test_mix_is_the_weighted_mean():
    x = torch.tensor([[0.0], [10.0], [20.0]])
    got = mix(x, torch.tensor([1, 2, 0]), 0.25)
    assert got.flatten().tolist() == [7.5, 17.5, 5.0]
    assert x.flatten().tolist() == [0, 10, 20]


def test_paste_box_changes_the_box_alone():
    imgs, _ = batch(2)
    got = paste_box(imgs, torch.tensor([1, 0]), (2, 1, 6, 4))
    assert got[0].sum() == (6 - 2) * (4 - 1) * 3 * 2  # pixels of value 1 in an image of zeros, in 3 channels, 2 frames
    assert (got[0, ..., 1:4, 2:6] == 1).all()
    assert got[1].sum() == imgs[1].sum() - got[0].sum()
    assert (imgs[0] == 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**31))
def test_rand_bbox_is_inside_and_no_larger_than_asked(height, width, lam, seed):
    torch.manual_seed(seed)
    x1, y1, x2, y2 = CutmixBlending.rand_bbox((2, 3, height, width), lam)
    assert 0 <= x1 <= x2 <= width and 0 <= y1 <= y2 <= height
    assert (x2 - x1) * (y2 - y1) <= (1 - lam) * height * width + 1e-6


@pytest.mark.parametrize('cfg', [dict(type='MixupBlending', alpha=0.8), dict(type='CutmixBlending', alpha=1.0)])
@pytest.mark.parametrize('seed', range(3))
def test_labels_are_mixed_as_much_as_pixels(cfg, seed):
    """Image i has the value i, so its mean is the expectation of its label."""
    torch.manual_seed(seed)
    imgs, samples = batch()
    mixed, out = MODELS.build(dict(num_classes=4, **cfg))(imgs, samples)
    labels = torch.stack([s.gt_label for s in out])
    assert labels.dtype == torch.float32 and labels.shape == (4, 4)
    torch.testing.assert_close(labels.sum(1), torch.ones(4))
    torch.testing.assert_close(mixed.flatten(1).mean(1), labels @ torch.arange(4.0))


def test_some_batch_is_really_mixed_and_cutmix_keeps_pixels():
    torch.manual_seed(0)
    imgs, samples = batch()
    mixed, samples = CutmixBlending(4, alpha=1.0)(imgs, samples)
    assert set(mixed.unique().tolist()) == {0, 1, 2, 3}
    assert any(0 < s.gt_label.max() < 1 for s in samples)


def test_multi_hot_labels_and_integers_are_mixed_as_floats():
    imgs = torch.tensor([0, 200], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 3, 4, 4)
    samples = [ActionDataSample(gt_label=torch.tensor(x)) for x in ([1, 1, 0], [0, 1, 1])]
    torch.manual_seed(3)
    mixed, samples = MixupBlending(3, alpha=1.0)(imgs, samples)
    share = mixed[0].mean() / 200
    torch.testing.assert_close(samples[0].gt_label, torch.stack([1 - share, torch.tensor(1.0), share]))


def test_random_batch_augment_follows_its_probabilities():
    class Constant(BaseMiniBatchBlending):
        def __init__(self, value):
            super().__init__(4)
            self.value = value

        def do_blending(self, imgs, label):
            return torch.full_like(imgs, self.value), label

    torch.manual_seed(0)
    augment = RandomBatchAugment([Constant(7.0), Constant(8.0)], probs=[0.5, 0.2])
    seen = [augment(*batch(shape=(1,)))[0][1].item() for _ in range(400)]
    assert [seen.count(v) / 400 for v in (7, 8, 1)] == pytest.approx([0.5, 0.2, 0.3], abs=0.06)
    seen = [RandomBatchAugment([Constant(7.0), Constant(8.0)])(*batch(shape=(1,)))[0][1].item() for _ in range(200)]
    assert seen.count(7) / 200 == pytest.approx(0.5, abs=0.1) and seen.count(1) == 0


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: MixupBlending(4, alpha=0), r'alpha \(0\)'),
        (lambda: RandomBatchAugment([]), 'augments is empty'),
        (lambda: RandomBatchAugment(MixupBlending(4), probs=[0.5, 0.5]), 'probs has 2 values for 1 augments'),
        (lambda: RandomBatchAugment([MixupBlending(4)], probs=1.5), r'probs \[1.5\]'),
        (lambda: RandomBatchAugment([MixupBlending(4), MixupBlending(5)]), r'num_classes, got \[4, 5\]'),
        (lambda: MixupBlending(4)(torch.zeros(3, 1), batch()[1]), '3 images, but 4 samples'),
        (
            lambda: MixupBlending(4)(torch.zeros(1, 1), [ActionDataSample(gt_label=torch.ones(3))]),
            '3 values for 4 classes',
        ),
    ],
)
def test_bad_arguments(build, message):
    with pytest.raises(ValueError, match=message):
        build()
