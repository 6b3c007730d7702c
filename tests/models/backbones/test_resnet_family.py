"""ResNet, C2D and ResNetTSM: recorded numbers, keys, weights of other nets, what stays frozen."""

from __future__ import annotations

import logging

import backbone_goldens as goldens
import pytest
import torch
from mmengine.logging import MMLogger
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models.backbones import C2D, ResNet, ResNetTSM
from mmaction.models.backbones.resnet.resnet2d import BasicBlock, Bottleneck
from mmaction.models.backbones.resnet.tsm import NL3DWrapper, TemporalShift
from mmaction.testing import fill_state_dict, seeded_tensor
from mmaction.weights.rename import without_wrappers
from mmaction.weights.tables.torchvision import RESNET

FAMILY = ('ResNet', 'ResNetTSM', 'C2D')


@pytest.mark.parametrize('name', [n for n, (kind, *_) in (goldens.RECORDED | goldens.OWN).items() if kind in FAMILY])
def test_golden(name):
    goldens.check(name)


@pytest.mark.parametrize(
    ('depth', 'parameters', 'entries'), [(18, 11_176_512, 120), (50, 23_508_032, 318), (101, 42_500_160, 624)]
)
def test_parameter_counts(depth, parameters, entries):
    with torch.device('meta'):
        net = ResNet(depth)
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert len(net.state_dict()) == entries


def test_c2d_operations():
    from multiplications import MultiplicationCounter

    with torch.device('meta'):
        net, clip = C2D(50).eval(), torch.zeros(1, 3, 8, 224, 224)
    with MultiplicationCounter() as counter:
        assert net(clip).shape == (1, 2048, 4, 7, 7)
    head = 2048 * 400
    assert round(counter.gmacs + head / 1e9, 3) == 19.290  # as published


def test_bad_arguments_are_named():
    for match, error, keywords in (
        (r'depth \(20\) must be one of 18, 34', KeyError, dict(depth=20)),
        (r'num_stages \(5\)', ValueError, dict(depth=18, num_stages=5)),
        (r'strides \(1, 2\) must have 4 entries', ValueError, dict(depth=18, strides=(1, 2))),
        (r'out_indices \(4,\) must name stages in 0..3', ValueError, dict(depth=18, out_indices=(4,))),
        (r'frozen_stages \(5\) must be in -1..4', ValueError, dict(depth=18, frozen_stages=5)),
        (r"style \('tensorflow'\)", ValueError, dict(depth=50, style='tensorflow')),
        (r'pretrained must be a str or None, got 0', TypeError, dict(depth=18, pretrained=0)),
        ('frozen_stage', TypeError, dict(depth=18, frozen_stage=1)),
    ):
        with pytest.raises(error, match=match):
            ResNet(**keywords)
    for match, keywords in (
        (r"shift_place \('res'\)", dict(shift_place='res')),
        (r'num_segments \(1\) must be at least 2 for temporal_pool', dict(num_segments=1, temporal_pool=True)),
        (r'non_local \(1, 1\) must have 4 entries', dict(non_local=(1, 1))),
        (r'non_local \(1,\) must have 2 entries', dict(non_local=((1,), 0, 0, 0))),
        (
            r"shift_place \('block'\).* non_local \(\[\(0, 1\), .*Use shift_place='blockres'",
            dict(shift_place='block', non_local=((0, 1), 0, 0, 0), non_local_cfg=dict(mode='gaussian')),
        ),
    ):
        with pytest.raises(ValueError, match=match):
            ResNetTSM(18, **keywords)
    with pytest.raises(ValueError, match=r'BasicBlock has 2 convolutions, got kernels'):
        BasicBlock(4, 4, kernels=((1, 1),))


