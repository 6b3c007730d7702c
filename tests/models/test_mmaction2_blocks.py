"""Building blocks under MMAction2's names and constructors, positional order included, and that models use them."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import nn

from mmaction.models import MODELS
from mmaction.models.backbones.gcn.aagcn import AAGCNBlock
from mmaction.models.backbones.gcn.stgcn import STGCNBlock
from mmaction.models.backbones.resnet.audio import Bottleneck2dAudio
from mmaction.models.backbones.resnet.omni import batch_norm
from mmaction.models.backbones.resnet.tin import linear_sampler
from mmaction.models.backbones.vit import mvit, swin, uniformer, uniformerv2, vit_mae
from mmaction.models.common.patch_embed3d import AdaptivePadding, PatchEmbed3D
from mmaction.models.localizers.drn.drn_utils import fcos, fcos_loss, inference, query_encoder
from mmaction.models.localizers.tcanet import CenterWidthRegressor, StartEndRegressor, TemporalTransform
from mmaction.models.utils import Graph, mstcn, unit_aagcn, unit_gcn, unit_tcn
from mmaction.testing import fill_state_dict


def build(**cfg) -> nn.Module:
    return MODELS.build(cfg)


def adjacency() -> torch.Tensor:
    return torch.tensor(Graph('coco', 'spatial').A, dtype=torch.float32)


def test_graph_layers_take_positional_arguments():
    A = adjacency()
    x = torch.randn(2, 4, 6, 17)
    assert unit_gcn(4, 8, A, 'init', 'post', True, 'BN', 'ReLU')(x).shape == (2, 8, 6, 17)
    assert unit_aagcn(4, 8, A, 4, True, True)(x).shape == (2, 8, 6, 17)
    assert unit_tcn(4, 8, 3, 2, 1, 'BN', 0.0)(x).shape == (2, 8, 3, 17)
    assert mstcn(4, 12, None, 0.0, [(3, 1), ('max', 3), '1x1'], 2)(x).shape == (2, 12, 3, 17)


def test_a_subclass_of_mstcn_overrides_inner_forward():
    class Shifted(mstcn):
        def inner_forward(self, x):
            return super().inner_forward(x) + 1

    layers = [cls(6, 12).eval() for cls in (mstcn, Shifted)]
    for layer in layers:
        fill_state_dict(layer)
    x = torch.randn(1, 6, 4, 17)
    plain, shifted = (layer(x) for layer in layers)
    scale = layers[0].bn.weight / (layers[0].bn.running_var + layers[0].bn.eps).sqrt()
    torch.testing.assert_close(shifted - plain, scale[None, :, None, None].expand_as(plain), atol=1e-4, rtol=1e-4)


def test_blocks_of_graph_networks_are_those_in_use():
    for name, block in (('STGCN', STGCNBlock), ('AAGCN', AAGCNBlock)):
        net = build(type=name, graph_cfg=dict(layout='coco', mode='spatial'), base_channels=8, num_stages=2)
        assert [type(stage) for stage in net.gcn] == [block, block]
        own = block(8, 16, adjacency(), 2, False, tcn_type='mstcn')
        assert own.residual is None
        assert own(torch.randn(1, 8, 4, 17)).shape == (1, 16, 2, 17)
    names = {type(layer).__name__ for layer in STGCNBlock(8, 8, adjacency(), tcn_type='mstcn').modules()}
    assert {'unit_gcn', 'mstcn', 'unit_tcn'} <= names
    keys = STGCNBlock(8, 8, adjacency()).state_dict()
    assert {key.split('.')[0] for key in keys} == {'gcn', 'tcn'}  # the shortcut has no parameters


def test_swin_parts():
    net = build(type='SwinTransformer3D', arch=dict(embed_dims=8, depths=[2, 1], num_heads=[2, 4]), out_indices=(1,))
    assert isinstance(net.patch_embed, swin.PatchEmbed3D)
    layer = net.layers[0]
    assert isinstance(layer, swin.BasicLayer)
    assert isinstance(layer.downsample, swin.PatchMerging)
    assert isinstance(layer.blocks[1], swin.SwinTransformerBlock3D)
    assert layer.blocks[1].shift_size == (4, 3, 3)
    assert isinstance(layer.blocks[0].attn, swin.WindowAttention3D)
    assert all(isinstance(m, BaseModule) for m in (net.patch_embed, layer, *layer.blocks, layer.blocks[0].attn))

    x = torch.randn(1, 8, 4, 14, 14)
    assert layer(x).shape == (1, 4, 7, 7, 16)
    assert layer(x, do_downsample=False).shape == (1, 4, 14, 14, 8)
    assert swin.PatchEmbed3D((2, 4, 4), 3, 8, dict(type='LN'))(torch.randn(1, 3, 3, 9, 8)).shape == (1, 8, 2, 3, 2)
    own = swin.BasicLayer(8, 2, 2, (2, 7, 7), 4.0, True, None, 0.0, 0.0, [0.0, 0.1], downsample=swin.PatchMerging)
    assert own(x).shape == (1, 4, 7, 7, 16)


def test_swin_block_of_the_layer_equals_the_block_alone():
    block = fill_state_dict(swin.SwinTransformerBlock3D(8, 2, (2, 7, 7), (1, 3, 3))).eval()
    x = torch.randn(1, 4, 14, 14, 8)
    window, shift = swin.get_window_size((4, 14, 14), (2, 7, 7), (1, 3, 3))
    assert (window, shift) == ((2, 7, 7), (1, 3, 3))
    assert swin.get_window_size((1, 5, 14), (2, 7, 7)) == (1, 5, 7)
    mask = swin.compute_mask(4, 14, 14, window, shift, 'cpu')
    assert mask.shape == (8, 98, 98)
    windows = swin.window_partition(x, window)
    assert windows.shape == (8, 98, 8)
    torch.testing.assert_close(swin.window_reverse(windows, window, 1, 4, 14, 14), x)

    # by hand: roll, cut, attend under the mask, put together, roll back
    rolled = block.norm1(x).roll((-1, -3, -3), (1, 2, 3))
    attended = swin.window_reverse(block.attn(swin.window_partition(rolled, window), mask), window, 1, 4, 14, 14)
    y = x + attended.roll((1, 3, 3), (1, 2, 3))
    torch.testing.assert_close(block(x, mask), y + block.mlp(block.norm2(y)), atol=1e-5, rtol=1e-4)


def test_mvit_parts():
    arch = dict(embed_dims=8, num_layers=2, num_heads=1, downscale_indices=(1,))
    net = build(type='MViT', arch=arch, spatial_size=32, temporal_size=4)
    assert isinstance(net.patch_embed, PatchEmbed3D)
    assert net.patch_embed.init_out_size == (2, 8, 8)
    block = net.blocks[1]
    assert isinstance(block, mvit.MultiScaleBlock)
    assert (block.in_dims, block.out_dims, block.init_out_size) == (8, 16, (2, 4, 4))
    assert isinstance(block.attn, mvit.MultiScaleAttention)
    assert isinstance(block.mlp, mvit.MLP)
    assert set(mvit.MLP(4, 8, 2).state_dict()) == {'fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'}

    x = torch.randn(1, 1 + 2 * 8 * 8, 8)
    tokens, grid = mvit.MultiScaleBlock(8, 16, 2, stride_q=(1, 2, 2), input_size=(2, 8, 8))(x, in_size=(2, 8, 8))
    assert tokens.shape == (1, 1 + 2 * 4 * 4, 16)
    assert grid == (2, 4, 4)
    pooled, grid = mvit.attention_pool(x, nn.MaxPool3d((1, 2, 2)), (2, 8, 8), with_cls_token=True)
    assert pooled.shape == (1, 33, 8)
    assert grid == (2, 4, 4)
    torch.testing.assert_close(pooled[:, 0], x[:, 0])
    assert mvit.resize_pos_embed(x, (2, 8, 8), (2, 4, 4)).shape == (1, 33, 8)
    assert mvit.resize_decomposed_rel_pos(torch.randn(7, 4), 4, 4).shape == (4, 4, 4)


def test_decomposed_positions_are_added_to_the_logits():
    q = torch.randn(1, 2, 1 + 8, 4)
    tables = [torch.randn(3, 4) for _ in range(3)]
    logits = torch.randn(1, 2, 9, 9)
    grid = (2, 2, 2)
    out = mvit.add_decomposed_rel_pos(logits, q, grid, grid, *tables, with_cls_token=True)
    torch.testing.assert_close(out[..., 0], logits[..., 0])
    # from the patch (t, h, w) = (1, 0, 1) to (0, 1, 1): offsets 1, -1, 0, which are rows 2, 0 and 1
    query, key = 1 + 5, 1 + 3
    h, w, t = (torch.einsum('nd,d->n', q[0, :, query], table[row]) for table, row in zip(tables, (0, 1, 2)))
    torch.testing.assert_close(out[0, :, query, key], logits[0, :, query, key] + h + w + t)


def test_adaptive_padding():
    x = torch.ones(1, 1, 3, 5, 4)
    corner = AdaptivePadding((2, 4, 4), (2, 4, 4), 1, 'corner')(x)
    assert corner.shape == (1, 1, 4, 8, 4)
    assert corner[0, 0, 3].sum() == 0
    same = AdaptivePadding((1, 4, 1), (1, 4, 1), padding='same')(x)
    assert same[0, 0, 0, :, 0].tolist() == [0, 1, 1, 1, 1, 1, 0, 0]
    embed = PatchEmbed3D(3, 8, 'Conv3d', (2, 4, 4), (2, 4, 4), norm_cfg=dict(type='LN'), input_size=(3, 5, 4))
    tokens, grid = embed(torch.randn(1, 3, 3, 5, 4))
    assert tokens.shape == (1, 4, 8)
    assert grid == embed.init_out_size == (2, 2, 1)
    assert set(embed.state_dict()) == {'projection.weight', 'projection.bias', 'norm.weight', 'norm.bias'}


def test_uniformer_parts():
    net = build(type='UniFormer', depth=[1, 1, 1, 1], embed_dim=[8, 16, 16, 16], head_dim=8, img_size=32)
    assert isinstance(net.patch_embed1, uniformer.SpeicalPatchEmbed)
    assert isinstance(net.patch_embed2, uniformer.PatchEmbed)
    assert isinstance(net.blocks1[0], uniformer.CBlock)
    assert isinstance(net.blocks1[0].mlp, uniformer.CMlp)
    assert isinstance(net.blocks4[0], uniformer.SABlock)
    x = torch.randn(1, 8, 4, 8, 8)
    assert uniformer.CBlock(8, 2, 4.0, True, None, 0.0, 0.0, 0.1)(x).shape == x.shape
    assert uniformer.SABlock(8, 2, 4.0, True, None, 0.0, 0.0, 0.1)(x).shape == x.shape
    assert uniformer.PatchEmbed(8, 2, 8, 4)(x).shape == (1, 4, 4, 4, 4)
    assert uniformer.SpeicalPatchEmbed(8, 4, 8, 4)(x).shape == (1, 4, 2, 2, 2)
    assert [conv(4, 4).kernel_size for conv in (uniformer.conv_1x1x1, uniformer.conv_3x3x3, uniformer.conv_5x5x5)] == [
        (1, 1, 1),
        (3, 3, 3),
        (5, 5, 5),
    ]


def test_uniformerv2_block_takes_both_layouts():
    block = uniformerv2.ResidualAttentionBlock(8, 2, 0.0, 1.5, False, True)
    fill_state_dict(block).eval()
    assert isinstance(block.lmhra1, uniformerv2.Local_MHRA)
    clips = torch.randn(2, 3, 1 + 4, 8)  # (B, T, 1 + H*W, C)
    ours = block(clips, (2, 2))
    theirs = block(clips.flatten(0, 1).transpose(0, 1), 3)  # (1 + H*W, B*T, C)
    torch.testing.assert_close(theirs.transpose(0, 1).unflatten(0, (2, 3)), ours)


def test_videomae_parts():
    net = build(type='VisionTransformer', img_size=16, embed_dims=8, depth=1, num_heads=2, num_frames=4)
    assert isinstance(net.blocks[0].attn, vit_mae.Attention)
    attn = vit_mae.Attention(8, 2, True, None, 0.0, 0.0)
    assert set(attn.state_dict()) == {'q_bias', 'v_bias', 'qkv.weight', 'proj.weight', 'proj.bias'}
    table = vit_mae.get_sinusoid_encoding(n_position=5, embed_dims=4)
    assert table.shape == (1, 5, 4)
    torch.testing.assert_close(
        table[0, 1],
        torch.tensor([1.0, 1.0, 0.01, 0.01]).sin() * torch.tensor([1, 0, 1, 0])
        + torch.tensor([1.0, 1.0, 0.01, 0.01]).cos() * torch.tensor([0, 1, 0, 1]),
    )


def test_parts_of_resnets():
    block = Bottleneck2dAudio(16, 4, 2, 1, nn.Conv2d(16, 16, 1, 2), True, dict(type='BN'))
    assert block.expansion == 4
    assert block(torch.randn(1, 16, 8, 8)).shape == (1, 16, 4, 4)
    net = build(type='ResNetAudio', depth=50, factorize=(1, 0, 0, 0))
    assert isinstance(net.layer2[0], Bottleneck2dAudio)
    assert [net.layer1[0].factorize, net.layer2[0].factorize] == [True, False]

    data = torch.arange(4.0).view(1, 4, 1, 1)
    assert linear_sampler(data, torch.tensor([[0.5]])).flatten().tolist() == [0.0, 0.5, 1.5, 2.5]

    norm = nn.BatchNorm3d(2)
    norm.running_mean += 1
    x = torch.randn(2, 2, 1, 3, 3)
    torch.testing.assert_close(batch_norm(x, norm, training=False), (x - 1) / (1 + 1e-5) ** 0.5)
    torch.testing.assert_close(batch_norm(x.squeeze(2), norm), norm(x).squeeze(2))


def test_parts_of_drn():
    head = fcos.FCOSHead(8, 2, 1, 0.01, False)
    levels = [torch.randn(2, 8, n) for n in (8, 4, 2)]
    logits, boxes, ious = head(levels)
    assert [x.shape for x in (logits[0], boxes[0], ious[0])] == [(2, 1, 8), (2, 2, 8), (2, 1, 8)]
    assert fcos.Scale(2.0)(torch.ones(1)).item() == 2

    locations = [torch.arange(n) * step + step / 2 for n, step in ((8, 1), (4, 2), (2, 4))]
    select = inference.make_fcos_postprocessor(2, 0.0, 3, 0.6, 32, False)
    found = select(locations, logits, boxes, ious)
    assert len(found) == 2
    assert found[0]['detections'].shape == (3 + 3 + 2, 2)

    evaluate = fcos_loss.make_fcos_loss_evaluator(0.25, 2.0)
    targets = torch.tensor([[0.1, 0.5], [0.3, 0.9]])
    losses = evaluate(locations, logits, boxes, targets, ious, is_first_stage=True)
    assert losses[2] == 0
    want = fcos_loss.fcos_losses(locations, logits, boxes, ious, targets, 0.25, 2.0)
    torch.testing.assert_close(losses[0], want['loss_cls']())
    iou = fcos_loss.segment_tiou(torch.tensor([[[0.0, 2.0]]]), torch.tensor([[[1.0, 3.0], [5.0, 6.0]]]))
    torch.testing.assert_close(iou, torch.tensor([[1 / 3, 0.0]]))

    masked = query_encoder.apply_mask1d(torch.zeros(2, 3), torch.tensor([1, 3]))
    assert masked.softmax(1)[0].tolist() == [1, 0, 0]


def test_parts_of_tcanet():
    starts, inside, ends = TemporalTransform(0.5, 8, 4)(torch.tensor([[0.25, 0.75]]), torch.arange(16.0).view(1, 1, 16))
    assert [x.shape[-1] for x in (starts, inside, ends)] == [4, 8, 4]
    assert inside.flatten().tolist() == [4, 5, 6, 7, 8, 9, 10, 11]  # eight steps, the middle half of the video
    assert StartEndRegressor(8, 8)(torch.randn(3, 16, 8)).shape == (3, 2)
    assert CenterWidthRegressor(8, 8)(torch.randn(3, 8, 8)).shape == (3, 3)
