"""ResNet3dCSN, ResNet2Plus1d and ResNet3dLayer; and that each family of this kind trains."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models import Conv2plus1d, ResNet, ResNet2Plus1d, ResNet3d, ResNet3dCSN, ResNet3dLayer
from mmaction.models.backbones.resnet.csn import CSNBottleneck3d
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

TWO = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 2), dilations=(1, 1), out_indices=(1,))
PATH = dict(type='resnet3d', depth=18, **TWO | dict(temporal_strides=(1, 1)), zero_init_residual=False)
NL = dict(sub_sample=True, use_scale=False, norm_cfg=dict(type='BN3d'), mode='dot_product', zeros_init=False)

# a small member of each family: backbone, head channels
FAMILIES = {
    'i3d': (
        dict(type='ResNet3d', depth=18, base_channels=16, non_local=(0, (0, 1)), non_local_cfg=NL, **TWO),
        dict(in_channels=32),
    ),
    'slowfast': (
        dict(
            type='ResNet3dSlowFast',
            resample_rate=4,
            speed_ratio=4,
            slow_pathway=dict(PATH, lateral=True, base_channels=32, conv1_kernel=(1, 5, 5), inflate=(0, 1)),
            fast_pathway=dict(PATH, base_channels=4, conv1_kernel=(3, 5, 5)),
        ),
        dict(type='SlowFastHead', in_channels=72),
    ),
    'csn': (
        dict(type='ResNet3dCSN', depth=50, base_channels=16, bottleneck_mode='ip', **TWO),
        dict(in_channels=128),
    ),
    'r2plus1d': (dict(type='ResNet2Plus1d', depth=18, base_channels=16, **TWO), dict(in_channels=32)),
    'c2d': (
        dict(type='C2D', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,)),
        dict(in_channels=128),
    ),
}


def recognizer(family):
    backbone, head = FAMILIES[family]
    if family in ('i3d', 'csn', 'r2plus1d'):
        backbone = dict(backbone, zero_init_residual=False)
    if family == 'slowfast':
        backbone = dict(backbone, channel_ratio=8)
    head = dict(type='I3DHead', num_classes=4, dropout_ratio=0, average_clips='prob') | head
    torch.manual_seed(0)
    model = MODELS.build(dict(type='Recognizer3D', backbone=backbone, cls_head=head))
    model.init_weights()
    return model


@pytest.mark.parametrize('family', FAMILIES)
def test_four_clips_can_be_learnt(family):
    model = recognizer(family).train()
    clips = torch.randn(4, 1, 3, 8, 24, 24)
    samples = [ActionDataSample().set_gt_label(i) for i in range(4)]
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for step in range(30):
        loss = model(clips, samples, mode='loss')['loss_cls']
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            still = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
            assert still == []
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 1.0 and losses[-1] < 0.1, losses[::6]


@pytest.mark.parametrize('family', FAMILIES)
@torch.no_grad()
def test_half_precision_other_sizes_and_memory_formats(family):
    model = recognizer(family).eval()
    clips = torch.randn(2, 1, 3, 12, 40, 28)
    want = model(clips, mode='tensor', stage='head')
    assert want.shape == (2, 4)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        half = model(clips, mode='tensor', stage='head')
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), want, rtol=0.05, atol=0.05 * want.std().item())
    if family != 'c2d':  # whose convolutions are 2D
        model.backbone.to(memory_format=torch.channels_last_3d)
        inputs = clips[:, 0].contiguous(memory_format=torch.channels_last_3d)
        features = model.backbone(inputs)
        torch.testing.assert_close(model.cls_head(features), want, rtol=1e-4, atol=1e-5)


# --- CSN -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ('depth', 'mode', 'parameters'), [(50, 'ir', 13_131_152), (152, 'ir', 29_703_568), (152, 'ip', 33_016_592)]
)
def test_csn_has_the_published_size(depth, mode, parameters):
    with torch.device('meta'):
        net = ResNet3dCSN(depth, bottleneck_mode=mode)
    assert sum(p.numel() for p in net.parameters()) == parameters - 819_600


def test_csn_blocks_look_at_each_channel_alone():
    net = ResNet3dCSN(50, bottleneck_mode='ip', **TWO)
    for block in (*net.layer1, *net.layer2):
        mix, look = block.conv2
        assert (mix.conv.kernel_size, mix.conv.groups, mix.with_activation) == ((1, 1, 1), 1, False)
        assert (look.conv.kernel_size, look.conv.groups) == ((3, 3, 3), block.planes)
        assert mix.bn.eps == look.bn.eps == 1e-3
    assert net.layer2[0].conv2[1].conv.stride == (2, 2, 2) and net.layer2[0].conv2[0].conv.stride == (1, 1, 1)
    caffe = CSNBottleneck3d(8, 4, spatial_stride=2, temporal_stride=3, style='caffe', inflate_style='3x1x1')
    assert (caffe.conv1.conv.stride, caffe.conv2[0].conv.stride) == ((3, 2, 2), (1, 1, 1))
    assert (caffe.conv1.conv.kernel_size, caffe.conv2[0].conv.kernel_size) == ((3, 1, 1), (1, 3, 3))


def test_csn_norms_hold_still():
    net = ResNet3dCSN(50, bn_frozen=True, norm_eval=True, base_channels=8, **TWO).train()
    norms = [m for m in net.modules() if isinstance(m, _BatchNorm)]
    held = {id(p) for m in norms for p in m.parameters()}
    assert not any(m.training for m in norms)
    assert all(p.requires_grad != (id(p) in held) for p in net.parameters())
    assert {type(m) for m in net.modules() if m.training} >= {nn.Sequential, nn.Conv3d}


def test_csn_names_bad_arguments():
    with pytest.raises(ValueError, match=r"bottleneck_mode \('id'\) must be one of 'ip', 'ir'"):
        ResNet3dCSN(50, bottleneck_mode='id')
    with pytest.raises(KeyError, match=r'depth \(18\) must be one of 50, 101, 152'):
        ResNet3dCSN(18)


# --- R(2+1)D ---------------------------------------------------------------------------------------------------------
def test_r2plus1d_has_the_published_size_and_split_kernels():
    with torch.device('meta'):
        net = ResNet2Plus1d(34, norm_cfg=dict(type='SyncBN', requires_grad=True, eps=1e-3))
    assert sum(p.numel() for p in net.parameters()) == 63_759_281 - 205_200
    kernels = {m.kernel_size for m in net.modules() if isinstance(m, nn.Conv3d)}
    assert kernels == {(1, 7, 7), (1, 3, 3), (3, 1, 1), (1, 1, 1)}
    assert isinstance(net.layer2[0].downsample.conv, Conv2plus1d)
    assert ResNet2Plus1d(18, base_channels=8, **TWO).eval()(torch.zeros(1, 3, 8, 16, 16)).shape == (1, 16, 4, 2, 2)


def test_r2plus1d_names_bad_arguments():
    with pytest.raises(ValueError, match='pretrained2d must be False'):
        ResNet2Plus1d(18, pretrained2d=True)
    with pytest.raises(ValueError, match=r'type of conv_cfg \(Conv3d\)'):
        ResNet2Plus1d(18, conv_cfg=dict(type='Conv3d'))


# --- one stage -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(('depth', 'stage'), [(18, 0), (18, 2), (50, 1)])
@torch.no_grad()
def test_a_layer_is_the_stage_of_the_net(depth, stage, tmp_path):
    net = fill_state_dict(ResNet3d(depth, base_channels=8, with_pool2=False, inflate=(1, 1, 0, 0))).eval()
    torch.save({f'backbone.{k}': v for k, v in net.state_dict().items()}, tmp_path / 'net.pth')
    stride = 2 if stage else 1
    layer = ResNet3dLayer(
        depth,
        pretrained=str(tmp_path / 'net.pth'),
        pretrained2d=False,
        stage=stage,
        base_channels=8,
        spatial_stride=stride,
        inflate=int(stage < 2),
    )
    layer.init_weights()
    whole = getattr(net, f'layer{stage + 1}')
    x = seeded_tensor((2, whole[0].inplanes, 4, 6, 6))
    torch.testing.assert_close(layer.eval()(x), whole(x))
    assert {k.split('.')[0] for k in layer.state_dict()} == {f'layer{stage + 1}'}


@torch.no_grad()
def test_a_layer_takes_its_stage_of_2d_weights(tmp_path):
    flat = fill_state_dict(ResNet(18)).eval()
    torch.save(flat.state_dict(), tmp_path / 'flat.pth')
    layer = ResNet3dLayer(18, pretrained=str(tmp_path / 'flat.pth'), inflate=(1, 0))
    layer.init_weights()
    weight = flat.layer4[0].conv1.conv.weight
    torch.testing.assert_close(layer.layer4[0].conv1.conv.weight, weight[:, :, None].expand(-1, -1, 3, -1, -1) / 3)
    assert torch.equal(layer.layer4[1].conv1.conv.weight[:, :, 0], flat.layer4[1].conv1.conv.weight)


def test_layer_switches_and_bad_arguments():
    layer = ResNet3dLayer(18, stage=1, base_channels=8, all_frozen=True).train()
    assert not any(p.requires_grad for p in layer.parameters()) and not layer.layer2[0].conv1.bn.training
    layer = ResNet3dLayer(18, stage=1, base_channels=8, norm_eval=True, non_local=(0, 1)).train()
    assert layer.layer2.training and not layer.layer2[0].conv1.bn.training
    layer.init_weights()
    assert not layer.layer2[1].conv2.bn.weight.any() and hasattr(layer.layer2[1], 'non_local_block')
    with pytest.raises(ValueError, match=r'stage \(4\) must be in 0..3'):
        ResNet3dLayer(18, stage=4)
