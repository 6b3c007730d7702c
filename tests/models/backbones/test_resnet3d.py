"""ResNet3d and ResNet3dSlowOnly: recorded numbers, inflation, options that pass through."""

from __future__ import annotations

import backbone_goldens as goldens
import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models.backbones import ResNet, ResNet3d, ResNet3dSlowOnly
from mmaction.models.backbones.resnet.resnet3d import BasicBlock3d, Bottleneck3d
from mmaction.testing import fill_state_dict
from mmaction.weights.fit import fit_convolution

FAMILY = ('ResNet3d', 'ResNet3dSlowOnly')
FEW = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), out_indices=(1,))


@pytest.mark.parametrize('name', [n for n, (kind, *_) in (goldens.RECORDED | goldens.OWN).items() if kind in FAMILY])
def test_golden(name):
    goldens.check(name)


@pytest.mark.parametrize(
    ('cls', 'keywords', 'parameters'),
    [  # published counts without the head of 400 classes
        (ResNet3d, dict(conv1_kernel=(5, 7, 7)), 33_024_208 - 819_600),  # I3D, heavy
        (ResNet3dSlowOnly, dict(depth=50), 32_454_096 - 819_600),
        (ResNet3dSlowOnly, dict(depth=101), 60_359_120 - 819_600),
    ],
)
def test_parameter_counts(cls, keywords, parameters):
    with torch.device('meta'):
        net = cls(**keywords)
    assert sum(p.numel() for p in net.parameters()) == parameters


@pytest.mark.parametrize('depth', [18, 50])
@pytest.mark.parametrize('inflate_style', ['3x1x1', '3x3x3'])
def test_inflated_net_on_a_still_clip_equals_the_2d_net(depth, inflate_style, tmp_path):
    flat = fill_state_dict(ResNet(depth, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,))).eval()
    torch.save({f'backbone.{k}': v for k, v in flat.state_dict().items()}, tmp_path / 'flat.pth')
    net = ResNet3d(depth, pretrained=str(tmp_path / 'flat.pth'), inflate_style=inflate_style, with_pool2=False, **FEW)
    net.init_weights()
    net.eval()
    image = torch.randn(2, 3, 24, 24)
    frames, reach = 13, 2 + 2 * (4 if depth == 18 else 3)  # frames that see the zeros beyond the ends
    clip = image[:, :, None].expand(-1, -1, 2 * reach + frames, -1, -1)
    with torch.no_grad():
        got, want = net(clip)[:, :, reach:-reach], flat(image)
    torch.testing.assert_close(got, want[:, :, None].expand_as(got), rtol=1e-4, atol=1e-5)


def test_inflation_of_a_kernel():
    weight = torch.randn(4, 3, 7, 7)
    inflated = fit_convolution(weight, (4, 3, 5, 7, 7))
    torch.testing.assert_close(inflated.sum(2), weight)
    assert torch.equal(inflated[:, :, 0], weight / 5)
    flow = fit_convolution(weight, (4, 2, 1, 7, 7), stem=True)
    torch.testing.assert_close(flow[:, 1, 0], weight.mean(1))
    assert fit_convolution(weight, (4, 2, 1, 7, 7)).shape == (4, 3, 1, 7, 7)  # not the stem
    assert fit_convolution(weight, (4, 3, 5, 5)) is weight


@pytest.mark.parametrize('block', [BasicBlock3d, Bottleneck3d])
@pytest.mark.parametrize('style', ['pytorch', 'caffe'])
def test_block_keywords_become_kernels_and_strides(block, style):
    def geometry(**keywords):
        made = block(8, 8, spatial_stride=2, temporal_stride=3, dilation=2, style=style, **keywords)
        convs = [made.conv1, made.conv2] + ([made.conv3] if block is Bottleneck3d else [])
        return [(m.conv.kernel_size, m.conv.stride, m.conv.padding, m.conv.dilation) for m in convs]

    one, stride = (1, 1, 1), (3, 2, 2)
    if block is BasicBlock3d:
        second = ((1, 3, 3), one, (0, 1, 1), one)
        assert geometry(inflate=False) == [((1, 3, 3), stride, (0, 2, 2), (1, 2, 2)), second]
        full = [((3, 3, 3), stride, (1, 2, 2), (1, 2, 2)), ((3, 3, 3), one, one, one)]
        assert geometry() == geometry(inflate_style='3x3x3') == full
    else:
        s1, s2 = (one, stride) if style == 'pytorch' else (stride, one)
        last = (one, one, (0, 0, 0), one)
        flat2 = ((1, 3, 3), s2, (0, 2, 2), (1, 2, 2))
        assert geometry(inflate=False) == [(one, s1, (0, 0, 0), one), flat2, last]
        assert geometry() == [((3, 1, 1), s1, (1, 0, 0), one), flat2, last]
        full2 = ((3, 3, 3), s2, (1, 2, 2), (1, 2, 2))
        assert geometry(inflate_style='3x3x3') == [(one, s1, (0, 0, 0), one), full2, last]
    kernels = ((5, 3, 3),) * len(block.default_kernels)
    assert [k for k, *_ in geometry(kernels=kernels)] == list(kernels)


