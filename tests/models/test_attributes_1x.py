"""Attributes, bases and layer names that scripts written for MMAction2 1.x read."""

from __future__ import annotations

import mmcv.cnn
import numpy as np
import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from mmaction.models import (
    AAGCN,
    BMN,
    C2D,
    C3D,
    STGCN,
    TEM,
    X3D,
    MViT,
    Recognizer2D,
    ResNet,
    ResNet3d,
    ResNet3dSlowFast,
    ResNetAudio,
    ResNetTIN,
    ResNetTSM,
    SwinTransformer3D,
    TimeSformer,
    TRNHead,
    UniFormer,
    VisionTransformer,
)
from mmaction.models.common import Conv2plus1d, ConvAudio
from mmaction.models.necks._tpn_parts import AuxHead
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

FEW = dict(num_stages=2, out_indices=(1,))
CLIPS = dict(**FEW, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1))
SWIN = dict(arch=dict(embed_dims=8, depths=[2, 2], num_heads=[1, 2]), out_indices=(1,), window_size=(2, 3, 3))
MVIT = dict(embed_dims=4, num_layers=3, num_heads=1, downscale_indices=[1, 2])
BMN_SIZE = dict(temporal_dim=4, boundary_ratio=0.5, num_samples=4, num_samples_per_bin=2, feat_dim=4)
BMN_NMS = dict(soft_nms_alpha=0.4, soft_nms_low_threshold=0.5, soft_nms_high_threshold=0.9, post_process_top_k=10)


def small_bmn(cls=BMN) -> BMN:
    return cls(**BMN_SIZE, **BMN_NMS, hidden_dim_1d=4, hidden_dim_2d=4, hidden_dim_3d=4)


def timesformer() -> TimeSformer:
    return TimeSformer(2, 32, 16, embed_dims=8, num_heads=2, num_transformer_layers=1)


def values(obj: object, *names: str) -> list:
    return [getattr(obj, name) for name in names]


def test_recognizers_state_the_source_of_the_backbone():
    model = Recognizer2D(dict(type='ResNet', depth=18, strides=(1, 2), dilations=(1, 1), **FEW))
    assert values(model, 'backbone_from', 'feature_shape') == ['mmaction2', None]
    foreign = Recognizer2D(dict(type='timm.swin_tiny_patch4_window7_224', feature_shape='NHWC'))
    assert values(foreign, 'backbone_from', 'feature_shape') == ['timm', 'NHWC']


def test_resnets():
    flat = ResNet(50, strides=(1, 2), dilations=(1, 2), **FEW)
    block = flat.layer2[0]
    assert flat.inplanes == 512
    assert values(block, 'stride', 'dilation', 'conv1_stride', 'conv2_stride') == [2, 2, 1, 2]
    caffe = ResNet(50, style='caffe', strides=(1, 2), dilations=(1, 1), **FEW).layer2[0]
    assert values(caffe, 'conv1_stride', 'conv2_stride') == [2, 1]
    tsm = ResNetTSM(50, strides=(1, 2), dilations=(1, 1), non_local=((0, 1, 0), (0, 0, 1, 0)), **FEW)
    assert tsm.non_local_stages == ((0, 1, 0), (0, 0, 1, 0))
    audio = ResNetAudio(50, num_stages=2)
    assert values(audio, 'inplanes', 'base_channels') == [256, 32]
    pools = [(p.kernel_size, p.stride, p.padding) for p in values(C2D(18), 'maxpool3d_1', 'maxpool3d_2')]
    assert pools == [((1, 3, 3), (1, 2, 2), 0), ((2, 1, 1), (2, 1, 1), 0)]
    tin = ResNetTIN(50, strides=(1, 2), dilations=(1, 1), **FEW).layer1[0].conv1.conv.net1
    assert isinstance(tin.offset_net.sigmoid, nn.Sigmoid) and isinstance(tin.weight_net.sigmoid, nn.Sigmoid)


