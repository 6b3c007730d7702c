from __future__ import annotations

import pytest
import torch

from mmaction.models import VideoClassifier
from mmaction.structures import ActionDataSample


def test_mean_pooling_is_a_linear_layer_on_the_mean():
    model = VideoClassifier(3, 2, pooling='mean').eval()
    features = torch.randn(3, 5)
    (sample,) = model([features], mode='predict')
    expected = model.probe.fc_cls(features.mean(1)).softmax(0)
    assert sample.pred_score.shape == (5, 2)
    assert torch.allclose(sample.pred_score, expected.expand(5, 2), atol=1e-6)


@pytest.mark.parametrize('pooling', ['mean', 'attention'])
def test_padding_has_no_influence(pooling):
    torch.manual_seed(0)
    model = VideoClassifier(64, 3, pooling=pooling).eval()
    videos = [torch.randn(64, 4), torch.randn(64, 9)]
    together = model(videos, mode='predict')
    for video, sample in zip(videos, together):
        (alone,) = model([video], mode='predict')
        assert torch.allclose(sample.pred_score, alone.pred_score, atol=1e-6)
        assert (sample.pred_score == sample.pred_score[0]).all()


def test_it_learns_from_labels_per_step():
    model = VideoClassifier(4, 2, pooling='attention')
    samples = [ActionDataSample().set_gt_label(torch.full((6,), label)) for label in (0, 1)]
    losses = model([torch.randn(4, 6), torch.randn(4, 6)], samples, mode='loss')
    assert losses['loss_smooth'] == 0
    losses['loss_cls'].backward()
    assert model.probe.query.grad.abs().sum() > 0


def test_an_unknown_pooling_is_named():
    with pytest.raises(ValueError, match=r"pooling \('max'\) must be one of 'mean', 'attention'"):
        VideoClassifier(3, 2, pooling='max')
