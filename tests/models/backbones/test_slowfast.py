"""ResNet3dSlowFast, its pathways and its head."""

from __future__ import annotations

import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models import ResNet, ResNet3dSlowFast, ResNet3dSlowOnly, SlowFastHead
from mmaction.models.backbones.resnet.pathway import DeConvModule, ResNet3dPathway
from mmaction.testing import fill_state_dict, seeded_tensor

TWO = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), out_indices=(1,))
PATH = dict(type='resnet3d', depth=18, **TWO)
ONE = dict(num_stages=1, spatial_strides=(1,), temporal_strides=(1,), dilations=(1,), out_indices=(0,))
RATES = dict(resample_rate=4, speed_ratio=4, channel_ratio=8)


def slowfast(slow=None, fast=None, **keywords):
    slow = dict(PATH, lateral=True, base_channels=32, conv1_kernel=(1, 5, 5), inflate=(0, 1)) | (slow or {})
    fast = dict(PATH, base_channels=4, conv1_kernel=(3, 5, 5)) | (fast or {})
    return ResNet3dSlowFast(slow_pathway=slow, fast_pathway=fast, **RATES | keywords)


def test_default_pathways_have_the_published_size():
    with torch.device('meta'):
        net = ResNet3dSlowFast()
    assert sum(p.numel() for p in net.parameters()) == 34_479_288 - 400 * 2305
    lateral = [net.slow_path.conv1_lateral, *(getattr(net.slow_path, n) for n in net.slow_path.lateral_connections)]
    assert [(m.conv.in_channels, m.conv.out_channels) for m in lateral] == [(8, 16), (32, 64), (64, 128), (128, 256)]
    assert all((m.conv.kernel_size, m.conv.stride) == ((5, 1, 1), (8, 1, 1)) for m in lateral)


@pytest.mark.parametrize('frames', [16, 18, 21])
@torch.no_grad()
def test_which_frames_each_pathway_sees(frames):
    net = fill_state_dict(slowfast(resample_rate=8, slow=dict(lateral=False))).eval()
    x = torch.randn(1, 3, frames, 20, 28)
    slow, fast = net(x)
    for got, path, step in ((slow, net.slow_path, 8), (fast, net.fast_path, 2)):
        want = path.layer2(path.layer1(path.maxpool(path.conv1(x[:, :, ::step]))))
        torch.testing.assert_close(got, want)
        assert got.shape[2] == -(-frames // step)
    joined = slowfast(resample_rate=8).eval()(x)
    assert [tuple(y.shape) for y in joined] == [tuple(slow.shape), tuple(fast.shape)]


@torch.no_grad()
def test_features_of_the_fast_pathway_join_in_front_of_each_stage():
    net = fill_state_dict(slowfast()).eval()
    slow_path, fast_path, x = net.slow_path, net.fast_path, seeded_tensor((2, 3, 8, 24, 24))
    slow, fast = slow_path.run_stem(x[:, :, [0, 4]]), fast_path.run_stem(x)
    slow = slow_path.layer1(torch.cat([slow, slow_path.conv1_lateral(fast)], 1))
    fast = fast_path.layer1(fast)
    slow = slow_path.layer2(torch.cat([slow, slow_path.layer1_lateral(fast)], 1))
    got = net(x)
    torch.testing.assert_close(got[0], slow)
    torch.testing.assert_close(got[1], fast_path.layer2(fast))


def test_lateral_connections_are_as_asked():
    path = ResNet3dPathway(depth=18, lateral=True, speed_ratio=4, channel_ratio=2, lateral_activate=(0, 1), **TWO)
    assert not hasattr(path, 'conv1_lateral') and path.lateral_connections == ['layer1_lateral']
    assert path.layer1_lateral.norm is None and not path.layer1_lateral.with_activation
    assert path.layer2[0].conv1.conv.in_channels == 64 + 64

    path = ResNet3dPathway(depth=18, lateral=True, lateral_norm=True, **TWO)
    assert path.layer1_lateral.norm_name == 'bn' and path.layer1_lateral.with_activation

    inverse = dict(lateral=True, lateral_inv=True, speed_ratio=4, channel_ratio=4, lateral_infl=16, fusion_kernel=7)
    path = ResNet3dPathway(depth=50, base_channels=32, **inverse, **TWO)
    assert path.layer1_lateral.conv.weight.shape == (512, 32, 7, 1, 1)
    assert path.layer2[0].conv1.conv.in_channels == 128 + 32
    assert path.join(1, torch.zeros(1, 128, 8, 3, 3), torch.zeros(1, 512, 2, 3, 3)).shape == (1, 160, 8, 3, 3)


@torch.no_grad()
def test_transposed_convolution_spreads_a_frame():
    module = DeConvModule(1, 1, (3, 1, 1), stride=(2, 1, 1), padding=(1, 0, 0), with_bn=False)
    module.conv.weight.copy_(torch.tensor([1.0, 2.0, -5.0]).view(1, 1, 3, 1, 1))
    out = module(torch.tensor([1.0, 0.0, 10.0]).view(1, 1, 3, 1, 1)).flatten()
    assert out.tolist() == [2.0, 0.0, 0.0, 10.0, 20.0, 0.0]  # 2, -5 -> 0, then 10 * (1, 2, -5)


def test_frozen_stages_hold_their_lateral_connections():
    net = slowfast(slow=dict(frozen_stages=1, lateral_norm=True), fast=dict(norm_eval=True)).train()
    frozen = {n.split('.')[1] for n, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {'conv1', 'conv1_lateral', 'layer1', 'layer1_lateral'}
    assert not net.slow_path.layer1_lateral.bn.training and net.slow_path.layer2[0].conv1.bn.training
    assert not any(m.training for m in net.fast_path.modules() if isinstance(m, _BatchNorm))


def test_2d_weights_in_the_slow_pathway_ignore_the_fast_one(tmp_path):
    # bottlenecks: in a net of basic blocks the first one has no projection until channels join
    flat = fill_state_dict(ResNet(50, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,))).eval()
    torch.save(flat.state_dict(), tmp_path / 'flat.pth')
    slow = dict(depth=50, base_channels=64, conv1_kernel=(1, 7, 7), inflate=0, pretrained=str(tmp_path / 'flat.pth'))
    net = slowfast(slow=slow, fast=dict(depth=50, base_channels=8))
    net.init_weights()
    assert not net.slow_path.layer2[0].downsample.conv.weight[:, 256:].any()
    with torch.no_grad():
        x = torch.randn(1, 3, 8, 24, 24)
        got, want = net.eval()(x)[0], flat(x[0, :, ::4].transpose(0, 1)).transpose(0, 1)[None]
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


def test_colour_weights_start_a_pathway_over_flow(tmp_path):
    flat = fill_state_dict(ResNet(18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,)))
    torch.save(flat.state_dict(), tmp_path / 'flat.pth')
    net = ResNet3dSlowOnly(depth=18, in_channels=2, pretrained=str(tmp_path / 'flat.pth'), **TWO)
    net.init_weights()
    want = flat.conv1.conv.weight.mean(1)  # (64, 3, 7, 7) -> (64, 7, 7)
    torch.testing.assert_close(net.conv1.conv.weight[:, :, 0], want[:, None].expand(-1, 2, -1, -1))


