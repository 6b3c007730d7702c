"""Subclasses that users of MMAction2 write: own blocks, overridden construction steps."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from mmaction.models import (
    C2D,
    X3D,
    Recognizer2D,
    ResNet,
    ResNet3d,
    ResNet3dSlowFast,
    ResNetAudio,
    ResNetTSM,
    SwinTransformer3D,
)
from mmaction.models.backbones.resnet import make_res_layer
from mmaction.models.backbones.resnet.arch3d import Lateral, Laterals, Stage3d, plan_stages
from mmaction.models.backbones.resnet.blocks3d import BasicBlock3d, Bottleneck3d
from mmaction.models.backbones.resnet.x3d import BlockX3D
from mmaction.models.common.conv_module import ConvModule

FEW = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), out_indices=(1,))


class FlatBlock(nn.Module):
    """Block of a user, with the signature of MMAction2's and the keywords it does not read."""

    expansion = 2

    def __init__(self, inplanes, planes, stride=1, dilation=1, downsample=None, **cfg):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes * 2, 3, stride, dilation, dilation)
        self.downsample = downsample
        self.cfg = cfg

    def forward(self, x):
        return self.conv(x) + (x if self.downsample is None else self.downsample(x))


class ClipBlock(nn.Module):
    """As before, over clips."""

    expansion = 1

    def __init__(self, inplanes, planes, spatial_stride=1, temporal_stride=1, dilation=1, downsample=None, **cfg):
        super().__init__()
        stride = (temporal_stride, spatial_stride, spatial_stride)
        self.conv = nn.Conv3d(inplanes, planes, 3, stride, (1, dilation, dilation), (1, dilation, dilation))
        self.downsample = downsample
        self.cfg = cfg

    def forward(self, x):
        return self.conv(x) + (x if self.downsample is None else self.downsample(x))


def test_own_block_over_images():
    class Net(ResNet):
        arch_settings = {5: (FlatBlock, (2, 1))}

    net = Net(5, num_stages=2, strides=(1, 2), dilations=(1, 2), out_indices=(0, 1), with_cp=True)
    shapes = [tuple(layer[0].conv.weight.shape) for layer in (net.layer1, net.layer2)]
    assert shapes == [(128, 64, 3, 3), (256, 128, 3, 3)] and net.feat_dim == 256
    assert [block.downsample is None for block in net.layer1] == [False, True]
    assert net.layer2[0].conv.stride == net.layer2[0].conv.dilation == (2, 2)
    assert net.layer1[1].cfg['with_cp'] and net.layer1[1].cfg['style'] == 'pytorch'
    assert [tuple(x.shape) for x in net(torch.zeros(1, 3, 32, 32))] == [(1, 128, 8, 8), (1, 256, 4, 4)]


def test_own_block_over_clips():
    class Net(ResNet3d):
        arch_settings = {5: (ClipBlock, (2, 1))}

    net = Net(5, inflate=(1, 0), non_local=(0, 1), **FEW | dict(temporal_strides=(1, 2)))
    assert [[block.cfg['inflate'] for block in layer] for layer in (net.layer1, net.layer2)] == [[1, 1], [0]]
    assert [block.cfg['non_local'] for block in (*net.layer1, *net.layer2)] == [0, 0, 1]
    assert net.layer2[0].cfg['inflate_style'] == '3x1x1' and net.layer2[0].downsample.conv.stride == (2, 2, 2)
    assert net(torch.zeros(1, 3, 8, 32, 32)).shape == (1, 128, 2, 4, 4)


def test_block_with_the_explicit_signature_of_mmaction2():
    class Block(BasicBlock3d):
        def __init__(self, inplanes, planes, spatial_stride=1, temporal_stride=1, dilation=1, downsample=None,
                     style='pytorch', inflate=True, non_local=False, non_local_cfg=dict(),
                     conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d'), act_cfg=dict(type='ReLU'),
                     with_cp=False, inflate_style='3x1x1'):  # fmt: skip
            super().__init__(inplanes, planes, spatial_stride, temporal_stride, dilation, downsample, inflate=inflate)

    class Net(ResNet3d):
        arch_settings = {5: (Block, (1, 1))}

    net = Net(5, inflate=(0, 1), **FEW)
    assert [layer[0].conv1.conv.kernel_size for layer in (net.layer1, net.layer2)] == [(1, 3, 3), (3, 3, 3)]


