"""V-JEPA 2 and 2.1: outputs of transformers, and the files of their authors."""

from __future__ import annotations

import re

import pytest
import torch
from golden_files import GoldenFile

from mmaction.apis import init_recognizer
from mmaction.models import VJEPA2
from mmaction.testing import fill_state_dict, get_recognizer_cfg, seeded_tensor
from mmaction.weights import load

GOLDENS = GoldenFile('vision_transformers')
TINY = dict(patch_size=8, embed_dims=40, depth=3, num_heads=2)  # 20 channels per head: 6 per axis, 2 left over
CLIP = (2, 3, 4, 32, 32)


def transformers_names(state: dict[str, torch.Tensor], root: str = '') -> dict[str, torch.Tensor]:
    """Our state dict under the names of VJEPA2Model, or below ``vjepa2.`` of its classifier."""
    out = {}
    for name, value in state.items():
        name = name.replace('patch_embed.projection', 'embeddings.patch_embeddings.proj')
        name = re.sub(r'^norm\.', 'layernorm.', name)
        name = re.sub(r'^blocks\.(\d+)\.', r'layer.\1.', name).replace('.attn.', '.attention.')
        parts = value.chunk(3) if '.qkv.' in name else [value]
        for kind, part in zip(('query', 'key', 'value'), parts):
            out[f'{root}encoder.{name.replace("qkv", kind)}'] = part
    return out


def authors_names(state: dict[str, torch.Tensor], release: str = '2.0') -> dict[str, torch.Tensor]:
    """Our state dict as the authors' training saves it."""
    out = {}
    for name, value in state.items():
        name = name.replace('patch_embed.projection', 'patch_embed.proj')
        if release == '2.1':
            name = re.sub(r'^norm\.', 'norms_block.3.', name)
        out[f'module.backbone.{name}'] = value
    if release == '2.1':
        dim = TINY['embed_dims']
        unused = {f'norms_block.{i}.{part}': (dim,) for i in range(3) for part in ('weight', 'bias')}
        unused |= {'patch_embed_img.proj.weight': (dim, 3, 1, 8, 8), 'patch_embed_img.proj.bias': (dim,)}
        unused |= {'img_mod_embed': (1, 1, dim)}
        out |= {f'module.backbone.{name}': torch.ones(shape) for name, shape in unused.items()}
    return out


def filled(**options) -> VJEPA2:
    return fill_state_dict(VJEPA2(**(TINY | options))).eval()


@torch.no_grad()
def outputs(net: VJEPA2, clip: tuple[int, ...] = CLIP) -> torch.Tensor:
    return net(seeded_tensor(clip))


@pytest.mark.parametrize('root', ['', 'vjepa2.'])
def test_outputs_of_transformers(root):
    """The golden is the last hidden state of its VJEPA2Model, under these weights by its names."""
    theirs = transformers_names(filled().state_dict(), root)
    theirs |= {f'{root}predictor.layernorm.weight': torch.ones(4), 'classifier.weight': torch.ones(5, 4)}
    theirs |= {'pooler.query_tokens': torch.ones(1, 1, 4)}
    net = VJEPA2(**TINY).eval()
    assert load(net, theirs, tables=net.tables).is_complete
    tokens = outputs(net).flatten(2).transpose(1, 2)  # (B, C, T', H', W') -> (B, N, C)
    GOLDENS.check('vjepa2_transformers', tokens, atol=1e-5)


def test_positions_are_relative_and_of_any_grid():
    """A still clip, whose tokens all have the same content, has the same output everywhere, on any grid."""
    net = filled()
    still = torch.ones(1, 3, 6, 24, 40)
    with torch.no_grad():
        out = net(still)
    assert out.shape == (1, 40, 3, 3, 5)
    torch.testing.assert_close(out, out[:, :, :1, :1, :1].expand_as(out), atol=1e-5, rtol=0)
    moving = outputs(net)
    swapped = net(seeded_tensor(CLIP)[:, :, [2, 3, 0, 1]]).detach()
    assert (moving - swapped[:, :, [1, 0]]).abs().max() > 1e-3  # the order of frames counts


