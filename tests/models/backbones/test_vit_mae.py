"""VideoMAE's Vision Transformer."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from clip_overfitting import assert_half_agrees, overfit, recognizer
from golden_files import GoldenFile
from torch import nn

from mmaction.apis import init_recognizer
from mmaction.models import TimeSformerHead, VisionTransformer
from mmaction.testing import fill_state_dict, get_recognizer_cfg, seeded_tensor
from mmaction.weights.rename import translate, with_prefix
from mmaction.weights.tables.videomae import AUTHORS

TINY = dict(img_size=32, patch_size=8, embed_dims=24, depth=3, num_heads=4, num_frames=4)
CLIP = (2, 3, 4, 32, 32)
VARIANTS = {
    'tiny': TINY,
    'scaled_learnable': dict(
        TINY, init_values=0.1, use_learnable_pos_emb=True, qkv_bias=False, qk_scale=0.3, use_mean_pooling=False
    ),
    'feature_map': dict(TINY, tubelet_size=1, mlp_ratio=2, use_mean_pooling=False, return_feat_map=True),
}


def authors_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Our state dict as VideoMAE's fine-tuning would save it."""
    ours = {
        'patch_embed.projection': 'patch_embed.proj',
        'mlp.layers.0.0': 'mlp.fc1',
        'mlp.layers.1': 'mlp.fc2',
    }
    out = {}
    for name, value in state.items():
        for a, b in ours.items():
            name = name.replace(a, b)
        out[name] = value
    return out


