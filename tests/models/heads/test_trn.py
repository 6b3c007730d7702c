"""TRN: closed forms of the relations, order of the frames, training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from clip_overfitting import overfit
from frame_clips import Frames
from torch import nn

from mmaction.models import TRNHead, build_recognizer
from mmaction.models.heads.trn_head import RelationModule, RelationModuleMultiScale
from mmaction.testing import fill_state_dict, seeded_tensor


def test_one_relation_is_a_network_over_all_frames():
    module = fill_state_dict(RelationModule(3, 4, 5))
    x = seeded_tensor((2, 4, 3))
    first, second = module.classifier[1], module.classifier[3]
    hidden = (x.reshape(2, 12).clamp(min=0) @ first.weight.T + first.bias).clamp(min=0)
    torch.testing.assert_close(module(x), hidden @ second.weight.T + second.bias)
    assert first.weight.shape == (512, 12)


def test_every_scale_gives_as_many_relations_as_are_drawn():
    module = RelationModuleMultiScale(3, 4, 2)
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    for fusion, value in zip(module.fc_fusion_scales, (100.0, 10.0, 1.0)):  # of 4, 3 and 2 frames
        nn.init.constant_(fusion[3].bias, value)
    # 1 of 1 relation of four frames, 3 of 4 of three, 3 of 6 of two
    assert module(seeded_tensor((2, 4, 3))).tolist() == [[133.0, 133.0]] * 2


def test_relations_are_ordered_and_drawn_without_repetition():
    module = RelationModuleMultiScale(1, 5, 1)
    assert [len(r) for r in module.relations_scales] == [1, 5, 10, 10]
    assert all(list(frames) == sorted(set(frames)) for scale in module.relations_scales for frames in scale)
    drawn = []
    module.fc_fusion_scales[3].register_forward_pre_hook(lambda _, args: drawn.append(args[0]))
    for _ in range(20):
        module(torch.arange(1.0, 6).view(1, 5, 1))
    for pairs in drawn:
        pairs = [tuple(pair) for pair in pairs[0].tolist()]
        assert len(set(pairs)) == 3
        assert all(a < b for a, b in pairs)
    assert len({tuple(map(tuple, p[0].tolist())) for p in drawn}) > 5  # anew in every pass


def test_draws_follow_numpys_seed():
    head = fill_state_dict(TRNHead(5, 4, num_segments=6, hidden_dim=8)).eval()
    x = seeded_tensor((12, 4))

    def scores(seed, frames=x):
        np.random.seed(seed)
        return head(frames, num_segs=6)

    assert torch.equal(scores(0), scores(0))
    assert not torch.allclose(scores(0), scores(1))
    assert not torch.allclose(scores(0), scores(0, x.view(2, 6, 4).flip(1).flatten(0, 1)))  # order tells


def test_arguments():
    with pytest.raises(ValueError, match=r"relation_type \('TRNSum'\) must be one of 'TRN', 'TRNMultiScale'"):
        TRNHead(5, 4, relation_type='TRNSum')
    with pytest.raises(ValueError, match=r'num_segments \(1\) must be at least 2'):
        TRNHead(5, 4, num_segments=1)
    head = TRNHead(5, 4, num_segments=8, relation_type='TRN')
    assert type(head.consensus) is RelationModule
    with pytest.raises(ValueError, match=r'num_segs \(12 frames per sample\) must be a multiple of num_segments \(8\)'):
        head(torch.zeros(12, 4), num_segs=12)
    assert head(torch.zeros(16, 4, 3, 3), num_segs=16).shape == (2, 5)


def test_trains():
    torch.manual_seed(0)
    np.random.seed(0)
    model = build_recognizer(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet', depth=18, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,)),
            cls_head=dict(
                type='TRNHead',
                num_classes=4,
                in_channels=64,
                num_segments=3,
                hidden_dim=16,
                dropout_ratio=0,
                init_std=0.1,
                average_clips='prob',
            ),
        )
    )
    model.init_weights()
    first, last = overfit(Frames(model), (3, 3, 24, 24), steps=25, lr=3e-3)
    assert last < 0.1 * first