def test_3d_resnets():
    net = ResNet3d(50, non_local=(0, (0, 1, 0, 0)), inflate=(0, 1), **CLIPS | dict(temporal_strides=(1, 2)))
    assert values(net, 'conv1_kernel', 'conv1_stride_s', 'conv1_stride_t', 'pool1_stride_s', 'pool1_stride_t') == [
        (3, 7, 7), 2, 1, 2, 1,
    ]  # fmt: skip
    assert net.inplanes == 512
    first, second = net.layer2[0], net.layer2[1]
    names = ('spatial_stride', 'temporal_stride', 'dilation', 'inflate', 'inflate_style', 'non_local')
    assert values(first, *names) == [2, 2, 1, 1, '3x1x1', 0]
    assert values(second, *names) == [1, 1, 1, 1, '3x1x1', 1]
    strides = ('conv1_stride_s', 'conv1_stride_t', 'conv2_stride_s', 'conv2_stride_t')
    assert values(first, *strides) == [1, 1, 2, 2]
    assert values(ResNet3d(50, style='caffe', **CLIPS).layer2[0], *strides) == [2, 1, 1, 1]
    assert values(ResNet3d(18, **CLIPS | dict(temporal_strides=(1, 4))).layer2[0], *strides) == [2, 4, 1, 1]
    slow = ResNet3dSlowFast(
        slow_pathway=dict(type='resnet3d', depth=18, lateral=True, conv1_kernel=(1, 7, 7), base_channels=16),
        fast_pathway=dict(type='resnet3d', depth=18, conv1_kernel=(5, 7, 7), base_channels=2),
    ).slow_path
    assert slow.lateral_inplanes == [4, 4, 8, 16]


def test_x3d_and_c3d():
    net = X3D(num_stages=2, spatial_strides=(2, 2))
    assert net.block is type(net.layer1[0]) and net.layer_inplanes == 48
    assert isinstance(net.layer1[0].se_module.sigmoid, nn.Sigmoid)
    c3d = C3D(out_dim=8)
    expected = ['pytorch', dict(type='Conv3d'), None, dict(type='ReLU')]
    assert values(c3d, 'style', 'conv_cfg', 'norm_cfg', 'act_cfg') == expected


def test_transformers():
    swin = SwinTransformer3D(**SWIN)
    assert values(swin, 'embed_dims', 'depths', 'num_heads', 'num_layers', 'patch_size') == [
        8, [2, 2], [1, 2], 2, (2, 4, 4),
    ]  # fmt: skip
    assert swin.arch_settings == SWIN['arch']
    assert swin.arch_zoo['t'] == dict(embed_dims=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24])
    frozen = {name.split('.')[0] for name, p in SwinTransformer3D(**SWIN, frozen_stages=0).named_parameters()
              if not p.requires_grad}  # fmt: skip
    assert frozen == {'patch_embed'}  # by the constructor
    shifts = [tuple(block.shift_size) for block in swin.layers[0].blocks]
    assert shifts == [(0, 0, 0), (1, 1, 1)] and tuple(swin.layers[0].blocks[0].window_size) == (2, 3, 3)

    mvit = MViT(MVIT, spatial_size=32, temporal_size=4, out_scales=[0, 2])
    assert values(mvit, 'out_scales', 'downscale_indices', 'dim_mul_indices', 'num_extra_tokens', 'num_heads') == [
        [0, 2], [1, 2], [1, 2], 1, 1,
    ]  # fmt: skip
    assert mvit.arch_zoo['small']['downscale_indices'] == [1, 3, 14]
    assert values(mvit.blocks[1], 'in_dims', 'out_dims') == [4, 8]
    assert tuple(mvit.blocks[1].init_out_size) == (2, 4, 4)
    before = MViT(MVIT, spatial_size=32, temporal_size=4, dim_mul_in_attention=False, with_cls_token=False,
                  output_cls_token=False)  # fmt: skip
    assert values(before, 'dim_mul_indices', 'num_extra_tokens') == [[0, 1], 0]

    net = timesformer()
    assert net.num_transformer_layers == 1
    assert values(net.patch_embed, 'num_patches', 'img_size', 'patch_size') == [4, (32, 32), (16, 16)]
    assert abs(net.patch_embed.projection.weight.detach().std() - (3 * 16 * 16) ** -0.5) < 0.003
    assert net.patch_embed(torch.zeros(2, 3, 2, 32, 32)).shape == (4, 4, 8)


