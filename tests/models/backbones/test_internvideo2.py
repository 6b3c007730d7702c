"""InternVideo2: its structure written out on the published names, and loading by these."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mmaction.apis import init_recognizer
from mmaction.models import InternVideo2
from mmaction.testing import fill_state_dict, get_recognizer_cfg, seeded_tensor
from mmaction.weights import load

CONFIG = 'internvideo2/internvideo2-vit-base-p14_frozen_8xb8-8x8x1-20e_kinetics400-rgb.py'
TINY = dict(img_size=28, num_frames=3, embed_dims=24, depth=2, num_heads=4)
CLIP = (1, 3, 3, 28, 28)
# of the attention pooling and the classifier, which are no part of the encoder
BEHIND = ('clip_projector.norm1_q.weight', 'clip_projector.cross_attn.x', 'fc_norm.weight', 'head.weight', 'head.bias')


def filled(**options) -> InternVideo2:
    return fill_state_dict(InternVideo2(**(TINY | options))).eval()


def authors_names(net: InternVideo2) -> dict[str, torch.Tensor]:
    state = net.state_dict().items()
    own = {name.replace('patch_embed.projection', 'patch_embed.proj'): value for name, value in state}
    return own | {name: torch.ones(2) for name in BEHIND}


def reference(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
    """The blocks of the encoder on its own names; one clip (3, T, H, W), patches of 14 pixels of single frames."""

    def rms(x, name):
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * w[f'{name}.weight']

    patches = x.unfold(2, 14, 14).unfold(3, 14, 14)  # (3, T, H', W', 14, 14)
    patches = patches.permute(1, 2, 3, 0, 4, 5).flatten(3).flatten(0, 2)
    tokens = patches @ w['patch_embed.proj.weight'].flatten(1).T + w['patch_embed.proj.bias']
    tokens = torch.cat([w['cls_token'][0], tokens]) + w['pos_embed'][0]
    for i in range(2):
        p = f'blocks.{i}.'
        q, k, v = (rms(tokens, p + 'norm1') @ w[p + 'attn.qkv.weight'].T).split(24, 1)
        q, k = rms(q, p + 'attn.q_norm'), rms(k, p + 'attn.k_norm')
        heads = []
        for q_head, k_head, v_head in zip(q.split(6, 1), k.split(6, 1), v.split(6, 1)):
            heads.append((q_head @ k_head.T / 6**0.5).softmax(1) @ v_head)
        y = torch.cat(heads, 1) @ w[p + 'attn.proj.weight'].T + w[p + 'attn.proj.bias']
        tokens = tokens + y * w[p + 'ls1.gamma']
        y = F.gelu(rms(tokens, p + 'norm2') @ w[p + 'mlp.fc1.weight'].T + w[p + 'mlp.fc1.bias'])
        y = y @ w[p + 'mlp.fc2.weight'].T + w[p + 'mlp.fc2.bias']
        tokens = tokens + y * w[p + 'ls2.gamma']
    return tokens


@torch.no_grad()
def test_structure_on_the_published_names():
    own = filled()
    theirs = authors_names(own)
    net = InternVideo2(**TINY).eval()
    assert load(net, theirs, tables=net.tables).is_complete
    clip = seeded_tensor(CLIP)
    tokens = reference(clip[0], theirs)[1:]
    torch.testing.assert_close(net(clip)[0].flatten(1).T, tokens, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(filled(return_feat_map=False)(clip)[0], tokens.mean(0), atol=1e-5, rtol=1e-5)


def test_entries_of_a_block_are_the_published_ones():
    names = {name.removeprefix('blocks.1.') for name in filled().state_dict() if name.startswith('blocks.1.')}
    linear = {f'{layer}.{part}' for layer in ('attn.proj', 'mlp.fc1', 'mlp.fc2') for part in ('weight', 'bias')}
    norms = {f'{norm}.weight' for norm in ('norm1', 'norm2', 'attn.q_norm', 'attn.k_norm')}
    assert names == linear | norms | {'attn.qkv.weight', 'ls1.gamma', 'ls2.gamma'}


@pytest.mark.parametrize(
    ('embed_dims', 'num_heads', 'depth', 'millions'), [(384, 6, 12, 22), (768, 12, 12, 87), (1024, 16, 24, 305)]
)
def test_published_sizes(embed_dims, num_heads, depth, millions):
    """S 22 M, B about 90 M, L about 310 M, with the attention pooling."""
    with torch.device('meta'):
        net = InternVideo2(embed_dims=embed_dims, num_heads=num_heads, depth=depth)
    assert net.patch_embed.projection.weight.shape == (embed_dims, 3, 1, 14, 14)
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(millions, rel=0.02)


def test_other_sizes_than_the_configured_ones():
    net = filled()
    assert net(torch.zeros(1, 3, 6, 42, 56)).shape == (1, 24, 6, 3, 4)
    with pytest.raises(ValueError, match=r'pos_embed is \(1, 13, 24\), expected \(1, 28, 24\)'):
        load(InternVideo2(**TINY | {'img_size': 42}), authors_names(net), tables=net.tables)
    with pytest.raises(ValueError, match='A clip of 3 frames of 8 x 8 pixels holds no token of 1 x 14 x 14'):
        filled(img_size=8)
    with pytest.raises(ValueError, match='A clip of 3 frames of 8 x 28 pixels is smaller'):
        net(torch.zeros(1, 3, 3, 8, 28))


@torch.no_grad()
@pytest.mark.filterwarnings('error:Mismatch dtype')
def test_half_precision_agrees():
    net = filled()
    clip = seeded_tensor(CLIP)
    want = net(clip)
    with torch.autocast('cpu', torch.bfloat16):
        mixed = net(clip)
    half = net.bfloat16()(clip.bfloat16())
    assert half.dtype == torch.bfloat16
    for got in (mixed, half):
        assert (got.float() - want).norm() < 0.02 * want.norm()


def test_freezing_and_maps():
    net = filled(frozen_stages=2).train()
    assert not any(p.requires_grad for p in net.parameters())
    assert filled(frozen_stages=1).train().blocks[1].ls1.gamma.requires_grad
    maps, classes = net.token_maps(torch.rand(1, 13, 24), CLIP)
    assert maps.shape == (1, 24, 3, 2, 2)
    assert classes.shape == (1, 24, 1, 1, 1)


def test_config_takes_a_file_of_the_authors(tmp_path):
    cfg = get_recognizer_cfg(CONFIG)
    cfg.model.backbone.update(TINY, frozen_stages=2)
    cfg.model.cls_head.update(in_channels=24, num_heads=2)
    own = filled()
    torch.save({'module': authors_names(own)}, tmp_path / 'weights.bin')
    model = init_recognizer(cfg, str(tmp_path / 'weights.bin'), device='cpu')
    assert model(seeded_tensor((1, *CLIP)), mode='tensor', stage='head').shape == (1, 400)
    torch.testing.assert_close(model.backbone(seeded_tensor(CLIP)), own(seeded_tensor(CLIP)))
