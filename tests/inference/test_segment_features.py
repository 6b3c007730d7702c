"""Segments in seconds from the predictions of a network, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmaction.inference import segment_features
from mmaction.models import LinearSegmentor


@pytest.fixture
def model():
    """A network that gives channel k of the features as logit of class k."""
    model = LinearSegmentor(3, 3, classes=['background', 'hug', 'kick']).eval()
    with torch.no_grad():
        model.fc_cls.weight.copy_(torch.eye(3))
        model.fc_cls.bias.zero_()
    return model


def test_segments_by_hand(model):
    features = 5 * np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 1, 2, 0, 1]]
    found = segment_features(model, features, step_sec=0.5, start_sec=1.0, name='net')
    assert [(s.start_sec, s.end_sec, s.label, s.model) for s in found] == [
        (2.0, 3.5, 'hug', 'net'),
        (3.5, 4.0, 'kick', 'net'),
        (4.5, 5.0, 'hug', 'net'),
    ]
    assert found[0].score == pytest.approx(np.exp(5) / (np.exp(5) + 2), rel=1e-5)
    assert [s.label for s in segment_features(model, features, 0.5, background=(), min_sec=1.0)] == [
        'background',
        'hug',
    ]
    with pytest.raises(ValueError, match=r'step_sec \(0\) must be positive'):
        segment_features(model, features, 0)
    with pytest.raises(ValueError, match=r'must be \(3, T\)'):
        segment_features(model, features[:, :2], 0.5)


def test_labels_are_numbers_without_class_names(model):
    model.classes = None
    features = 5 * np.eye(3, dtype=np.float32)[[1, 2]]
    assert [s.label for s in segment_features(model, features, 1.0)] == ['1', '2']
