"""MobileOne: its two forms are one function, with and without temporal shift."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mmaction.models.backbones.mobile.mobileone_tsm import MobileOneTSM
from mmaction.models.backbones.third_party import MobileOne, MobileOneBlock, build_third_party
from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict, seeded_tensor


def tamed(net: nn.Module) -> nn.Module:
    """Filled weights, smaller where branches add up: else values and rounding grow a thousandfold over the depth."""
    fill_state_dict(net)
    for block in net.modules():
        if isinstance(block, MobileOneBlock):
            norms = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
            for norm in norms:
                norm.weight.data /= len(norms) ** 0.5
    return net.eval()


def assert_same(a: Tensor, b: Tensor) -> None:
    assert a.std() > 0
    assert (a - b).abs().max() < 1e-4 * b.std()


@pytest.mark.parametrize(
    'options',
    [
        dict(channels=8, out=8, kernel=3, groups=8),
        dict(channels=8, out=8, kernel=3, groups=8, stride=2, branches=3),
        dict(channels=8, out=8, kernel=3, groups=4),
        dict(channels=8, out=16, kernel=1, branches=2),
        dict(channels=32, out=32, kernel=1, se=True),
    ],
)
def test_block_merges_exactly(options: dict) -> None:
    block = fill_state_dict(MobileOneBlock(**options)).eval()
    x = seeded_tensor((2, options['channels'], 9, 9))
    with torch.no_grad():
        before = block(x)
        by_hand = block.branch_conv_list[0](x)
        for branch in (*block.branch_conv_list[1:], block.branch_scale, block.branch_norm):
            by_hand = by_hand + (0 if branch is None else branch(x))
        torch.testing.assert_close(before, block.se(by_hand).relu())
        block.switch_to_deploy()
        block.switch_to_deploy()
        torch.testing.assert_close(block(x), before, rtol=1e-5, atol=1e-5)
    names = {name.split('.')[0] for name in block.state_dict()}
    assert names == ({'branch_reparam', 'se'} if options.get('se') else {'branch_reparam'})


PARAMETERS = {  # training and deployed form with the classifier of 1000 classes
    's0': (5_297_448, 2_078_504),
    's1': (4_825_192, 4_764_840),
    's2': (7_884_648, 7_808_168),
    's3': (10_170_600, 10_078_312),
    's4': (14_951_248, 14_838_352),
}


@pytest.mark.parametrize('arch', PARAMETERS)
def test_sizes(arch: str) -> None:
    for deploy, total in zip((False, True), PARAMETERS[arch]):
        with torch.device('meta'):
            net = build_third_party(dict(type='mmpretrain.MobileOne', arch=arch, deploy=deploy))
        assert sum(p.numel() for p in net.parameters()) + 1000 * net.out_channels + 1000 == total


@pytest.mark.parametrize('arch', ['s0', 's4'])
def test_forms_agree(arch: str) -> None:
    x = seeded_tensor((2, 3, 64, 64))
    net = tamed(MobileOne(arch, out_indices=(0, 3)))
    training_form = net.state_dict()
    with torch.inference_mode():
        early, late = net(x)
    net.switch_to_deploy()
    deployed = MobileOne(arch, out_indices=(0, 3), deploy=True).eval()
    assert list(deployed.state_dict()) == list(net.state_dict())
    loads_either = MobileOne(arch, deploy=True).eval()
    loads_either.load_state_dict(training_form)
    deployed.load_state_dict(net.state_dict())
    with torch.inference_mode():
        assert_same(deployed(x)[0], early)
        assert_same(deployed(x)[1], late)
        assert_same(loads_either(x), late)
    assert late.shape == (2, deployed.out_channels, 2, 2)


def test_tsm_shifts_and_loads_image_weights(tmp_path: Path) -> None:
    x = seeded_tensor((4, 3, 64, 64))
    image = tamed(MobileOne('s1'))
    torch.save({f'backbone.{k}': v for k, v in image.state_dict().items()}, tmp_path / 'mobileone.pth')
    source = dict(type='Pretrained', checkpoint=str(tmp_path / 'mobileone.pth'), prefix='backbone')

    plain = MobileOneTSM('s1', num_segments=4, is_shift=False, init_cfg=source)
    shifted = MODELS.build(dict(type='MobileOneTSM', arch='s1', num_segments=4, init_cfg=source))
    deployed = MobileOneTSM('s1', num_segments=4, deploy=True, init_cfg=source)
    for net in (plain, shifted, deployed):
        net.init_weights()
        net.eval()
    weight = image.stage1[0].branch_scale.conv.weight
    assert torch.equal(shifted.stage1[0].net.branch_scale.conv.weight, weight)
    with torch.inference_mode():
        want, got = image(x), shifted(x)
        assert torch.equal(plain(x), want)
        assert (got - want).abs().max() > 0.1 * want.std()
        assert_same(deployed(x), got)
        # a block takes over what the one before moved in, so it is the second next frame that hears of a frame
        other = torch.cat([x, x])
        other[1] = 0
        changed = (shifted(other) - torch.cat([got, got])).abs().amax((1, 2, 3)) > 1e-4
        assert changed.tolist() == [False, True, False, True, False, False, False, False]
    shifted.switch_to_deploy()
    with torch.inference_mode():
        assert_same(shifted(x), got)


def test_frozen_stages() -> None:
    net = MobileOne('s1', frozen_stages=1, norm_eval=True).train()
    trained = {name.split('.')[0] for name, p in net.named_parameters() if p.requires_grad}
    assert trained == {'stage2', 'stage3', 'stage4'}
    assert not any(m.training for m in net.modules() if isinstance(m, nn.BatchNorm2d))
    with pytest.raises(ValueError, match=r"arch \('s9'\) must be one of s0, s1, s2, s3, s4"):
        MobileOne('s9')
