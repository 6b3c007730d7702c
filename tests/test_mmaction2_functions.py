"""Helper functions that modules written for MMAction2 import, with values by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mmaction.datasets.repeat_aug_dataset import get_type
from mmaction.datasets.transforms import DecordInit
from mmaction.engine.hooks.output import rgetattr
from mmaction.engine.model.weight_init import conv_branch_init
from mmaction.engine.optimizers.layer_decay import get_layer_id_for_mvit
from mmaction.evaluation.functional.eval_detection import compute_average_precision_detection
from mmaction.evaluation.metrics.acc_metric import to_tensor
from mmaction.testing import generate_recognizer_demo_inputs
from mmaction.utils import dependency


def test_nested_attributes():
    net = nn.Sequential(nn.Sequential(nn.Linear(2, 3)))
    assert rgetattr(net, '0.0.out_features') == 3
    assert rgetattr(net, '0.7.out_features', None) is None
    with pytest.raises(AttributeError, match='absent'):
        rgetattr(net, '0.absent')


def test_initialization_of_a_branch():
    torch.manual_seed(0)
    conv = nn.Conv2d(64, 64, (3, 1))
    conv_branch_init(conv, 4)
    assert conv.bias.abs().max() == 0
    assert conv.weight.std().item() == pytest.approx((2 / (64 * 64 * 3 * 4)) ** 0.5, rel=0.03)


def test_type_of_a_step():
    assert get_type(dict(type='mmaction.DecordInit')) == 'DecordInit'
    assert get_type(DecordInit()) == 'DecordInit'


def test_layer_of_a_parameter():
    names = ('backbone.cls_token', 'backbone.patch_embed.projection.bias', 'backbone.blocks.3.attn.qkv.weight')
    assert [get_layer_id_for_mvit(name, 17) for name in names] == [0, 0, 4]


def test_average_precision_of_detections():
    def segment(video: str, start: float, end: float, **score: float) -> dict:
        return {'video-id': video, 't-start': start, 't-end': end, **score}

    truth = [segment('a', 0, 10), segment('b', 0, 10)]
    found = [segment('a', 0, 8, score=0.9), segment('a', 20, 30, score=0.8), segment('b', 0, 6, score=0.7)]
    # at 0.5: hit, miss, hit, so that precision is 1 up to recall 1/2, then 2/3; at 0.7 the last one misses as well
    result = compute_average_precision_detection(truth, found, np.array([0.5, 0.7]))
    np.testing.assert_allclose(result, [0.5 + 0.5 * 2 / 3, 0.5])
    assert compute_average_precision_detection(truth, [], np.array([0.5])).tolist() == [0]


def test_tensors():
    x = torch.ones(2)
    assert to_tensor(x) is x
    assert to_tensor(np.arange(3)).tolist() == [0, 1, 2]
    assert to_tensor([1.5]).dtype == torch.float32


@pytest.mark.parametrize(
    ('shape', 'kind', 'labels'),
    [((2, 3, 3, 8, 8), '2D', 2), ((1, 3, 3, 4, 8, 8), '3D', 3), ((2, 3, 4, 17, 2), 'skeleton', 2)],
)
def test_inputs_of_recognizers(shape, kind, labels):
    inputs = generate_recognizer_demo_inputs(shape, kind)
    assert inputs['imgs'].shape == shape
    assert inputs['gt_labels'].tolist() == [2] * labels


def test_optional_packages_by_their_flag():
    assert dependency.WITH_MULTIMODAL is dependency.satisfy_requirement('transformers')
    with pytest.raises(AttributeError, match='WITH_NOTHING'):
        dependency.WITH_NOTHING