# --- what stays fixed -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize('stages', [-1, 0, 2])
def test_frozen_stages(stages):
    net = ResNet(18, frozen_stages=stages).train()
    frozen = [net.conv1] * (stages >= 0) + [getattr(net, f'layer{i}') for i in range(1, stages + 1)]
    free = [m for name, m in net.named_children() if name != 'maxpool' and m not in frozen]
    for _ in range(2):  # at once, and after train()
        assert all(not p.requires_grad for m in frozen for p in m.parameters())
        assert all(p.requires_grad for m in free for p in m.parameters())
        assert all(not n.training for m in frozen for n in m.modules())
        assert net.train() is net
    assert all(n.training for m in free for n in m.modules())
    before = {k: v.clone() for k, v in net.state_dict().items()}
    net(torch.randn(2, 3, 32, 32)).sum().backward()
    moved = {k.split('.')[0] for k, v in net.state_dict().items() if not torch.equal(v, before[k])}
    assert moved == {name for name, m in net.named_children() if m in free}


def test_norm_eval_and_partial_bn():
    net = ResNet(18, norm_eval=True).train()
    norms = [m for m in net.modules() if isinstance(m, _BatchNorm)]
    assert len(norms) == 20 and not any(n.training for n in norms) and net.layer1.training
    assert all(n.weight.requires_grad for n in norms)

    net = ResNet(18, partial_bn=True, norm_cfg=dict(type='SyncBN')).train()
    first, *others = [m for m in net.modules() if isinstance(m, _BatchNorm)]
    assert first is net.conv1.bn and first.training and first.weight.requires_grad
    assert len(others) == 19 and not any(n.training or n.weight.requires_grad or n.bias.requires_grad for n in others)
    assert net.layer1[0].conv1.conv.weight.requires_grad


@pytest.mark.parametrize('cls', [ResNet, ResNetTSM])
def test_with_cp_changes_nothing(cls):
    keywords = dict(depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,))
    if cls is ResNetTSM:
        keywords['num_segments'] = 2
    nets = [fill_state_dict(cls(**keywords, with_cp=with_cp)).train() for with_cp in (False, True)]
    x = torch.randn(4, 3, 32, 32)
    for net in nets:
        net(x).pow(2).sum().backward()
    plain, saved = nets
    for (name, p), q in zip(plain.named_parameters(), saved.parameters()):
        torch.testing.assert_close(q.grad, p.grad, msg=name)
    for name, value in plain.state_dict().items():  # running statistics move once a step
        torch.testing.assert_close(saved.state_dict()[name], value, msg=name)


# --- initialisation and weights of other nets -----------------------------------------------------------------------
def torchvision_names(net: ResNet) -> dict[str, torch.Tensor]:
    """The state of a net under torchvision's names, with a classifier."""
    state = {}
    for key, value in net.state_dict().items():
        *path, part, layer, leaf = key.split('.')
        if part == 'downsample':
            part += {'conv': '.0', 'bn': '.1'}[layer]
        elif layer == 'bn':
            part = part.replace('conv', 'bn')
        state['.'.join([*path, part, leaf])] = value.clone()
    return state | {'fc.weight': torch.zeros(1000, net.feat_dim), 'fc.bias': torch.zeros(1000)}


@pytest.fixture(scope='module')
def plain() -> ResNet:
    return fill_state_dict(ResNet(18)).eval()