def test_a_subclass_adds_architectures():
    class Swin(SwinTransformer3D):
        arch_zoo = {**SwinTransformer3D.arch_zoo, 'pico': SWIN['arch']}

    class Net(MViT):
        arch_zoo = {'pico': MVIT}

    assert Swin(**SWIN | dict(arch='pico')).depths == [2, 2]
    assert Net('pico', spatial_size=32, temporal_size=4).num_layers == 3
    with pytest.raises(ValueError, match=r"arch \('pico'\) must be one of .*'tiny'"):
        SwinTransformer3D(**SWIN | dict(arch='pico'))


def test_graph_networks():
    for cls, mode in ((STGCN, 'stgcn_spatial'), (AAGCN, 'spatial')):
        net = cls(graph_cfg=dict(layout='coco', mode=mode), num_stages=2, inflate_stages=[2], down_stages=[2])
        assert net.inflate_stages == [2] and isinstance(net.gcn[0].relu, nn.ReLU)


def test_relations():
    module = TRNHead(3, 8, num_segments=4).consensus
    assert values(module, 'hidden_dim', 'num_segments', 'num_classes') == [256, 4, 3]
    assert module.subsample_scales == [1, 3, 3]
    assert module.relations_scales[1][0] == (0, 1, 2)
    before = module.fc_fusion_scales[0][1].weight.clone()
    head = TRNHead(3, 8, num_segments=4)
    head.init_weights()
    module.init_weights()
    assert torch.equal(before, module.fc_fusion_scales[0][1].weight)
    assert head.consensus.fc_fusion_scales[0][1].weight.std() > 0.01 > head.fc_cls.weight.std()


def test_boundary_matching_tables():
    net = small_bmn()
    assert net.match_map.shape == (16, 2)
    np.testing.assert_allclose(net.match_map[[0, 1, 4]], [[0, 0.25], [0.25, 0.5], [0, 0.5]])
    np.testing.assert_allclose(net.anchors_tmins, [-0.125, 0.125, 0.375, 0.625])
    np.testing.assert_allclose(net.anchors_tmaxs, [0.375, 0.625, 0.875, 1.125])
    assert net._get_bm_mask().tolist() == [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]]
    assert not {'match_map', 'anchors_tmins'} & net.state_dict().keys()
    tem = TEM(4, 0.5, 4, 4, 0.5)
    np.testing.assert_allclose(tem.anchors_tmaxs, [0.25, 0.5, 0.75, 1])


def test_overridden_anchors_change_the_targets():
    class Whole(BMN):
        def _temporal_anchors(self, tmin_offset=0.0, tmax_offset=1.0):
            return super()._temporal_anchors(0.0, 1.0)

        def _match_map(self):
            return super()._match_map() * 0 + [0.0, 0.5]

    boxes = [torch.tensor([[0.0, 0.5]])]
    iou, start, _ = small_bmn(Whole).generate_labels(boxes)
    assert iou.unique().tolist() == [1.0]
    # steps of a quarter, and the start reaches from -3/8 to 3/8
    assert start.tolist() == [[1.0, 0.5, 0.0, 0.0]]
    assert small_bmn().generate_labels(boxes)[1].tolist() == [[1.0, 0.5, 0.0, 0.0]]


def test_auxiliary_head_of_the_pyramid():
    head = fill_state_dict(AuxHead(4, 3)).eval()
    x = seeded_tensor((2, 4, 2, 4, 4))
    scores = head(x)
    features = head.conv(x).mean((2, 3, 4))
    torch.testing.assert_close(scores, head.fc(features))
    samples = [ActionDataSample().set_gt_label(i) for i in (2, 0)]
    expected = 0.5 * nn.functional.cross_entropy(scores, torch.tensor([2, 0]))
    torch.testing.assert_close(head.loss(x, samples), {'loss_aux': expected})


