"""TimeSformer and the layers it is made of."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from clip_overfitting import assert_half_agrees, overfit, recognizer
from golden_files import GoldenFile
from torch import nn

from mmaction.models import (
    DividedSpatialAttentionWithNorm,
    DividedTemporalAttentionWithNorm,
    FFNWithNorm,
    TimeSformer,
    TimeSformerHead,
)
from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict, seeded_tensor
from mmaction.weights.rename import translate, with_prefix
from mmaction.weights.tables.timesformer import DIVIDED

TINY = dict(num_frames=3, img_size=32, patch_size=16, embed_dims=24, num_heads=4, num_transformer_layers=2)
CLIP = (2, 3, 3, 32, 32)
TYPES = ('divided_space_time', 'joint_space_time', 'space_only')
VARIANTS = {kind: dict(TINY, attention_type=kind) for kind in TYPES}


def image_vit() -> dict[str, torch.Tensor]:
    """Random weights of a small ViT under timm's names."""
    shapes = {'cls_token': (1, 1, 24), 'pos_embed': (1, 5, 24), 'patch_embed.proj.weight': (24, 3, 16, 16)}
    shapes |= {'patch_embed.proj.bias': (24,), 'norm.weight': (24,), 'norm.bias': (24,)}
    for i in range(2):
        for name, out, inner in (('attn.qkv', 72, 24), ('attn.proj', 24, 24), ('mlp.fc1', 96, 24), ('mlp.fc2', 24, 96)):
            shapes |= {f'blocks.{i}.{name}.weight': (out, inner), f'blocks.{i}.{name}.bias': (out,)}
        for norm in ('norm1', 'norm2'):
            shapes |= {f'blocks.{i}.{norm}.weight': (24,), f'blocks.{i}.{norm}.bias': (24,)}
    return {name: 0.2 * seeded_tensor(shape, seed=i) for i, (name, shape) in enumerate(shapes.items())}


def run_image_vit(w: dict[str, torch.Tensor], frame: torch.Tensor) -> torch.Tensor:
    """timm's ViT written out: frame (3, H, W) -> class token."""
    x = F.conv2d(frame[None], w['patch_embed.proj.weight'], w['patch_embed.proj.bias'], stride=16)
    x = torch.cat((w['cls_token'], x.flatten(2).transpose(1, 2)), 1) + w['pos_embed']

    def linear(y, name):
        return F.linear(y, w[name + '.weight'], w[name + '.bias'])

    def norm(y, name):
        return F.layer_norm(y, (24,), w[name + '.weight'], w[name + '.bias'], 1e-6)

    for i in range(2):
        p = f'blocks.{i}.'
        q, k, v = linear(norm(x, p + 'norm1'), p + 'attn.qkv').view(5, 3, 4, 6).permute(1, 2, 0, 3)
        y = ((q @ k.transpose(1, 2)) / 6**0.5).softmax(-1) @ v
        x = x + linear(y.transpose(0, 1).reshape(1, 5, 24), p + 'attn.proj')
        x = x + linear(F.gelu(linear(norm(x, p + 'norm2'), p + 'mlp.fc1')), p + 'mlp.fc2')
    return norm(x, 'norm')[0, 0]


GOLDENS = GoldenFile('vision_transformers')


@pytest.mark.parametrize('kind', TYPES)
def test_golden(kind):
    net = fill_state_dict(TimeSformer(**VARIANTS[kind])).eval()
    GOLDENS.check_keys(f'timesformer_{kind}', net)
    with torch.no_grad():
        GOLDENS.check(f'timesformer_{kind}', net(seeded_tensor(CLIP)))


@pytest.mark.parametrize(
    ('kind', 'name', 'count'),
    [
        ('divided_space_time', 'timesformer_divST', 121_566_352),
        ('joint_space_time', 'timesformer_jointST', 86_112_400),
        ('space_only', None, 86_106_256),
    ],
)
def test_published_keys_and_counts(kind, name, count):
    with torch.device('meta'):
        net = nn.Module()
        net.backbone = TimeSformer(8, 224, 16, attention_type=kind)
        net.cls_head = TimeSformerHead(400, 768)
    assert sum(p.numel() for p in net.parameters()) == count
    if name:
        GOLDENS.check_keys(name, net)


