"""UniFormerV2: recorded numbers, weights of CLIP, the head that takes classes out of another."""

from __future__ import annotations

import json
import re

import pytest
import torch
import transformer_goldens as goldens
from clip_overfitting import assert_half_agrees, overfit, recognizer

from mmaction.models import UniFormerHead, UniFormerV2
from mmaction.models.backbones.vit import uniformerv2
from mmaction.models.common.attention import PackedAttention
from mmaction.testing import fill_state_dict, seeded_tensor

TINY = dict(
    input_resolution=32,
    patch_size=8,
    width=16,
    layers=3,
    heads=2,
    t_size=4,
    return_list=[1, 2],
    n_layers=2,
    n_dim=16,
    n_head=2,
    mlp_dropout=[0.5, 0.5],
)
CLIP = (2, 3, 4, 32, 32)
LOCAL = dict(no_lmhra=False, double_lmhra=True)
MAPS = goldens.ROOT / 'configs' / 'recognition' / 'uniformerv2' / 'k710_channel_map'


def tiny(**keywords) -> UniFormerV2:
    return UniFormerV2(**{**TINY, **keywords})


def test_recorded():
    goldens.check_recorded('uniformerv2', 'uniformerv2-base-p16-res224_clip_8xb32-u8_kinetics400-rgb')


@pytest.mark.parametrize(
    ('name', 'keywords', 'clip'),
    [
        ('local', LOCAL, CLIP),
        ('single_local', dict(LOCAL, double_lmhra=False, dw_reduction=2.0), CLIP),
        ('every_second_frame', dict(temporal_downsample=True, mlp_factor=2.0), CLIP),
        ('other_size', {}, (1, 3, 6, 48, 24)),
    ],
)
def test_golden(name, keywords, clip):
    goldens.check_own(f'uniformerv2_{name}', tiny(**keywords), clip)


def test_packed_attention_is_that_of_torch():
    ours, theirs = fill_state_dict(PackedAttention(16, 4)), torch.nn.MultiheadAttention(16, 4, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    x, others = seeded_tensor((2, 3, 16)), seeded_tensor((2, 5, 16), seed=1)
    torch.testing.assert_close(ours(x), theirs(x, x, x)[0])
    torch.testing.assert_close(ours(x, others), theirs(x, others, others)[0])


def clip_state(net: UniFormerV2) -> dict[str, torch.Tensor]:
    """What CLIP's image encoder would give ``net``."""
    state = {k: v for k, v in net.state_dict().items() if not re.search(r'transformer\.(dec|dpe|norm|balance|temp)', k)}
    state['conv1.weight'] = state['conv1.weight'][:, :, 0]
    return state | {'ln_post.weight': torch.ones(16), 'ln_post.bias': torch.ones(16), 'proj': torch.ones(16, 8)}


def test_weights_of_clip(tmp_path, monkeypatch):
    source = fill_state_dict(tiny())
    state = clip_state(source)
    text = {'transformer.resblocks.0.attn.in_proj_bias': torch.ones(5), 'logit_scale': torch.ones(())}
    torch.save({f'visual.{k}': v for k, v in state.items()} | text, tmp_path / 'clip.pth')
    monkeypatch.setitem(uniformerv2.CLIP_WEIGHTS, 'ViT-B/16', str(tmp_path / 'clip.pth'))
    net = tiny(pretrained='ViT-B/16', **LOCAL)
    net.init_weights()
    assert torch.equal(net.conv1.weight[:, :, 0], state['conv1.weight'])
    assert torch.equal(
        net.transformer.resblocks[2].attn.in_proj_bias, source.transformer.resblocks[2].attn.in_proj_bias
    )
    # the additions start as the identity: half of the frames' class tokens, which do not depend on the other frames
    net.eval()
    clip = seeded_tensor(CLIP)
    with torch.no_grad():
        frames = torch.stack([net(clip[:, :, t : t + 1]) for t in range(4)])
        net.transformer.norm = torch.nn.Identity()
        tokens = torch.stack([net(clip[:, :, t : t + 1]) for t in range(4)]).mean(0)
        torch.testing.assert_close(net(clip), tokens, rtol=1e-4, atol=1e-5)
    assert frames.std() > 0.1

    torch.save(state, tmp_path / 'visual.pth')
    larger = tiny(input_resolution=48, pretrained=str(tmp_path / 'visual.pth'))
    larger.init_weights()
    want = torch.nn.functional.interpolate(
        state['positional_embedding'][1:].T.view(1, 16, 4, 4), (6, 6), mode='bicubic'
    )
    torch.testing.assert_close(larger.positional_embedding[1:].T.reshape(1, 16, 6, 6), want)
    assert torch.equal(larger.positional_embedding[0], state['positional_embedding'][0])

    torch.save(state | {'transformer.adapter': torch.ones(1)}, tmp_path / 'more.pth')
    with pytest.raises(ValueError, match=r'unexpected keys transformer\.adapter\.'):
        tiny(pretrained=str(tmp_path / 'more.pth')).init_weights()
    with pytest.raises(ValueError, match=r'missing keys transformer\.temporal_cls_token, transformer\.balance'):
        tiny(pretrained=str(tmp_path / 'visual.pth'), clip_pretrained=False).init_weights()


def test_own_checkpoint_goes_before_clip(tmp_path):
    """As the configs have it: `clip_pretrained` is on by default, `init_cfg` names a checkpoint of the whole net."""
    source = fill_state_dict(tiny())
    torch.save({'state_dict': {f'backbone.{k}': v for k, v in source.state_dict().items()}}, tmp_path / 'k710.pth')
    net = tiny(init_cfg=dict(type='Pretrained', checkpoint=str(tmp_path / 'k710.pth'), prefix='backbone.'))
    net.init_weights()
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), source.state_dict().values()))
    plain = tiny()
    plain.init_weights()
    assert (
        not plain.transformer.dec[0].mlp.c_proj.weight.any() and not plain.transformer.dec[1].attn.out_proj.bias.any()
    )
    assert plain.transformer.resblocks[0].mlp.c_proj.weight.std() > 0.01