@pytest.mark.parametrize(('release', 'key'), [('2.0', 'target_encoder'), ('2.1', 'ema_encoder')])
def test_files_of_the_authors(release, key, tmp_path):
    """The averaged encoder is read, not the one that trained."""
    own = filled(modality_embed=release == '2.1')
    theirs = authors_names(own.state_dict(), release)
    other = {name: torch.zeros_like(value) for name, value in theirs.items()}
    torch.save({'encoder': other, key: theirs, 'predictor': {'module.backbone.x': torch.ones(1)}}, tmp_path / 'v.pt')
    net = VJEPA2(**TINY, modality_embed=release == '2.1', pretrained=str(tmp_path / 'v.pt')).eval()
    net.init_weights()
    torch.testing.assert_close(outputs(net), outputs(own))


def test_release_of_the_weights_must_be_that_of_the_network(tmp_path):
    theirs = authors_names(filled(modality_embed=True).state_dict(), '2.1')
    torch.save({'target_encoder': theirs}, tmp_path / 'v.pt')
    with pytest.raises(ValueError, match='unexpected keys video_mod_embed'):
        VJEPA2(**TINY).init_weights(str(tmp_path / 'v.pt'))


@pytest.mark.parametrize(
    ('embed_dims', 'depth', 'heads', 'extra', 'millions'),
    # B of 2.1, whose published count covers the embedding of images and the inner norms; L of 2.0
    [(768, 12, 12, 3 * 16 * 16 * 768 + 768 + 768 + 3 * 2 * 768, 86.8), (1024, 24, 16, 0, 303.9)],
)
def test_published_sizes(embed_dims, depth, heads, extra, millions):
    with torch.device('meta'):
        net = VJEPA2(embed_dims=embed_dims, depth=depth, num_heads=heads, modality_embed=embed_dims == 768)
    assert (sum(p.numel() for p in net.parameters()) + extra) / 1e6 == pytest.approx(millions, abs=0.05)


def test_frozen_stages():
    net = VJEPA2(**TINY, modality_embed=True, frozen_stages=2).train()
    training = {name for name, p in net.named_parameters() if p.requires_grad}
    assert {name.split('.')[1] for name in training if name.startswith('blocks')} == {'2'}
    assert {name.split('.')[0] for name in training} == {'blocks', 'norm'}
    whole = VJEPA2(**TINY, modality_embed=True, frozen_stages=3).train()
    assert not any(p.requires_grad for p in whole.parameters())
    assert not whole.norm.training
    with pytest.raises(ValueError, match=r'frozen_stages \(4\) must be in -1\.\.3'):
        VJEPA2(**TINY, frozen_stages=4)


def test_bad_sizes():
    with pytest.raises(ValueError, match='A clip of 1 frames of 32 x 32 pixels is smaller than a tubelet of 2 x 8 x 8'):
        filled()(torch.zeros(1, 3, 1, 32, 32))
    with pytest.raises(ValueError, match='at least 6, got 4'):
        filled(embed_dims=8)(torch.zeros(CLIP))


def test_layers_of_tokens_have_maps():
    net = filled(return_feat_map=False)
    maps, classes = net.token_maps(torch.rand(2, 32, 40), CLIP)
    assert maps.shape == (2, 40, 2, 4, 4)
    assert classes is None
    assert net.token_maps(torch.rand(2, 31, 40), CLIP) is None
    assert outputs(net).shape == (2, 40)


def test_config_takes_a_file_of_the_authors(tmp_path):
    """The frozen encoder and the attentive probe of the config, with a small encoder."""
    cfg = get_recognizer_cfg('vjepa2/vjepa2-vit-large-p16_frozen_8xb8-16x4x1-20e_kinetics400-rgb.py')
    cfg.model.backbone.update(TINY, frozen_stages=3)
    cfg.model.cls_head.update(in_channels=40, num_heads=2, depth=1)
    own = filled()
    torch.save({'target_encoder': authors_names(own.state_dict())}, tmp_path / 'v.pt')
    model = init_recognizer(cfg, str(tmp_path / 'v.pt'), device='cpu')
    assert model(seeded_tensor((1, *CLIP)), mode='tensor', stage='head').shape == (2, 400)
    torch.testing.assert_close(outputs(model.backbone), outputs(own))
    training = {name.split('.')[0] for name, p in model.train().named_parameters() if p.requires_grad}
    assert training == {'cls_head'}