@pytest.mark.parametrize('kind', TYPES)
def test_image_weights_start_as_the_image_net(kind, tmp_path):
    """Of one frame all three are the ViT, whose weights they take; divided attention is also so frame by frame."""
    weights = image_vit()
    torch.save(weights | {'head.weight': torch.ones(7, 24), 'head.bias': torch.ones(7)}, tmp_path / 'vit.pth')
    net = TimeSformer(**VARIANTS[kind], pretrained=str(tmp_path / 'vit.pth')).eval()
    net.init_weights()
    frame = seeded_tensor((3, 32, 32), seed=3)
    want = run_image_vit(weights, frame)
    with torch.no_grad():
        torch.testing.assert_close(net(frame[None, :, None])[0], want, rtol=1e-4, atol=1e-5)
        if kind != 'joint_space_time':  # there a still clip attends to its class token less often
            still = frame[None, :, None].expand(-1, -1, 3, -1, -1)
            torch.testing.assert_close(net(still)[0], want, rtol=1e-4, atol=1e-5)
    if kind == 'divided_space_time':
        layer = net.transformer_layers.layers[1]
        assert torch.equal(layer.attentions[0].attn.in_proj_weight, weights['blocks.1.attn.qkv.weight'])
        assert torch.equal(layer.attentions[0].norm.weight, layer.attentions[1].norm.weight)
        assert not layer.attentions[0].temporal_fc.weight.any()


def test_image_weights_under_our_names_become_divided(tmp_path):
    image = fill_state_dict(TimeSformer(**VARIANTS['space_only']))
    torch.save({'state_dict': {f'backbone.{k}': v for k, v in image.state_dict().items()}}, tmp_path / 'vit.pth')
    net = TimeSformer(**VARIANTS['divided_space_time'], pretrained=str(tmp_path / 'vit.pth')).eval()
    net.init_weights()
    still = seeded_tensor((2, 3, 1, 32, 32)).expand(-1, -1, 3, -1, -1)
    with torch.no_grad():
        torch.testing.assert_close(net(still), image.eval()(still), rtol=1e-4, atol=1e-5)