def test_overridden_stems_are_used():
    class Net(ResNet):
        def _make_stem_layer(self):
            super()._make_stem_layer()
            self.conv1 = ConvModule(self.in_channels, 64, 3, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)

    class Clips(ResNet3d):
        def _make_stem_layer(self):
            super()._make_stem_layer()
            self.pool2 = nn.Identity()

    class Tiny(X3D):
        def _make_stem_layer(self):
            super()._make_stem_layer()
            self.conv1_t = nn.Identity()

    assert Net(18, frozen_stages=0).conv1.conv.weight.shape == (64, 3, 3, 3)
    assert not any(p.requires_grad for p in Net(18, frozen_stages=0).train().conv1.parameters())
    assert Clips(18, **FEW)(torch.zeros(1, 3, 4, 32, 32)).shape[2] == 4
    assert not any(name.startswith('conv1_t') for name in Tiny(num_stages=1, spatial_strides=(2,)).state_dict())
    assert C2D(18).maxpool3d_1.padding == 0  # ours, in the same way


def test_overridden_freezing_reads_what_the_constructor_sets_last():
    class Net(ResNet):
        def __init__(self, **kwargs):
            super().__init__(18, **kwargs)
            self.held = self.layer4

        def _freeze_stages(self):
            super()._freeze_stages()
            self.held.requires_grad_(False)

    model = Recognizer2D(Net(frozen_stages=0), dict(type='TSNHead', num_classes=2, in_channels=512))
    frozen = {name.split('.')[1] for name, p in model.named_parameters() if not p.requires_grad}
    assert frozen == {'conv1', 'layer4'}  # at once: a distributed wrapper comes before the first train()


def test_override_of_a_hook_that_is_never_called_is_reported_once():
    message = 'Net._init_weights is never called: Pretrained does without it, .* Override init_weights, or init_rest.'
    with pytest.warns(UserWarning, match=message):

        class Net(ResNet3d):
            def _init_weights(self, pretrained=None):
                pass

    with warnings.catch_warnings():
        warnings.simplefilter('error')

        class Child(Net):
            pass

        Child(18, **FEW)


def test_overridden_stages_and_freezing():
    calls = []

    class Net(ResNet3d):
        def make_res_layer(self, block, inplanes, planes, blocks, **kwargs):
            calls.append((block, inplanes, planes, blocks, kwargs['temporal_stride'], kwargs['inflate_style']))
            return super().make_res_layer(block, inplanes, planes, 1, **kwargs | dict(inflate=0))

        def _freeze_stages(self):
            super()._freeze_stages()
            self.layer1[0].conv2.requires_grad_(False)

    net = Net(50, inflate_style='3x3x3', **FEW).train()
    assert calls == [(Bottleneck3d, 64, 64, 3, 1, '3x3x3'), (Bottleneck3d, 256, 128, 4, 1, '3x3x3')]
    assert [len(net.layer1), len(net.layer2)] == [1, 1] and net.layer1[0].conv2.conv.kernel_size == (1, 3, 3)
    assert not net.layer1[0].conv2.conv.weight.requires_grad and net.layer1[0].conv1.conv.weight.requires_grad


def test_overridden_stages_of_x3d_and_audio_get_the_arguments_of_mmaction2():
    calls = []

    class Tiny(X3D):
        def make_res_layer(self, block, layer_inplanes, inplanes, planes, blocks, spatial_stride=1, se_style='half',
                           se_ratio=None, use_swish=True, norm_cfg=None, act_cfg=None, conv_cfg=None, with_cp=False,
                           **kwargs):  # fmt: skip
            calls.append((block.__name__, layer_inplanes, inplanes, planes, blocks, spatial_stride, se_style, se_ratio))
            return super().make_res_layer(
                block, layer_inplanes, inplanes, planes, 1, spatial_stride, se_style, None, use_swish, norm_cfg,
                act_cfg, conv_cfg, with_cp, **kwargs
            )  # fmt: skip

    class Sound(ResNetAudio):
        @staticmethod
        def make_res_layer(block, inplanes, planes, blocks, stride=1, dilation=1, factorize=1, norm_cfg=None,
                           with_cp=False, **kwargs):  # fmt: skip
            calls.append((block.__name__, inplanes, planes, blocks, stride, factorize))
            return ResNetAudio.make_res_layer(
                block, inplanes, planes, 1, stride, dilation, 0, norm_cfg, with_cp, **kwargs
            )

    net = Tiny(gamma_b=2.25, gamma_d=2.2, num_stages=2, spatial_strides=(2, 2))
    assert calls == [('BlockX3D', 24, 24, 54, 3, 2, 'half', 1 / 16), ('BlockX3D', 24, 48, 108, 5, 2, 'half', 1 / 16)]
    assert [len(net.layer1), len(net.layer2)] == [1, 1] and not hasattr(net.layer1[0], 'se_module')
    assert net(torch.zeros(1, 3, 2, 32, 32)).shape == (1, 108, 2, 4, 4)
    calls.clear()
    audio = Sound(50, num_stages=2, base_channels=8)
    assert calls == [('Bottleneck2dAudio', 8, 8, 3, 1, 1), ('Bottleneck2dAudio', 32, 16, 4, 2, 1)]
    assert audio.layer1[0].conv2.conv.weight.shape == (8, 8, 3, 3)