def test_bad_arguments_are_named():
    for match, error, keywords in (
        (r'depth \(49\)', KeyError, dict(depth=49)),
        (r'inflate \(1, 0\) must have 3 entries, one per block', ValueError, dict(inflate=((1, 0), 1, 1, 1))),
        (r'inflate \(1, 1\) must have 4 entries, one per stage', ValueError, dict(inflate=(1, 1))),
        (r'inflate_style \(3x1\)', ValueError, dict(inflate_style='3x1')),
        (r'spatial_strides \(1,\) must have 4 entries', ValueError, dict(spatial_strides=(1,))),
        (r'stage_blocks \(1, 2\) must have 4 entries', ValueError, dict(stage_blocks=(1, 2))),
        (r'frozen_stages \(-2\)', ValueError, dict(frozen_stages=-2)),
        ('with_pool3', TypeError, dict(with_pool3=True)),
        ('pretrained must be a str or None, got True', TypeError, dict(pretrained=True)),
    ):
        with pytest.raises(error, match=match):
            ResNet3d(**keywords)
    with pytest.raises(ValueError, match='lateral must be False'):
        ResNet3dSlowOnly(depth=50, lateral=True)
    net = ResNet3d(18, **FEW)
    net.pretrained = 0
    with pytest.raises(TypeError, match='got 0'):
        net.init_weights()


def test_zero_init_residual():
    net = ResNet3d(50, non_local=(0, (1, 0, 0, 0)), non_local_cfg=dict(norm_cfg=dict(type='BN3d')), **FEW)
    net.init_weights()
    blocks = [m for m in net.modules() if isinstance(m, Bottleneck3d)]
    assert len(blocks) == 7 and not any(b.conv3.bn.weight.any() for b in blocks)
    assert all((b.conv1.bn.weight == 1).all() for b in blocks)
    assert not net.layer2[0].non_local_block.conv_out.bn.weight.any()
    net.eval()
    x = torch.randn(1, 256, 2, 4, 4).relu()
    with torch.no_grad():
        assert torch.equal(net.layer1[1](x), x)

    net = ResNet3d(18, zero_init_residual=False, **FEW)
    net.init_weights()
    norms = [m for m in net.modules() if isinstance(m, _BatchNorm)]
    assert all((m.weight == 1).all() for m in norms)
    weight = net.layer2[1].conv2.conv.weight
    assert abs(weight.std().item() - (2 / (128 * 27)) ** 0.5) < 2e-4


def test_frozen_stages_and_norm_eval():
    net = ResNet3d(18, frozen_stages=1, norm_eval=True, **FEW).train()
    assert {n.split('.')[0] for n, p in net.named_parameters() if not p.requires_grad} == {'conv1', 'layer1'}
    assert not net.conv1.training and not net.layer1[1].conv2.bn.training and net.layer2.training
    assert not any(m.training for m in net.modules() if isinstance(m, _BatchNorm))


def test_with_cp_changes_nothing():
    keywords = dict(FEW, non_local=(0, (0, 1)), non_local_cfg=dict(norm_cfg=dict(type='BN3d')))
    nets = [fill_state_dict(ResNet3d(18, with_cp=with_cp, **keywords)).train() for with_cp in (False, True)]
    x = torch.randn(1, 3, 4, 24, 24)
    for net in nets:
        net(x).pow(2).sum().backward()
    for (name, p), q in zip(nets[0].named_parameters(), nets[1].parameters()):
        torch.testing.assert_close(q.grad, p.grad, msg=name, rtol=1e-4, atol=1e-4)
    for name, value in nets[0].state_dict().items():
        torch.testing.assert_close(nets[1].state_dict()[name], value, msg=name)


def test_pooling_and_strides_in_time():
    clip = torch.zeros(1, 3, 16, 32, 32)

    def frames(**keywords):
        return tuple(ResNet3d(18, **FEW | keywords).eval()(clip).shape[2:])

    assert frames() == (8, 4, 4)
    assert frames(temporal_strides=(2, 1)) == (4, 4, 4)  # a shortcut that strides in time alone
    assert frames(with_pool2=False) == (16, 4, 4)
    assert frames(conv1_stride_t=2, pool1_stride_t=2, with_pool2=False) == (4, 4, 4)
    assert frames(with_pool1=False, conv1_stride_s=1) == (8, 16, 16)
    assert ResNet3dSlowOnly(depth=18, **FEW).eval()(clip).shape == (1, 128, 16, 4, 4)


def test_own_weights_and_3d_names(tmp_path):
    net = fill_state_dict(ResNet3d(18, **FEW))
    torch.save(dict(state_dict={f'backbone.{k}': v for k, v in net.state_dict().items()}), tmp_path / 'i3d.pth')
    other = ResNet3d(18, pretrained2d=False, **FEW)
    other.init_weights(pretrained=str(tmp_path / 'i3d.pth'))
    assert all(torch.equal(other.state_dict()[k], v) for k, v in net.state_dict().items())
