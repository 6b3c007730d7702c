"""TIN: interlacing against loops and closed forms, its gradient, weights of other nets, training."""

from __future__ import annotations

import math

import pytest
import torch
from clip_overfitting import assert_half_agrees, overfit
from frame_clips import Frames
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from mmaction.models import ResNet, ResNetTIN, ResNetTSM, TemporalInterlace, build_recognizer
from mmaction.models.backbones.resnet.tin import CombineNet
from mmaction.models.common.temporal_interlace import OffsetNet, WeightNet, interlace, shift_matrix
from mmaction.testing import fill_state_dict, seeded_tensor

SMALL = dict(depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,), num_segments=4, shift_div=4)


def shift(x, offset):
    """The shift, frame by frame: x (T, C), offset a number."""
    out = torch.zeros_like(x)
    low = math.floor(offset)
    for whole, share in ((low, 1 - (offset - low)), (low + 1, offset - low)):
        for t in range(len(x)):
            if 0 <= t - whole < len(x):
                out[t] += share * x[t - whole]
    return out


def test_shift_matrix_of_known_offsets():
    eye = torch.eye(4)
    later, earlier = torch.diag(torch.ones(3), -1), torch.diag(torch.ones(3), 1)
    got = shift_matrix(torch.tensor([[0.0, 1.0, -1.0, 0.25, -0.5, 4.0]]), 4)[0]
    for matrix, want in zip(got, (eye, later, earlier, 0.75 * eye + 0.25 * later, (eye + earlier) / 2, 0 * eye)):
        torch.testing.assert_close(matrix, want)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=3), st.integers(1, 6))
def test_interlace_is_a_shift_of_each_group(offsets, frames):
    x = seeded_tensor((1, frames, 6, 2)).double()
    got = interlace(x, torch.tensor([offsets]).double())[0]
    for group, offset in enumerate(offsets):
        part = slice(2 * group, 2 * group + 2)
        torch.testing.assert_close(got[:, part].flatten(1), shift(x[0, :, part].flatten(1), offset))


def test_gradients_reach_the_data_the_offsets_and_the_weights():
    x, offset, weight = seeded_tensor((2, 4, 4, 3)), torch.tensor([[0.3, -1.6], [1.2, -0.7]]), seeded_tensor((2, 4, 2))
    arguments = [t.double().requires_grad_() for t in (x, offset, weight)]
    assert torch.autograd.gradcheck(interlace, arguments)


def test_what_decides_the_shift():
    x = seeded_tensor((2, 6, 8))
    offsets, weights = OffsetNet(6, 2, 8), WeightNet(6, 2)
    for linear in (offsets.fc2, weights.conv):
        nn.init.zeros_(linear.weight)
    torch.testing.assert_close(offsets(x), torch.full((2, 2), 0.5), rtol=0, atol=1e-4)  # at the start
    torch.testing.assert_close(weights(x), torch.ones(2, 8, 2))
    nn.init.constant_(offsets.fc2.bias, 100)
    assert offsets(x).tolist() == [[2.0, 2.0]] * 2
    nn.init.constant_(weights.conv.bias, math.log(3))
    torch.testing.assert_close(weights(x), torch.full((2, 8, 2), 1.5))


def test_twins_move_the_other_way_and_the_rest_stays():
    module = TemporalInterlace(16, num_segments=4, shift_div=2)
    for linear in (module.offset_net.fc2, module.weight_net.conv):
        nn.init.zeros_(linear.weight)
    module.offset_net.fc2.bias.data = torch.tensor([0.0, math.log(3)])  # 0 and 1 frames
    x = seeded_tensor((8, 16, 3, 3))
    got, clips = module(x).view(2, 4, 16, 3, 3), x.view(2, 4, 16, 3, 3)
    for part, offset in (((0, 2), 0), ((2, 4), 1), ((4, 6), 0), ((6, 8), -1)):
        for n in range(2):
            want = shift(clips[n, :, slice(*part)].flatten(1), offset)
            torch.testing.assert_close(got[n, :, slice(*part)].flatten(1), want)
    assert torch.equal(got[:, :, 8:], clips[:, :, 8:])


def test_arguments():
    with pytest.raises(ValueError, match=r'5 of in_channels \(10\) move with shift_div \(2\).*multiple of 4'):
        TemporalInterlace(10, 4, 2)
    with pytest.raises(ValueError, match=r'batch of 6 frames'):
        TemporalInterlace(16, 4, 1)(torch.zeros(6, 16, 2, 2))
    with pytest.raises(TypeError, match='is_tim'):
        ResNetTIN(18, is_tim=True)
    plain = ResNetTIN(is_tin=False, **SMALL)
    assert set(plain.state_dict()) == set(ResNet(**{k: SMALL[k] for k in list(SMALL)[:5]}).state_dict())


def test_non_local_blocks_and_halved_frames():
    net = fill_state_dict(
        ResNetTIN(**SMALL, temporal_pool=True, non_local=((0, 1), 0), non_local_cfg=dict(mode='gaussian')),
    ).eval()
    assert net.layer2.net[0].conv1.conv.net1.num_segments == 2
    assert hasattr(net.layer1[1], 'non_local_block')
    with torch.no_grad():
        assert net(seeded_tensor((8, 3, 16, 24))).shape == (4, 128, 2, 3)


def test_weights_of_a_2d_net_and_of_a_tsm(tmp_path):
    plain = fill_state_dict(ResNet(**{k: SMALL[k] for k in list(SMALL)[:5]}))
    torch.save(plain.state_dict(), tmp_path / 'resnet.pth')
    net = ResNetTIN(pretrained=str(tmp_path / 'resnet.pth'), torchvision_pretrain=False, **SMALL)
    net.init_weights()
    assert isinstance(net.layer2[1].conv1.conv, CombineNet)
    assert torch.equal(net.layer2[1].conv1.conv.net2.weight, plain.layer2[1].conv1.conv.weight)

    tsm = fill_state_dict(ResNetTSM(**SMALL))
    with torch.no_grad():
        tsm.layer1[0].conv1.conv.net.weight.add_(1)
    rest = ResNetTIN(**SMALL).load_state_dict(tsm.state_dict(), strict=False)
    assert rest.unexpected_keys == []
    assert {name.split('.')[4] for name in rest.missing_keys} == {'net1'}
    net.load_state_dict(tsm.state_dict(), strict=False)
    assert torch.equal(net.layer1[0].conv1.conv.net2.weight, tsm.layer1[0].conv1.conv.net.weight)
    net.load_state_dict(net.state_dict(), strict=True)


def test_trains_and_half_agrees():
    torch.manual_seed(0)
    head = dict(type='TSMHead', num_classes=4, in_channels=128, num_segments=4, dropout_ratio=0, init_std=0.05)
    model = build_recognizer(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNetTIN', **SMALL),
            cls_head=dict(head, is_shift=False, average_clips='prob'),
        )
    )
    model.init_weights()
    first, last = overfit(Frames(model), (4, 3, 24, 24), steps=20, lr=2e-3)
    assert last < 0.1 * first
    assert_half_agrees(model.backbone, seeded_tensor((4, 3, 24, 24)))