def test_bad_arguments():
    for match, keywords in (
        (r'n_dim \(32\) must equal width \(16\)', dict(n_dim=32)),
        (r'return_list \(\[1\]\) and mlp_dropout .* one entry per extractor \(n_layers, 2\)', dict(return_list=[1])),
        (r'return_list \(\[1, 3\]\) must be in 0\.\.2: there are 3 layers', dict(return_list=[1, 3])),
        (r'dim \(16\) must be a multiple of num_heads \(3\)', dict(heads=3)),
    ):
        with pytest.raises(ValueError, match=match):
            tiny(**keywords)


def test_half_precision_agrees():
    assert_half_agrees(fill_state_dict(tiny(**LOCAL)), seeded_tensor(CLIP))


@pytest.mark.parametrize('local', [{}, LOCAL])
def test_learns_four_clips(local):
    backbone = dict(TINY, type='UniFormerV2', mlp_dropout=[0.1, 0.1], drop_path_rate=0.05, **local)
    head = dict(type='UniFormerHead', in_channels=16)
    first, last = overfit(recognizer(backbone, head), CLIP[1:], steps=25, lr=1e-2)
    assert last < 0.1 < first


def test_head_takes_classes_out_of_another(tmp_path, monkeypatch):
    torch.save(
        {'cls_head.fc_cls.weight': seeded_tensor((7, 5)), 'cls_head.fc_cls.bias': torch.arange(7.0)}, tmp_path / 'h.pth'
    )
    (tmp_path / 'map.json').write_text('[6, 0, 3]')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'h.pth'), prefix='cls_head.')
    head = UniFormerHead(3, 5, channel_map=str(tmp_path / 'map.json'), init_cfg=init_cfg)
    head.init_weights()
    assert head.fc_cls.bias.tolist() == [6, 0, 3]
    assert torch.equal(head.fc_cls.weight[2], seeded_tensor((7, 5))[3])
    x = seeded_tensor((2, 5))
    torch.testing.assert_close(head(x), x @ head.fc_cls.weight.T + head.fc_cls.bias)

    with pytest.raises(ValueError, match='init_cfg of type Pretrained needs channel_map'):
        UniFormerHead(3, 5, init_cfg=init_cfg)
    with pytest.raises(ValueError, match=r'map\.json\) has 3 classes, but num_classes is 4'):
        UniFormerHead(4, 5, channel_map=str(tmp_path / 'map.json'), init_cfg=init_cfg).init_weights()
    (tmp_path / 'map.json').write_text('[6, 0, 7]')
    with pytest.raises(ValueError, match=r'names class 7, but .*h\.pth has 7'):
        UniFormerHead(3, 5, channel_map=str(tmp_path / 'map.json'), init_cfg=init_cfg).init_weights()
    monkeypatch.chdir(tmp_path)  # paths of the configs are found from anywhere
    k400 = 'configs/recognition/uniformerv2/k710_channel_map/map_k400.json'
    with pytest.raises(ValueError, match=r'names class 399, but .*h\.pth has 7'):
        UniFormerHead(400, 5, channel_map=k400, init_cfg=init_cfg).init_weights()
    with pytest.raises(FileNotFoundError, match=r'channel_map \(no\.json\) does not exist'):
        UniFormerHead(3, 5, channel_map='no.json', init_cfg=init_cfg).init_weights()


@pytest.mark.parametrize(('classes', 'renamed'), [(400, 13), (600, 2), (700, 1)])
def test_channel_maps_follow_the_label_maps(classes, renamed):
    data = goldens.ROOT / 'tools' / 'data'
    plain = [
        [re.sub('[^a-z0-9]', '', line.lower()) for line in (data / name).read_text().splitlines()]
        for name in (f'kinetics/label_map_k{classes}.txt', 'kinetics710/label_map_k710.txt')
    ]
    places = json.loads((MAPS / f'map_k{classes}.json').read_text())
    assert len(set(places)) == classes
    other = [(name, plain[1][place]) for name, place in zip(plain[0], places) if name != plain[1][place]]
    assert len(other) == renamed
    if classes == 400:
        assert places == list(range(400)) and ('sniffing', 'smellingfeet') in other
    else:
        assert ('throwingballnotbaseballoramericanfootball', 'throwingball') in other
