"""C3D and BNInception."""

from __future__ import annotations

import backbone_goldens as goldens
import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models.backbones import C3D, BNInception
from mmaction.testing import fill_state_dict


@pytest.mark.parametrize('name', ['c3d', 'bn_inception_flow'])
def test_golden(name):
    goldens.check(name)


def test_c3d_parameter_count():
    with torch.device('meta'):
        net = C3D()
    head = 4096 * 101 + 101
    assert sum(p.numel() for p in net.parameters()) + head == 78_409_573  # as published


def test_c3d_says_what_clip_it_takes():
    with torch.device('meta'):
        net, clip = C3D(), torch.zeros(1, 3, 16, 64, 64)
    with pytest.raises(ValueError, match=r'clip of \(16, 64, 64\) .* gives 4608 features, but out_dim \(8192\)'):
        net(clip)
    with pytest.raises(ValueError, match=r"style \('tf'\)"):
        C3D(style='tf')


def test_c3d_initialisation_and_dropout(tmp_path):
    net = C3D(out_dim=512, init_std=0.02, dropout_ratio=0.9, norm_cfg=dict(type='BN3d'))
    net.init_weights()
    assert abs(net.fc7.weight.std().item() - 0.02) < 1e-4 and not net.fc7.bias.any()
    weight = net.conv3b.conv.weight
    assert abs(weight.std().item() - (2 / (256 * 27)) ** 0.5) < 2e-4
    assert 'conv1a.bn.weight' in net.state_dict() and 'conv1a.conv.bias' not in net.state_dict()
    x = torch.randn(1, 3, 16, 16, 16)
    net.eval()
    assert torch.equal(net(x), net(x))
    net.dropout.train()
    kept = []
    net.fc7.register_forward_pre_hook(lambda _, args: kept.append((args[0] != 0).float().mean().item()))
    net(x)
    assert 0.02 < kept[0] < 0.08  # half of the rectified features, a tenth of these

    torch.save(net.state_dict(), tmp_path / 'c3d.pth')
    other = C3D(out_dim=512, norm_cfg=dict(type='BN3d'), pretrained=str(tmp_path / 'c3d.pth'))
    other.init_weights()
    assert torch.equal(other.fc6.weight, net.fc6.weight)


def test_bn_inception_layout():
    net = BNInception()
    # 11,295,240 with the ImageNet classifier of 1024 * 1000 + 1000
    assert sum(p.numel() for p in net.parameters()) == 11_295_240 - 1_025_000
    state = net.state_dict()
    assert len(state) == 69 * 7
    for key, shape in {
        'conv1_7x7_s2.weight': (64, 3, 7, 7),
        'conv1_7x7_s2_bn.running_mean': (64,),
        'inception_3a_1x1.weight': (64, 192, 1, 1),
        'inception_3c_3x3.weight': (160, 128, 3, 3),
        'inception_4c_pool_proj.bias': (128,),
        'inception_4d_1x1.weight': (96, 608, 1, 1),
        'inception_4e_double_3x3_2.weight': (256, 256, 3, 3),
        'inception_5a_double_3x3_reduce.weight': (160, 1056, 1, 1),
        'inception_5b_pool_proj_bn.weight': (128,),
    }.items():
        assert state[key].shape == shape, key
    assert 'inception_3c_1x1.weight' not in state and 'inception_4e_pool_proj.weight' not in state
    with torch.device('meta'):
        assert BNInception().eval()(torch.zeros(1, 3, 224, 224)).shape == (1, 1024, 7, 7)


def test_bn_inception_pretrained_into_flow(tmp_path):
    colour = fill_state_dict(BNInception())
    torch.save({f'base_model.{k}': v for k, v in colour.state_dict().items()}, tmp_path / 'rgb.pth')
    net = BNInception(in_channels=10, pretrained=str(tmp_path / 'rgb.pth'))
    net.init_weights()
    torch.testing.assert_close(net.conv1_7x7_s2.weight[:, 9], colour.conv1_7x7_s2.weight.mean(1))
    assert torch.equal(net.inception_5b_1x1.weight, colour.inception_5b_1x1.weight)


def test_bn_inception_partial_bn():
    net = BNInception(partial_bn=True).train()
    first, *others = [m for m in net.modules() if isinstance(m, _BatchNorm)]
    assert first is net.conv1_7x7_s2_bn and first.training and first.weight.requires_grad
    assert len(others) == 68 and not any(m.training or m.weight.requires_grad for m in others)
    assert not any(m.training for m in BNInception(norm_eval=True).train().modules() if isinstance(m, _BatchNorm))