def test_weights_of_the_whole_net(tmp_path):
    net = fill_state_dict(slowfast())
    torch.save(dict(state_dict={f'backbone.{k}': v for k, v in net.state_dict().items()}), tmp_path / 'own.pth')
    for keywords in (
        dict(pretrained=str(tmp_path / 'own.pth')),
        dict(init_cfg=dict(type='Pretrained', checkpoint=str(tmp_path / 'own.pth'))),
    ):
        other = slowfast(**keywords)
        other.init_weights()
        assert all(torch.equal(other.state_dict()[k], v) for k, v in net.state_dict().items())
    other = slowfast()
    other.init_weights()
    assert not other.slow_path.layer2[1].conv2.bn.weight.any()  # both pathways are initialised


def test_bad_pathways_are_named():
    for match, error, keywords in (
        (r'speed_ratio \(3\) must divide resample_rate \(4\)', ValueError, dict(speed_ratio=3)),
        (r'type \(resnet2d\) of a pathway must be resnet3d', KeyError, dict(fast=dict(type='resnet2d'))),
        ('lateral of the fast pathway must be False', ValueError, dict(fast=dict(lateral=True, base_channels=8))),
        (r'\(8, 16\) channels .* channel_ratio \(8\).* \(32, 64\)', ValueError, dict(fast=dict(base_channels=8))),
        (r'as many stages, got 2 and 1', ValueError, dict(fast=ONE)),
        (r'lateral_activate \(1,\) must have 2 entries', ValueError, dict(slow=dict(lateral_activate=(1,)))),
        ('lateral_nrom', TypeError, dict(slow=dict(lateral_nrom=True))),
    ):
        with pytest.raises(error, match=match):
            slowfast(**keywords)
    for name in ('slow_pathway', 'fast_pathway'):
        with pytest.raises(TypeError, match='dict with the key "type", got None'):
            ResNet3dSlowFast(**{name: None})
    assert ResNet3dSlowOnly(depth=18, lateral=False, lateral_norm=True, speed_ratio=4, **TWO).lateral is False


# --- head ------------------------------------------------------------------------------------------------------------
@torch.no_grad()
def test_head_joins_the_averages_fast_first():
    head = fill_state_dict(SlowFastHead(5, 6)).eval()
    slow, fast = torch.randn(2, 4, 1, 3, 3), torch.randn(2, 2, 8, 3, 3)
    want = head.fc_cls(torch.cat([fast.mean((2, 3, 4)), slow.mean((2, 3, 4))], 1))
    torch.testing.assert_close(head((slow, fast)), want)
    pooled = SlowFastHead(5, 6, spatial_type=None, dropout_ratio=0).eval()
    pooled.load_state_dict(head.state_dict())
    torch.testing.assert_close(pooled([slow.mean((2, 3, 4)), fast.mean((2, 3, 4))]), want)


def test_head_draws_small_weights_and_rejects_other_features():
    head = SlowFastHead(200, 100)
    head.init_weights()
    assert head.fc_cls.weight.std().item() == pytest.approx(0.01, rel=0.05) and not head.fc_cls.bias.any()
    with pytest.raises(ValueError, match=r'features of two pathways, got one tensor of shape \(2, 100, 1, 1, 1\)'):
        head(torch.zeros(2, 100, 1, 1, 1))
    with pytest.raises(ValueError, match='got 3 feature maps'):
        head([torch.zeros(2, 100)] * 3)
    with pytest.raises(ValueError, match=r"spatial_type \('max'\)"):
        SlowFastHead(5, 6, spatial_type='max')