def authors_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A divided TimeSformer of ours as its authors save it."""
    pairs = {
        'patch_embed.projection': 'patch_embed.proj',
        'transformer_layers.layers': 'blocks',
        'attentions.0.norm': 'temporal_norm1',
        'attentions.0.temporal_fc': 'temporal_fc',
        'attentions.0.attn.in_proj_': 'temporal_attn.qkv.',
        'attentions.0.attn.out_proj': 'temporal_attn.proj',
        'attentions.1.norm': 'norm1',
        'attentions.1.attn.in_proj_': 'attn.qkv.',
        'attentions.1.attn.out_proj': 'attn.proj',
        'ffns.0.norm': 'norm2',
        'ffns.0.layers.0.0': 'mlp.fc1',
        'ffns.0.layers.1': 'mlp.fc2',
    }
    out = {}
    for name, value in state.items():
        for ours, theirs in pairs.items():
            name = name.replace(ours, theirs)
        out[f'model.{name}'] = value
    return out


def test_weights_under_the_authors_names(tmp_path):
    donor = fill_state_dict(TimeSformer(**TINY))
    theirs = authors_names(donor.state_dict()) | {'model.head.weight': torch.ones(5, 24)}
    torch.save({'model_state': theirs}, tmp_path / 'weights.pyth')
    net = TimeSformer(**TINY, pretrained=str(tmp_path / 'weights.pyth'))
    net.init_weights()
    assert all(torch.equal(value, donor.state_dict()[key]) for key, value in net.state_dict().items())
    whole = with_prefix(translate(theirs, (DIVIDED,)).state)
    assert set(whole) == {f'backbone.{key}' for key in donor.state_dict()} | {'cls_head.fc_cls.weight'}
    longer = TimeSformer(**dict(TINY, num_frames=6, img_size=48), pretrained=str(tmp_path / 'weights.pyth'))
    longer.init_weights()
    assert torch.equal(longer.time_embed, donor.time_embed.repeat_interleave(2, 1))  # nearest
    assert longer.pos_embed.shape == (1, 10, 24)
    torch.save(theirs | {'model.blocks.1.attn.scale': torch.ones(1)}, tmp_path / 'weights.pyth')
    with pytest.raises(ValueError, match=r'TimeSformer.* 1 of \d+ entries .*: model\.blocks\.1\.attn\.scale'):
        net.init_weights()


def test_divided_attention_by_loops():
    x = seeded_tensor((2, 1 + 5 * 3, 8))
    time = fill_state_dict(DividedTemporalAttentionWithNorm(8, 2, 3)).eval()
    space = fill_state_dict(DividedSpatialAttentionWithNorm(8, 2, 3)).eval()
    with torch.no_grad():
        got = time(x)
        assert torch.equal(got[:, 0], x[:, 0])
        for patch in range(5):
            line = slice(1 + 3 * patch, 4 + 3 * patch)
            want = x[:, line] + time.temporal_fc(time.attn(time.norm(x[:, line])))
            torch.testing.assert_close(got[:, line], want)
        got, firsts = space(x), []
        for frame in range(3):
            places = [0, *range(1 + frame, 16, 3)]
            y = space.attn(space.norm(x[:, places]))
            firsts.append(y[:, 0])
            torch.testing.assert_close(got[:, places[1:]], x[:, places[1:]] + y[:, 1:])
        torch.testing.assert_close(got[:, 0], x[:, 0] + sum(firsts) / 3)
        torch.testing.assert_close(space(x[:, :11], num_frames=2)[:, 1:].shape, torch.Size((2, 10, 8)))
    with pytest.raises(ValueError, match='leave out key and value'):
        space(x, x + 1, x)


def test_ffn_with_norm():
    layer = fill_state_dict(FFNWithNorm(8, 16, act_cfg=dict(type='GELU'), norm_cfg=dict(type='LN', eps=1e-3)))
    x, other = seeded_tensor((2, 3, 8)), seeded_tensor((2, 3, 8), seed=1)
    y = F.layer_norm(x, (8,), layer.norm.weight, layer.norm.bias, 1e-3)
    y = layer.layers[1](F.gelu(layer.layers[0][0](y)))
    torch.testing.assert_close(layer(x), x + y)
    torch.testing.assert_close(layer(x, other), other + y)
    with pytest.raises(ValueError, match=r'num_fcs \(1\) must be at least 2'):
        FFNWithNorm(8, 16, num_fcs=1)


def test_layers_of_a_config():
    """``transformer_layers`` in mmcv's form gives the layers of the default, and mistakes in it are named."""
    attention = dict(type='MultiheadAttention', embed_dims=24, num_heads=4, batch_first=True)
    ffn = dict(type='FFN', embed_dims=24, feedforward_channels=96, act_cfg=dict(type='GELU'))
    layer = dict(
        type='BaseTransformerLayer',
        attn_cfgs=[attention],
        ffn_cfgs=ffn,
        operation_order=('norm', 'self_attn', 'norm', 'ffn'),
        norm_cfg=dict(type='LN', eps=1e-6),
        batch_first=True,
    )

    def build(**changes):
        layers = dict(type='TransformerLayerSequence', transformerlayers=dict(layer, **changes), num_layers=2)
        return MODELS.build(dict(type='TimeSformer', **VARIANTS['joint_space_time'], transformer_layers=layers))

    net, default = build(), TimeSformer(**VARIANTS['joint_space_time'])
    x = seeded_tensor(CLIP)
    assert torch.equal(fill_state_dict(net).eval()(x), fill_state_dict(default).eval()(x))
    with pytest.raises(ValueError, match=r"operation_order has \['cross_attn'\]"):
        build(operation_order=('cross_attn', 'ffn'))
    with pytest.raises(ValueError, match='attn_cfgs has 2 configs for 1 parts'):
        build(attn_cfgs=[attention, attention])
    with pytest.raises(ValueError, match=r'batch_first \(False\)'):
        build(batch_first=False)
    with pytest.raises(ValueError, match=r"type of dropout_layer \('Drop'\) must be one of"):
        build(ffn_cfgs=dict(ffn, dropout_layer=dict(type='Drop')))


@pytest.mark.parametrize('kind', TYPES)
def test_other_sizes_and_half_precision(kind):
    net = fill_state_dict(TimeSformer(**VARIANTS[kind])).eval()
    assert_half_agrees(net, seeded_tensor(CLIP))
    with torch.no_grad():
        assert net(seeded_tensor((1, 3, 5, 48, 70))).shape == (1, 24)
        with pytest.raises(ValueError, match='8 x 32 pixels are smaller than a patch of 16'):
            net(torch.zeros(1, 3, 3, 8, 32))
    with pytest.raises(ValueError, match=r"attention_type \('space'\) must be one of"):
        TimeSformer(**dict(TINY, attention_type='space'))


@pytest.mark.parametrize('kind', TYPES)
def test_learns_four_clips(kind):
    model = recognizer(dict(type='TimeSformer', **VARIANTS[kind]), dict(type='TimeSformerHead', in_channels=24))
    first, last = overfit(model, CLIP[1:], steps=20, lr=1e-2)
    assert last < 0.1 < first