def reference(x: torch.Tensor, w: dict[str, torch.Tensor], heads: int, frames: int = 2) -> torch.Tensor:
    """VideoMAE's classifier written out on its own names; x (3, T, H, W) one clip, tubelets of frames x 8 x 8."""
    tubes = x.unfold(1, frames, frames).unfold(2, 8, 8).unfold(3, 8, 8)  # (3, T', H', W', 2, 8, 8)
    tubes = tubes.permute(1, 2, 3, 0, 4, 5, 6).flatten(3).flatten(0, 2)
    tokens = tubes @ w['patch_embed.proj.weight'].flatten(1).T + w['patch_embed.proj.bias']
    count, dim = tokens.shape
    table = [[place / 10000 ** (2 * (j // 2) / dim) for j in range(dim)] for place in range(count)]
    tokens += torch.tensor([[(math.cos if j % 2 else math.sin)(v) for j, v in enumerate(row)] for row in table])
    for i in range(3):
        p = f'blocks.{i}.'
        y = F.layer_norm(tokens, (dim,), w[p + 'norm1.weight'], w[p + 'norm1.bias'], 1e-6)
        bias = torch.cat((w[p + 'attn.q_bias'], torch.zeros(dim), w[p + 'attn.v_bias']))
        q, k, v = (y @ w[p + 'attn.qkv.weight'].T + bias).split(dim, 1)
        outs = []
        for h in range(heads):
            part = slice(h * dim // heads, (h + 1) * dim // heads)
            weights = (q[:, part] @ k[:, part].T / math.sqrt(dim / heads)).softmax(1)
            outs.append(weights @ v[:, part])
        tokens = tokens + torch.cat(outs, 1) @ w[p + 'attn.proj.weight'].T + w[p + 'attn.proj.bias']
        y = F.layer_norm(tokens, (dim,), w[p + 'norm2.weight'], w[p + 'norm2.bias'], 1e-6)
        y = F.gelu(y @ w[p + 'mlp.fc1.weight'].T + w[p + 'mlp.fc1.bias'])
        tokens = tokens + y @ w[p + 'mlp.fc2.weight'].T + w[p + 'mlp.fc2.bias']
    return F.layer_norm(tokens.mean(0), (dim,), w['fc_norm.weight'], w['fc_norm.bias'], 1e-6)


GOLDENS = GoldenFile('vision_transformers')


@pytest.mark.parametrize('name', VARIANTS)
def test_golden(name):
    net = fill_state_dict(VisionTransformer(**VARIANTS[name])).eval()
    GOLDENS.check_keys(f'vit_{name}', net)
    with torch.no_grad():
        GOLDENS.check(f'vit_{name}', net(seeded_tensor(CLIP)))


@pytest.mark.parametrize(
    ('name', 'size', 'detector', 'count'),
    [
        ('videomae_small', (384, 12, 6), False, 22_033_936),
        ('videomae_base', (768, 12, 12), False, 86_534_800),
        ('videomae_large', (1024, 24, 16), False, 304_270_736),
        ('videomae_base_ava', (768, 12, 12), True, 86_227_200),
        ('videomae_large_ava', (1024, 24, 16), True, 303_860_736),
    ],
)
def test_published_keys_and_counts(name, size, detector, count):
    dims, depth, heads = size
    with torch.device('meta'):
        net = nn.Module()
        net.backbone = VisionTransformer(
            embed_dims=dims, depth=depth, num_heads=heads, use_mean_pooling=not detector, return_feat_map=detector
        )
        if not detector:
            net.cls_head = TimeSformerHead(400, dims)
    if name in GOLDENS.names('upstream'):
        GOLDENS.check_keys(name, net)
    assert sum(p.numel() for p in net.parameters()) == count


@pytest.mark.parametrize('stage', ['fine-tuned', 'pre-trained'])
def test_weights_under_the_authors_names(stage, tmp_path):
    donor = fill_state_dict(VisionTransformer(**TINY)).eval()
    theirs = authors_names(donor.state_dict())
    del theirs['pos_embed']  # no entry of their checkpoints
    x = seeded_tensor(CLIP)
    with torch.no_grad():
        want = torch.stack([reference(clip, theirs, heads=4) for clip in x])
    if stage == 'fine-tuned':
        theirs |= {'head.weight': torch.ones(5, 24), 'head.bias': torch.zeros(5)}
        torch.save({'module': theirs}, tmp_path / 'weights.pth')
        whole = with_prefix(translate(theirs, (AUTHORS,)).state)
        assert whole['cls_head.fc_cls.weight'] is theirs['head.weight']
        assert whole['backbone.blocks.2.mlp.layers.1.bias'] is theirs['blocks.2.mlp.fc2.bias']
    else:
        kept = {f'encoder.{k}': v for k, v in theirs.items() if not k.startswith('fc_norm')}
        kept |= {'encoder.norm.weight': torch.ones(24), 'mask_token': torch.ones(1, 1, 8)}
        kept |= {'decoder.blocks.0.mlp.fc1.weight': torch.ones(8, 8), 'encoder_to_decoder.weight': torch.ones(8, 24)}
        torch.save({'model': kept}, tmp_path / 'weights.pth')
    net = VisionTransformer(**TINY, pretrained=str(tmp_path / 'weights.pth')).eval()
    net.init_weights()
    if stage == 'pre-trained':
        assert torch.equal(net.fc_norm.weight, torch.ones(24))  # starts anew
        net.fc_norm.load_state_dict(donor.fc_norm.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(net(x), want, rtol=1e-4, atol=1e-5)


def test_umt_is_the_network_with_tokens_of_single_frames(tmp_path):
    """Its classifier on its names, and the frozen encoder of its config, with a small encoder."""
    donor = fill_state_dict(VisionTransformer(**TINY, tubelet_size=1)).eval()
    theirs = authors_names(donor.state_dict()) | {'head.weight': torch.ones(400, 24), 'head.bias': torch.ones(400)}
    torch.save({'module': theirs}, tmp_path / 'weights.pth')
    x = seeded_tensor(CLIP)
    net = VisionTransformer(**TINY, tubelet_size=1, pretrained=str(tmp_path / 'weights.pth')).eval()
    net.init_weights()
    want = torch.stack([reference(clip, theirs, heads=4, frames=1) for clip in x])
    torch.testing.assert_close(net(x), want, rtol=1e-4, atol=1e-5)

    cfg = get_recognizer_cfg('umt/umt-vit-base-p16_frozen_8xb8-8x8x1-20e_kinetics400-rgb.py')
    cfg.model.backbone.update(TINY, frozen_stages=3)
    cfg.model.cls_head.update(in_channels=24, num_heads=2)
    model = init_recognizer(cfg, str(tmp_path / 'weights.pth'), device='cpu')
    maps = model.backbone(x)
    assert maps.shape == (2, 24, 4, 4, 4)
    torch.testing.assert_close(donor.fc_norm(maps.flatten(2).mean(2)), want, rtol=1e-4, atol=1e-5)
    assert {name.split('.')[0] for name, p in model.train().named_parameters() if p.requires_grad} == {'cls_head'}


@pytest.mark.parametrize(('dims', 'depth', 'heads', 'millions'), [(768, 12, 12, 87), (1024, 24, 16, 304)])
def test_published_sizes_of_umt(dims, depth, heads, millions):
    with torch.device('meta'):
        net = VisionTransformer(embed_dims=dims, depth=depth, num_heads=heads, num_frames=8, tubelet_size=1)
    assert net.patch_embed.projection.weight.shape == (dims, 3, 1, 16, 16)
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(millions, rel=0.02)


def test_weights_that_do_not_fit_are_named(tmp_path):
    path = str(tmp_path / 'weights.pth')
    state = VisionTransformer(**TINY).state_dict()
    torch.save(authors_names(state) | {'blocks.0.ls1.gamma': torch.zeros(24)}, path)
    with pytest.raises(ValueError, match=r'VideoMAE.* 1 of \d+ entries .*: blocks\.0\.ls1\.gamma'):
        VisionTransformer(**TINY, pretrained=path).init_weights()
    torch.save(state, path)
    with pytest.raises(ValueError, match=r'missing keys blocks\.3\.'):
        VisionTransformer(**dict(TINY, depth=4), pretrained=path).init_weights()
    with pytest.raises(ValueError, match=r'unexpected keys blocks\.2\.'):
        VisionTransformer(**dict(TINY, depth=2), pretrained=path).init_weights()


def test_positions_follow_the_size():
    net = VisionTransformer(**TINY, use_learnable_pos_emb=True)
    assert net.positions((2, 4, 4)) is net.pos_embed
    with torch.no_grad():
        rows = torch.arange(4.0)[:, None, None].expand(4, 4, 24).flatten(0, 1)
        net.pos_embed.copy_(torch.cat((rows, rows + 10))[None])
        wide = net.positions((2, 4, 6)).view(2, 4, 6, 24)
        torch.testing.assert_close(wide[1, :, 3, 5], torch.arange(10.0, 14.0))
        longer = net.positions((4, 4, 4)).view(4, 4, 4, 24)
        torch.testing.assert_close(longer[:, 2, 0, 0], torch.tensor([2.0, 4.5, 9.5, 12.0]))
    net = VisionTransformer(**TINY, return_feat_map=True).eval()
    assert net(torch.zeros(1, 3, 7, 45, 32)).shape == (1, 24, 3, 5, 4)
    with pytest.raises(ValueError, match=r'1 frames of 32 x 32 pixels is smaller than a tubelet of 2 x 8 x 8'):
        net(torch.zeros(1, 3, 1, 32, 32))


def test_learnt_positions_of_another_size_are_resized(tmp_path):
    donor = VisionTransformer(**TINY, use_learnable_pos_emb=True)
    nn.init.constant_(donor.pos_embed, 0.5)
    torch.save(donor.state_dict(), tmp_path / 'weights.pth')
    larger = dict(TINY, img_size=48, pretrained=str(tmp_path / 'weights.pth'))
    net = VisionTransformer(**larger, use_learnable_pos_emb=True)
    net.init_weights()
    torch.testing.assert_close(net.pos_embed, torch.full((1, 72, 24), 0.5))
    net = VisionTransformer(**larger)
    table = net.pos_embed.clone()
    net.init_weights()
    assert torch.equal(net.pos_embed, table)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(num_frames=1), r'1 frames of 32 x 32 pixels holds no tubelet of 2 x 8 x 8'),
        (dict(num_heads=5), r'dim \(24\) must be a multiple of num_heads \(5\)'),
        (dict(pretrained=3), r'pretrained must be a str or None, got 3'),
    ],
)
def test_bad_arguments(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        VisionTransformer(**{**TINY, **change})


def test_learns_four_clips():
    model = recognizer(
        dict(type='VisionTransformer', **TINY, init_values=1.0), dict(type='TimeSformerHead', in_channels=24)
    )
    first, last = overfit(model, CLIP[1:], steps=25, lr=1e-2)
    assert first == pytest.approx(math.log(4), abs=0.5)
    assert last < 0.1


def test_half_precision_and_stochastic_depth():
    net = fill_state_dict(VisionTransformer(**TINY, drop_path_rate=0.5))
    x = seeded_tensor(CLIP)
    assert [block.drop_path.drop_prob for block in net.blocks] == [0, 0.25, 0.5]
    assert not torch.equal(net.train()(x), net(x))
    assert_half_agrees(net, x)
