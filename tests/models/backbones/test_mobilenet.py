"""MobileNetV2 and MobileNetV2TSM."""

from __future__ import annotations

import backbone_goldens as goldens
import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models.backbones import MobileNetV2, MobileNetV2TSM
from mmaction.models.backbones.mobile.mobilenet_v2 import InvertedResidual, from_torchvision, make_divisible
from mmaction.models.common import TemporalShift
from mmaction.testing import fill_state_dict, seeded_tensor


@pytest.mark.parametrize('name', ['mobilenet_v2_tsm', 'mobilenet_v2_wide'])
def test_golden(name):
    goldens.check(name)


def test_parameter_count():
    # torchvision's 3,504,872 without its classifier of 1280 * 1000 + 1000
    assert sum(p.numel() for p in MobileNetV2().parameters()) == 3_504_872 - 1_281_000


@pytest.mark.parametrize(('value', 'want'), [(32, 32), (40, 40), (33.6, 32), (22.4, 24), (11.2, 16), (3, 8)])
def test_make_divisible(value, want):
    assert make_divisible(value, 8) == want


def test_shift_only_where_there_is_a_shortcut():
    net = MobileNetV2TSM(num_segments=4, shift_div=6)
    for block in (m for m in net.modules() if isinstance(m, InvertedResidual)):
        shifted = isinstance(block.conv[0], TemporalShift)
        assert shifted == (block.use_res_connect and len(block.conv) == 3)
        assert not shifted or (block.conv[0].num_segments, block.conv[0].shift_div) == (4, 6)
    assert sum(isinstance(m, TemporalShift) for m in net.modules()) == 10
    flat, plain = MobileNetV2TSM(is_shift=False), MobileNetV2()
    assert list(flat.state_dict()) == list(plain.state_dict())
    x = seeded_tensor((2, 3, 32, 32))
    with torch.no_grad():
        assert torch.equal(fill_state_dict(flat).eval()(x), fill_state_dict(plain).eval()(x))


def theirs(name: str) -> str:
    """Torchvision's name of an entry of ours, by its rules."""
    *path, kind, leaf = name.split('.')
    offset = {'conv': 0, 'bn': 1}[kind]
    if path[0] in ('conv1', 'conv2'):
        return f'features.{0 if path[0] == "conv1" else 18}.{offset}.{leaf}'
    stage, block, unit = int(path[0][5:]), int(path[1]), int(path[3])
    number = 1 + sum((1, 2, 3, 4, 3, 3, 1)[: stage - 1]) + block
    last = 1 if stage == 1 else 2
    inner = f'{unit + offset}' if unit == last else f'{unit}.{offset}'
    return f'features.{number}.conv.{inner}.{leaf}'


def test_pretrained(tmp_path):
    plain = fill_state_dict(MobileNetV2())
    state = {theirs(k): v for k, v in plain.state_dict().items()} | {'classifier.1.bias': torch.zeros(1000)}
    assert {
        'features.1.conv.1.weight',
        'features.1.conv.2.bias',
        'features.2.conv.3.weight',
        'features.18.1.bias',
    } < set(state)
    assert len(state) == 313
    assert from_torchvision('features.2.conv.1.0.weight') == 'layer2.0.conv.1.conv.weight'
    torch.save(state, tmp_path / 'torchvision.pth')
    torch.save({f'backbone.{k}': v for k, v in plain.state_dict().items()}, tmp_path / 'own.pth')
    for file in ('torchvision.pth', 'own.pth'):
        for net in (MobileNetV2(pretrained=str(tmp_path / file)), MobileNetV2TSM(pretrained=str(tmp_path / file))):
            net.init_weights()
            mine = {k.replace('.net.', '.'): v for k, v in net.state_dict().items()}
            assert all(torch.equal(mine[k], v) for k, v in plain.state_dict().items())
    with pytest.raises(ValueError, match=r'own.pth do not match MobileNetV2TSM: not one key matches'):
        torch.save({'fc.weight': torch.zeros(2)}, tmp_path / 'own.pth')
        MobileNetV2TSM(pretrained=str(tmp_path / 'own.pth'), pretrained2d=False).init_weights()


def test_frozen_and_norm_eval():
    net = MobileNetV2(frozen_stages=3, norm_eval=True).train()
    frozen = {n.split('.')[0] for n, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {'conv1', 'layer1', 'layer2', 'layer3'}
    assert not net.layer3.training and net.layer4.training
    assert not any(m.training for m in net.modules() if isinstance(m, _BatchNorm))
    net = MobileNetV2(frozen_stages=8).train()
    assert not any(p.requires_grad for p in net.parameters())


def test_with_cp_changes_nothing():
    nets = [fill_state_dict(MobileNetV2(with_cp=with_cp, out_indices=(2,))).train() for with_cp in (False, True)]
    x = seeded_tensor((2, 3, 32, 32))
    for net in nets:
        net(x).pow(2).sum().backward()
    for (name, p), q in zip(nets[0].named_parameters(), nets[1].parameters()):
        if p.grad is not None:
            torch.testing.assert_close(q.grad, p.grad, msg=name, rtol=1e-4, atol=1e-4)
    assert nets[1].layer1[0].conv[0].bn.num_batches_tracked == 1


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r'out_indices \(8,\) must be in 0..7'):
        MobileNetV2(out_indices=(8,))
    with pytest.raises(ValueError, match=r'frozen_stages \(9\)'):
        MobileNetV2(frozen_stages=9)
    with pytest.raises(ValueError, match=r'stride \(3\) must be one of 1, 2'):
        InvertedResidual(8, 8, 3, 6)