@pytest.fixture(scope='module')
def weights(plain, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp('weights') / 'resnet18.pth'
    torch.save(torchvision_names(plain), path)
    return str(path)


def test_torchvision_names(plain):
    theirs = torchvision_names(plain)
    assert {'conv1.weight', 'bn1.running_var', 'layer2.0.downsample.0.weight', 'layer2.0.downsample.1.bias'} < set(
        theirs
    )
    assert {RESNET.rename(k) for k in theirs} == {*plain.state_dict(), 'fc.weight', 'fc.bias'}
    assert all(RESNET.rename(k) == k for k in plain.state_dict())


@pytest.mark.parametrize('how', ['pretrained', 'init_cfg'])
def test_pretrained(plain, weights, how):
    cfg = (
        dict(pretrained=weights) if how == 'pretrained' else dict(init_cfg=dict(type='Pretrained', checkpoint=weights))
    )
    net = ResNet(18, **cfg)
    net.init_weights()
    for key, value in plain.state_dict().items():
        assert torch.equal(net.state_dict()[key], value), key


def test_what_was_not_used_is_logged(weights):
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    try:
        net = ResNetTSM(18, pretrained=weights, non_local=(0, (1, 0), 0, 0), non_local_cfg=dict(mode='gaussian'))
        net.init_weights()
    finally:
        logger.removeHandler(handler)
    text = records[-1].getMessage()
    assert text.startswith('120 entries of ') and 'unexpected keys fc.weight, fc.bias' in text
    assert 'missing keys layer2.0.non_local_block.g.conv.weight' in text


def test_pretrained_own_names_and_recognizer(plain, tmp_path):
    path = tmp_path / 'recognizer.pth'
    state = {f'backbone.{k}': v for k, v in plain.state_dict().items()} | {
        'cls_head.fc_cls.weight': torch.zeros(4, 512)
    }
    torch.save(dict(state_dict=state, meta={}), path)
    net = ResNet(18, pretrained=str(path), torchvision_pretrain=False)
    net.init_weights()
    assert torch.equal(net.layer4[1].conv2.conv.weight, plain.layer4[1].conv2.conv.weight)


def test_pretrained_into_flow(plain, weights):
    net = ResNet(18, pretrained=weights, in_channels=10)
    net.init_weights()
    mean = plain.conv1.conv.weight.mean(1)
    assert torch.equal(net.conv1.conv.weight, mean[:, None].expand(-1, 10, -1, -1))
    assert torch.equal(net.layer1[0].conv1.conv.weight, plain.layer1[0].conv1.conv.weight)


def test_weights_that_do_not_fit(weights, tmp_path):
    with pytest.raises(
        ValueError,
        match=r'resnet18.pth do not match ResNet: .*layer1.0.conv1.conv.weight is \(64, 64, 3, 3\), expected \(64, 64',
    ):
        ResNet(50, pretrained=weights).init_weights()
    with pytest.raises(
        ValueError, match=r'resnet18.pth do not match ResNet: not one key matches; .*; unexpected keys conv1.weight'
    ):
        ResNet(18, pretrained=weights, torchvision_pretrain=False).init_weights()
    with pytest.raises(FileNotFoundError, match=r'nothing\.pth'):
        ResNet(18, pretrained=str(tmp_path / 'nothing.pth')).init_weights()


def test_initialisation():
    torch.manual_seed(0)
    net = ResNet(18, norm_cfg=dict(type='SyncBN'))
    with torch.no_grad():
        net.layer4[1].conv2.conv.weight.fill_(7)
    net.init_weights()
    weight = net.layer4[1].conv2.conv.weight
    assert abs(weight.std().item() - (2 / (512 * 9)) ** 0.5) < 1e-4  # Kaiming, over the outputs
    assert all((m.weight == 1).all() and (m.bias == 0).all() for m in net.modules() if isinstance(m, _BatchNorm))


# --- temporal shift -------------------------------------------------------------------------------------------------
def test_shift_layout():
    net = ResNetTSM(101, num_segments=4)
    shifted = [[isinstance(b.conv1.conv, TemporalShift) for b in getattr(net, name)] for name in net.res_layers]
    assert shifted == [[i % 2 == 0 for i in range(n)] for n in (3, 4, 23, 3)]  # every second block of deep nets
    with torch.device('meta'):
        net = ResNetTSM(
            50, num_segments=8, temporal_pool=True, non_local=(1, 1, 0, 0), non_local_cfg=dict(mode='gaussian')
        )
    assert [m.num_segments for m in net.modules() if isinstance(m, TemporalShift)] == [8] * 3 + [4] * 13
    assert [m.num_segments for m in net.modules() if isinstance(m, NL3DWrapper)] == [8] * 3 + [4] * 4
    assert 'layer2.net.0.block.conv1.conv.net.weight' in net.state_dict()
    assert not any('.net.' in k for k in ResNetTSM(18, is_shift=False).state_dict())


@pytest.mark.parametrize(
    'keywords',
    [
        dict(),
        dict(shift_place='block'),
        dict(temporal_pool=True),
        dict(non_local=(0, 1, 0, 0), non_local_cfg=dict(mode='dot_product', norm_cfg=dict(type='BN3d'))),
    ],
)
def test_tsm_takes_weights_of_a_2d_net(plain, weights, keywords):
    net = ResNetTSM(18, num_segments=4, pretrained=weights, **keywords)
    net.init_weights()
    mine = {without_wrappers(k): v for k, v in net.state_dict().items()}
    for key, value in plain.state_dict().items():
        assert torch.equal(mine[key], value), key
    assert {k.split('.')[2] for k in mine.keys() - plain.state_dict().keys()} <= {'non_local_block'}
    for name, module in net.named_modules():  # a new non-local block starts as the identity
        if name.endswith('non_local_block'):
            assert not module.conv_out.bn.weight.any()


def test_tsm_reads_its_own_checkpoint(tmp_path):
    net = fill_state_dict(ResNetTSM(18, num_segments=4))
    torch.save(net.state_dict(), tmp_path / 'tsm.pth')
    for pretrained2d in (True, False):
        other = ResNetTSM(18, num_segments=4, pretrained=str(tmp_path / 'tsm.pth'), pretrained2d=pretrained2d)
        other.init_weights()
        assert all(torch.equal(other.state_dict()[k], v) for k, v in net.state_dict().items())


def test_without_shift_tsm_is_the_2d_net(plain):
    net = fill_state_dict(ResNetTSM(18, num_segments=4, is_shift=False)).eval()
    x = seeded_tensor((8, 3, 32, 32))
    with torch.no_grad():
        assert torch.equal(net(x), plain(x))


def test_shift_div_reaches_every_block():
    """With one segment a shift zeroes the channels that move, so the moved part can be read off a constant image."""
    net = ResNetTSM(18, num_segments=1, shift_div=4)
    seen = []
    for m in net.modules():
        if isinstance(m, TemporalShift):
            m.net.register_forward_pre_hook(lambda _, args: seen.append(args[0].flatten(2).abs().sum((0, 2)) == 0))
    for block in (b for name in net.res_layers for b in getattr(net, name)):
        block.relu = nn.Sigmoid()  # no zeros of its own
    net.eval()(torch.randn(1, 3, 32, 32))
    assert len(seen) == 8
    for zero in seen[1:]:
        assert zero[: len(zero) // 2].all() and not zero[len(zero) // 2 :].any()


def test_tsm_looks_one_frame_ahead_and_back():
    net = fill_state_dict(
        ResNetTSM(18, num_segments=8, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,), non_local=(0,))
    ).eval()
    x = torch.randn(8, 3, 16, 16, requires_grad=True)
    net(x)[4].sum().backward()
    touched = x.grad.flatten(1).abs().sum(1) > 0
    assert touched.tolist() == [False, False, True, True, True, True, True, False]  # two blocks: two frames each way


def test_tsm_refuses_broken_clips():
    with pytest.raises(ValueError, match=r'batch of 6 frames .* num_segments \(4\)'):
        ResNetTSM(18, num_segments=4)(torch.zeros(6, 3, 32, 32))


def test_memory_format_is_kept():
    net = ResNetTSM(18, num_segments=2).eval().to(memory_format=torch.channels_last)
    x = torch.randn(4, 3, 64, 64).to(memory_format=torch.channels_last)
    with torch.no_grad():
        assert net(x).is_contiguous(memory_format=torch.channels_last)


def test_blocks_alone():
    block = Bottleneck(16, 4, kernels=((1, 1), (5, 5), (1, 1))).eval()
    assert block.conv2.conv.weight.shape == (4, 4, 5, 5)
    assert block(torch.randn(1, 16, 6, 7)).shape == (1, 16, 6, 7)