def test_overridden_freezing_of_norms_and_of_a_transformer():
    class Net(ResNet):
        def _partial_bn(self):
            super()._partial_bn()
            self.conv1.bn.requires_grad_(False)

    net = Net(18, partial_bn=True).train()
    assert not any(p.requires_grad for name, p in net.named_parameters() if '.bn.' in name)
    assert net.conv1.bn.training and not net.layer1[0].conv1.bn.training

    class Swin(SwinTransformer3D):
        def _freeze_stages(self):
            super()._freeze_stages()
            self.layers[1].requires_grad_(False)

    swin = Swin(dict(embed_dims=4, depths=[1, 1], num_heads=[1, 1]), frozen_stages=0, out_indices=(1,)).train()
    frozen = {name.rsplit('.', 1)[0] for name, p in swin.named_parameters() if not p.requires_grad}
    assert {name.split('.')[0] for name in frozen} == {'patch_embed', 'layers'}
    assert all(p.requires_grad for p in swin.layers[0].parameters())


def test_positional_arguments_of_blocks_are_those_of_mmaction2():
    norm = dict(type='BN3d')
    basic = BasicBlock3d(4, 4, 1, 1, 1, None, 'pytorch', False, True, dict(mode='gaussian'), dict(type='Conv3d'), norm)
    assert basic.conv1.conv.kernel_size == (1, 3, 3) and basic.non_local_block.mode == 'gaussian'
    narrow = Bottleneck3d(8, 2, 1, 1, 1, None, 'pytorch', True, '3x3x3', False, dict(), dict(type='Conv3d'), norm)
    assert narrow.conv2.conv.kernel_size == (3, 3, 3)
    x3d = BlockX3D(4, 8, 4, 1, None, 1 / 16)
    assert (x3d.conv1.out_channels, x3d.conv3.out_channels, x3d.expansion) == (8, 4, 1)


def test_stages_take_positional_arguments():
    cfg = dict(type='Conv3d')
    stage = ResNet3d.make_res_layer(
        Bottleneck3d, 16, 4, 2, 2, 1, 1, 'caffe', (1, 0), '3x3x3', 0, {}, None, dict(type='GELU'), cfg, True
    )
    assert [block.conv2.conv.kernel_size for block in stage] == [(3, 3, 3), (1, 3, 3)] and stage[0].with_cp
    assert stage[0].conv1.conv.stride == (1, 2, 2) and isinstance(stage[0].conv1.activate, nn.GELU)


def test_stages_as_functions():
    for build in (make_res_layer, ResNet3d.make_res_layer):
        dims = 2 if build is make_res_layer else 3
        stage = build(FlatBlock if dims == 2 else ClipBlock, 4, 8, 2)
        assert [block.conv.in_channels for block in stage] == [4, 16 if dims == 2 else 8]


def test_attributes_that_people_read():
    net = ResNet3d(18, conv1_kernel=(5, 7, 7), pool1_stride_t=2, inflate=(1, 0), **FEW)
    assert (net.conv1_kernel, net.conv1_stride_s, net.conv1_stride_t) == ((5, 7, 7), 2, 1)
    assert (net.pool1_stride_s, net.pool1_stride_t, net.stage_inflations, net.non_local_stages) == (
        2,
        2,
        (1, 0),
        (0, 0),
    )
    assert ResNet(18).inplanes == 512 and ResNetTSM(18).stage_blocks == (2, 2, 2, 2)


def test_channels_of_the_slow_pathway():
    with torch.device('meta'):
        stages = ResNet3dSlowFast().slow_path.stage_plans
    assert [stage.inplanes for stage in stages] == [64 + 16, 256 + 64, 512 + 128, 1024 + 256]
    assert stages[3] == Stage3d(1024, 512, Lateral('layer3_lateral', in_channels=128, out_channels=256))


def test_channels_of_the_stages():
    laterals = Laterals(channel_ratio=4, inflation=16, inverse=True, active=(0, 1))
    stages = plan_stages(2, base_channels=32, expansion=1, laterals=laterals)
    assert stages == (
        Stage3d(32, 32),
        Stage3d(32, 64, Lateral('layer1_lateral', in_channels=128, out_channels=8)),
    )
    assert stages[1].inplanes == 40
    with pytest.raises(ValueError, match=r'lateral_activate \(0, 1\) must have 3 entries'):
        plan_stages(3, 32, 1, laterals)
