"""TANet: closed forms of the adaptive module, weights of 2D nets, training."""

from __future__ import annotations

import pytest
import torch
from clip_overfitting import assert_half_agrees, overfit
from frame_clips import Frames
from torch import nn

from mmaction.models import TAM, ResNet, TANet, build_recognizer
from mmaction.models.backbones.resnet.tanet import TABlock
from mmaction.testing import fill_state_dict, seeded_tensor

SMALL = dict(depth=50, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,))


def still(tam):
    """Both branches say the same of every clip: half of each frame, and a kernel of thirds."""
    nn.init.zeros_(tam.L[3].weight)
    nn.init.zeros_(tam.G[3].weight)
    return tam


def test_even_kernel_is_a_moving_average():
    x = seeded_tensor((8, 4, 3, 3))
    clips = torch.nn.functional.pad(x.view(2, 4, 4, 3, 3), (0, 0, 0, 0, 0, 0, 1, 1))
    want = sum(clips[:, k : k + 4] for k in range(3)) / 3 / 2
    for module in (still(TAM(4, 4)).eval(), still(TAM(4, 4, alpha=3, beta=2, conv1d_kernel_size=5))):
        torch.testing.assert_close(module(x), want.flatten(0, 1))


def test_each_channel_of_each_clip_has_its_own_kernel():
    tam = fill_state_dict(TAM(4, 3)).eval()
    tam.G[3].weight.data *= 20
    x = seeded_tensor((6, 4, 2, 2))
    mean = x.view(2, 3, 4, 4).mean(3)  # (N, T, C)
    importance = tam.L(mean.transpose(1, 2))  # (N, C, T)
    want = torch.zeros(2, 3, 4, 2, 2)
    for n in range(2):
        for c in range(4):
            kernel = tam.G(mean[n, :, c][None])[0]
            assert kernel.sum().item() == pytest.approx(1)
            for t in range(3):
                for k, s in enumerate((t - 1, t, t + 1)):
                    if 0 <= s < 3:
                        want[n, t, c] += kernel[k] * importance[n, c, s] * x.view(2, 3, 4, 2, 2)[n, s, c]
    torch.testing.assert_close(tam(x), want.flatten(0, 1))


def test_every_clip_is_for_itself():
    net = fill_state_dict(TANet(num_segments=4, **SMALL)).eval()
    x = seeded_tensor((8, 3, 24, 24))
    with torch.no_grad():
        torch.testing.assert_close(net(x), torch.cat([net(x[:4]), net(x[4:])]))
        torch.testing.assert_close(net(x.to(memory_format=torch.channels_last)), net(x))


def test_weights_of_a_2d_net(tmp_path):
    plain = fill_state_dict(ResNet(**SMALL))
    torch.save(plain.state_dict(), tmp_path / 'resnet.pth')
    net = TANet(num_segments=4, pretrained=str(tmp_path / 'resnet.pth'), torchvision_pretrain=False, **SMALL)
    before = net.layer1[0].tam.G[0].weight.clone()
    net.init_weights()
    assert torch.equal(net.layer1[2].block.conv3.conv.weight, plain.layer1[2].conv3.conv.weight)
    assert torch.equal(net.conv1.bn.running_var, plain.conv1.bn.running_var)
    assert torch.equal(net.layer1[0].tam.G[0].weight, before)


def test_frozen_stages_reach_the_adaptive_modules():
    net = TANet(num_segments=4, frozen_stages=1, **SMALL).train()
    assert not any(p.requires_grad for p in net.parameters())
    assert not any(m.training for m in net.layer1.modules())


def test_arguments():
    with pytest.raises(ValueError, match=r'A TABlock needs a Bottleneck, got BasicBlock: depth must be 50'):
        TANet(18, 8)
    with pytest.raises(
        ValueError, match=r'stride 2 and padding 1 turns num_segments \(8\) frames into 4.*padding 1 do'
    ):
        TAM(4, 8, adaptive_convolution_stride=2)
    with pytest.raises(ValueError, match=r'beta \(8\) must be in 1..4'):
        TAM(4, 8, beta=8)
    with pytest.raises(ValueError, match=r'alpha \(0\) must be at least 1'):
        TAM(4, 8, alpha=0)
    with pytest.raises(ValueError, match=r'num_segments \(0\)'):
        TANet(num_segments=0, **SMALL)
    with pytest.raises(ValueError, match=r'batch of 6 frames does not divide into clips of num_segments \(4\)'):
        TAM(4, 4)(torch.zeros(6, 4, 2, 2))
    net = TANet(num_segments=4, tam_cfg=dict(adaptive_kernel_size=5, adaptive_convolution_padding=2), **SMALL)
    assert isinstance(net.layer1[0], TABlock)
    assert net.layer1[0].tam.G[3].weight.shape == (5, 8)


def test_recomputing_blocks_changes_nothing():
    x, results = seeded_tensor((4, 3, 16, 16)), []
    for with_cp in (False, True):
        net = fill_state_dict(TANet(num_segments=4, with_cp=with_cp, **SMALL))
        net(x).square().mean().backward()
        results.append([p.grad for p in net.parameters()] + [net.layer1[1].tam.L[1].running_mean])
    for a, b in zip(*results):
        torch.testing.assert_close(a, b)


def test_trains_and_half_agrees():
    torch.manual_seed(0)
    head = dict(type='TSMHead', num_classes=4, in_channels=256, num_segments=4, dropout_ratio=0, init_std=0.05)
    model = build_recognizer(
        dict(
            type='Recognizer2D',
            backbone=dict(type='TANet', num_segments=4, **SMALL),
            cls_head=dict(head, average_clips='prob'),
        )
    )
    model.init_weights()
    first, last = overfit(Frames(model), (4, 3, 24, 24), steps=40, lr=5e-4)
    assert last < 0.1 * first
    assert_half_agrees(model.backbone, seeded_tensor((4, 3, 24, 24)))