def test_convolutions_initialize_themselves_on_request():
    torch.manual_seed(0)
    for conv, layer, norm in (
        (Conv2plus1d(16, 64, 3), 'conv_s', 'bn_s'),
        (ConvAudio(64, 64, 3), 'conv_1.conv', 'conv_2.bn'),
    ):
        nn.init.zeros_(conv.get_parameter(f'{norm}.weight'))
        conv.init_weights()
        weight = conv.get_parameter(f'{layer}.weight')
        fan_out = weight.shape[0] * weight[0, 0].numel()
        assert abs(weight.detach().std() / (2 / fan_out) ** 0.5 - 1) < 0.05
        assert conv.get_parameter(f'{norm}.weight').eq(1).all()


def test_blocks_and_layers_are_those_that_scripts_look_for():
    net = ResNet3d(50, non_local=(0, (0, 1, 0, 0)), **CLIPS)
    assert isinstance(net.conv1, mmcv.cnn.ConvModule)
    assert isinstance(net.layer2[1].non_local_block, mmcv.cnn.NonLocal3d)
    assert not isinstance(net.layer2[1].non_local_block, mmcv.cnn.NonLocal2d)
    blocks = [
        net.layer1[0],
        X3D(num_stages=1, spatial_strides=(2,)).layer1[0],
        SwinTransformer3D(**SWIN).layers[0].blocks[0],
        MViT(MVIT, spatial_size=32, temporal_size=4).blocks[0],
        VisionTransformer(embed_dims=8, num_heads=2, depth=1, img_size=32).blocks[0],
        timesformer().patch_embed,
        UniFormer(depth=[1, 1, 1, 1], embed_dim=[8, 8, 8, 8], head_dim=4).blocks1[0],
    ]
    assert [isinstance(block, BaseModule) for block in blocks] == [True] * len(blocks)


def test_mmcv_s_tools_take_our_modules():
    net = fill_state_dict(ResNet(18, strides=(1, 2), dilations=(1, 1), **FEW)).eval()
    x = seeded_tensor((1, 3, 32, 32))
    expected = net(x)
    net.conv1.turn_on_efficient_conv_bn_eval()  # a method of mmcv's
    torch.testing.assert_close(mmcv.cnn.fuse_conv_bn(net)(x), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(('name', 'at_one'), [('HSwish', 4 / 6), ('HSigmoid', 4 / 6), ('Swish', 0.7310586)])
def test_activations_of_mmcv(name, at_one):
    act = ResNet(18, act_cfg=dict(type=name), strides=(1, 2), dilations=(1, 1), **FEW).conv1.activate
    torch.testing.assert_close(act(torch.ones(1)), torch.tensor([at_one]))


def test_a_module_is_not_initialized_twice():
    class Net(BaseModule):
        def __init__(self):
            super().__init__(init_cfg=dict(type='Constant', layer='Conv2d', val=3.0))
            self.conv = ResNet(18, strides=(1, 2), dilations=(1, 1), **FEW).conv1

    net = Net()
    net.init_weights()
    assert net.conv.conv.weight.unique().tolist() == [3.0]


def test_networks_state_no_initialization_until_it_is_done():
    net = ResNet3d(18, **CLIPS)
    assert net.init_cfg is None
    torch.manual_seed(0)
    net.init_weights()
    weight = net.layer1[0].conv1.conv.weight
    assert abs(weight.detach().std() / (2 / (64 * 27)) ** 0.5 - 1) < 0.02
    assert not net.layer1[0].conv2.bn.weight.any()  # zero_init_residual
    own = ResNet3d(18, init_cfg=dict(type='Constant', layer='Conv3d', val=2.0), **CLIPS)
    own.init_weights()
    assert own.conv1.conv.weight.unique().tolist() == [2.0]
