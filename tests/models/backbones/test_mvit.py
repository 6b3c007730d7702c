"""MViT: recorded numbers, attention by brute force, weights of elsewhere."""

from __future__ import annotations

import re

import pytest
import torch
import transformer_goldens as goldens
from clip_overfitting import overfit, recognizer
from golden_files import keys_digest

from mmaction.models import MViT, MViTHead
from mmaction.models.common.pooling_attention import PoolingAttention, relative_positions, resize_table
from mmaction.testing import fill_state_dict, seeded_tensor
from mmaction.weights.rename import translate, with_prefix
from mmaction.weights.tables.mvit import PYSLOWFAST, TORCHVISION

ARCH = dict(embed_dims=8, num_layers=4, num_heads=1, downscale_indices=(1, 3))
TINY = dict(arch=ARCH, spatial_size=32, temporal_size=4)
CLIP = (2, 3, 4, 32, 32)
VARIANTS = {
    'tiny': ({}, CLIP),
    'wider_in_mlp': (dict(dim_mul_in_attention=False), CLIP),
    'no_class_token': (dict(with_cls_token=False, output_cls_token=False), CLIP),
    'absolute': (dict(use_abs_pos_embed=True, rel_pos_embed=False, residual_pooling=False, qkv_bias=False), CLIP),
    'other_size': (dict(use_abs_pos_embed=True), (1, 3, 6, 48, 40)),
    'all_scales': (dict(out_scales=(0, 1, -1), adaptive_kv_stride=(1, 4, 4), mlp_ratio=2, head_mul=1), CLIP),
}


def tiny(**keywords) -> MViT:
    return MViT(**{**TINY, **keywords})


def test_recorded():
    goldens.check_recorded('mvit', 'mvit-small-p244_k400-pre_16xb16-u16-100e_sthv2-rgb')


@pytest.mark.parametrize('name', VARIANTS)
def test_golden(name):
    keywords, clip = VARIANTS[name]
    goldens.check_own(f'mvit_{name}', tiny(**keywords), clip)


def test_scales():
    outs = tiny(out_scales=(2, 0, 1))(torch.zeros(1, 3, 4, 32, 32))
    assert [tuple(x.shape) for x, _ in outs] == [(1, 8, 2, 8, 8), (1, 16, 2, 4, 4), (1, 32, 2, 2, 2)]
    assert [tuple(token.shape) for _, token in outs] == [(1, 8), (1, 16), (1, 32)]
    # a norm beside the path leaves the path alone
    some, last = fill_state_dict(tiny(out_scales=(0, -1))), fill_state_dict(tiny())
    clip = seeded_tensor(CLIP)
    assert torch.equal(some.eval()(clip)[-1][1], last.eval()(clip)[-1][1])


def test_relative_positions_by_hand():
    table = torch.arange(7.0)[:, None]  # offsets -3..3
    assert relative_positions(table, 4, 4)[..., 0].tolist() == [[3, 2, 1, 0], [4, 3, 2, 1], [5, 4, 3, 2], [6, 5, 4, 3]]
    # two keys, each of them two queries wide
    assert relative_positions(table, 4, 2)[..., 0].tolist() == [[2, 0], [3, 1], [4, 2], [5, 3]]
    assert relative_positions(table, 2, 4)[..., 0].tolist() == [[3, 2, 1, 0], [5, 4, 3, 2]]
    assert resize_table(torch.tensor([[0.0], [2.0]]), 4)[:, 0].tolist() == [0, 0.5, 1.5, 2]


@pytest.mark.parametrize('stride_kv', [(1, 1, 1), (1, 2, 2)])
def test_attention_by_brute_force(stride_kv):
    attn = fill_state_dict(PoolingAttention(6, 8, 2, (2, 4, 4), stride_kv=stride_kv)).eval()
    x, grid = seeded_tensor((1, 33, 6)), (2, 4, 4)

    def part(i, pool, norm):
        """Tokens of each head with their place, the class token at None."""
        y = (x[0] @ attn.qkv.weight[8 * i : 8 * i + 8].T + attn.qkv.bias[8 * i : 8 * i + 8]).view(33, 2, 4)
        heads = []
        for h in range(2):
            volume = pool(y[1:, h].T.reshape(1, 4, *grid))[0]
            places = [
                (t, r, c)
                for t in range(volume.shape[1])
                for r in range(volume.shape[2])
                for c in range(volume.shape[3])
            ]
            heads.append([(None, norm(y[0, h])), *((p, norm(volume[:, p[0], p[1], p[2]])) for p in places)])
        return heads

    tables = (attn.rel_pos_t, attn.rel_pos_h, attn.rel_pos_w)
    with torch.no_grad():
        q, k, v = (
            part(0, attn.pool_q, attn.norm_q),
            part(1, attn.pool_k, attn.norm_k),
            part(2, attn.pool_v, attn.norm_v),
        )
        rows = []
        for n in range(33):
            row = []
            for h in range(2):
                place, query = q[h][n]
                logits = []
                for other, key in k[h]:
                    logit = query @ key / 2
                    if place and other:
                        for table, a, b, stride, size in zip(tables, place, other, stride_kv, grid):
                            logit = logit + query @ table[a - b * stride + size - stride]
                    logits.append(logit)
                mixed = torch.stack(logits).softmax(0) @ torch.stack([value for _, value in v[h]])
                row.append(mixed + query if place else mixed)
            rows.append(torch.cat(row))
        want = attn.proj(torch.stack(rows))
        got, got_grid = attn(x, grid)
    assert got_grid == grid
    torch.testing.assert_close(got[0], want, rtol=1e-4, atol=1e-5)


def torchvision_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A state dict of ours as torchvision would have it."""
    out = {}
    for name, value in state.items():
        for ours, theirs in (
            (r'^patch_embed\.projection', 'conv_proj'),
            (r'attn\.proj\.', 'attn.project.0.'),
            (r'^(blocks\.\d+)\.proj\.', r'\1.project.'),
            (r'attn\.pool_(.)\.', r'attn.pool_\1.pool.'),
            (r'attn\.norm_(.)\.', r'attn.pool_\1.norm_act.0.'),
            (r'mlp\.fc1', 'mlp.0'),
            (r'mlp\.fc2', 'mlp.3'),
            (r'^norm3', 'norm'),
        ):
            name = re.sub(ours, theirs, name)
        if name == 'cls_token':
            name, value = 'pos_encoding.class_token', value.flatten()
        out[name] = value
    return out


def test_weights_of_torchvision(tmp_path):
    """An outcome of mvit_v2_s under filled weights agreed to 3e-6 of its scores; here its names and shapes are held."""
    with torch.device('meta'):
        small = MViT('small')
        theirs = torchvision_names(small.state_dict())
        theirs |= {'head.1.weight': torch.empty(400, 768), 'head.1.bias': torch.empty(400)}
    assert len(theirs) == 397
    assert keys_digest([(k, list(v.shape)) for k, v in theirs.items()]) == 'a125f57842348689'  # torchvision 0.29.2

    three = dict(arch=dict(ARCH, num_layers=5, downscale_indices=(1, 2, 4)))  # norm3 needs four scales
    ours = fill_state_dict(tiny(**three))
    theirs = torchvision_names(ours.state_dict())
    theirs |= {'head.1.weight': torch.ones(3, 64), 'head.1.bias': torch.zeros(3)}
    torch.save(theirs, tmp_path / 'tv.pth')
    net = tiny(**three, pretrained=str(tmp_path / 'tv.pth'))
    net.init_weights()
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), ours.state_dict().values()))
    whole = with_prefix(translate(theirs, (TORCHVISION, PYSLOWFAST)).state)
    assert {k for k in whole if not k.startswith('backbone.')} == {'cls_head.fc_cls.weight', 'cls_head.fc_cls.bias'}

    slowfast = {re.sub(r'^norm3', 'norm', k.replace('projection', 'proj')): v for k, v in ours.state_dict().items()}
    torch.save({'model_state': slowfast | {'head.projection.weight': torch.ones(3, 64)}}, tmp_path / 'sf.pth')
    other = tiny(**three, init_cfg=dict(type='Pretrained', checkpoint=str(tmp_path / 'sf.pth'), prefix='backbone.'))
    other.init_weights()
    assert all(torch.equal(a, b) for a, b in zip(other.state_dict().values(), ours.state_dict().values()))

    torch.save(theirs | {'blocks.0.attn.gate': torch.ones(1)}, tmp_path / 'more.pth')
    with pytest.raises(ValueError, match=r"torchvision's mvit_v2_s, but 1 of \d+ .*blocks\.0\.attn\.gate"):
        tiny(**three, pretrained=str(tmp_path / 'more.pth')).init_weights()


def test_weights_for_another_size_and_of_maskfeat(tmp_path):
    ours = fill_state_dict(tiny())
    state = {f'backbone.{k}': v for k, v in ours.state_dict().items()} | {'backbone.mask_token': torch.ones(1, 1, 8)}
    torch.save({'state_dict': state | {'head.weight': torch.ones(2)}}, tmp_path / 'mask.pth')
    net = tiny(spatial_size=64, pretrained=str(tmp_path / 'mask.pth'), pretrained_type='maskfeat')
    net.init_weights()
    table = ours.blocks[0].attn.rel_pos_h
    assert net.blocks[0].attn.rel_pos_h.shape == (31, 8) and table.shape == (15, 8)
    torch.testing.assert_close(net.blocks[0].attn.rel_pos_h[15], table[7])  # offset 0
    assert torch.equal(net.blocks[0].attn.rel_pos_t, ours.blocks[0].attn.rel_pos_t)
    with pytest.raises(ValueError, match=r'unexpected keys mask_token\.'):
        tiny(pretrained=str(tmp_path / 'mask.pth')).init_weights()
    del state['backbone.mask_token'], state['backbone.norm2.bias']
    state['backbone.blocks.0.mlp.fc1.bias'] = torch.ones(7)
    torch.save(state, tmp_path / 'less.pth')
    with pytest.raises(
        ValueError, match=r'missing keys norm2\.bias; of another shape .*fc1\.bias is \(7,\), expected \(32,\)'
    ):
        tiny(pretrained=str(tmp_path / 'less.pth')).init_weights()


def test_initialisation():
    torch.manual_seed(0)
    net = tiny(arch=dict(ARCH, embed_dims=32))
    net.init_weights()
    assert abs(net.blocks[3].mlp.fc1.weight.std().item() - 0.02) < 1e-3
    assert net.norm2.bias.unique().item() == pytest.approx(0.02) == net.blocks[0].attn.qkv.bias.unique().item()
    assert 0.01 < net.blocks[0].attn.rel_pos_w.std() < 0.03 and 0.01 < net.cls_token.std() < 0.03
    assert not tiny(rel_pos_zero_init=True).blocks[0].attn.rel_pos_t.any()
    rates = [block.drop_path.drop_prob for block in tiny(drop_path_rate=0.3).blocks]
    assert rates == pytest.approx([0, 0.1, 0.2, 0.3])


def test_bad_arguments():
    for match, keywords in (
        (r'arch \(huge\) must be one of tiny, small', dict(arch='huge')),
        (r'must also have downscale_indices, num_heads', dict(arch=dict(embed_dims=8, num_layers=2))),
        (r"pretrained_type \('mae'\)", dict(pretrained_type='mae')),
        (r'output_cls_token=True requires with_cls_token=True', dict(with_cls_token=False)),
        (r'out_scales \(3\) must be in -3\.\.2: there are 3 scales', dict(out_scales=3)),
        (r'out_dims \(8\) must be a multiple of num_heads \(3\)', dict(arch=dict(ARCH, num_heads=3))),
    ):
        with pytest.raises(ValueError, match=match):
            tiny(**keywords)
    with pytest.raises(TypeError, match='num_scale'):
        tiny(num_scale=3)


def test_head():
    torch.manual_seed(0)
    patches, token = torch.ones(2, 32, 2, 2, 2), torch.zeros(2, 32)
    head = MViTHead(4, 32, init_scale=0.5, dropout_ratio=0.0)
    head.init_weights()
    assert 0.008 < head.fc_cls.weight.std() < 0.012 and not head.fc_cls.bias.any()
    assert not head(([patches, token],)).any()
    average = MViTHead(4, 32, with_cls_token=False)
    average.fc_cls.load_state_dict(head.fc_cls.state_dict())
    want = head.fc_cls.weight.sum(1).expand(2, -1)
    for last in (patches, [patches, token]):
        torch.testing.assert_close(average.eval()((last,)), want)
    with pytest.raises(
        TypeError, match='set output_cls_token=True in the backbone or with_cls_token=False in the head'
    ):
        head((patches,))


def test_half_precision_agrees():
    net, clip = fill_state_dict(tiny()).eval(), seeded_tensor(CLIP)
    with torch.no_grad():
        full = net(clip)[-1][1]
        with torch.autocast('cpu', torch.bfloat16):
            half = net(clip)[-1][1].float()
        cast = net.bfloat16()(clip.bfloat16())[-1][1].float()
    assert (half - full).abs().max() < 0.05 * full.abs().max() > (cast - full).abs().max() * 0.5


@pytest.mark.parametrize('in_attention', [True, False])
def test_learns_four_clips(in_attention):
    """The average over the map is classified: of the last block, a class token uses neither pooling nor positions."""
    backbone = dict(TINY, type='MViT', dim_mul_in_attention=in_attention, drop_path_rate=0.05)
    head = dict(type='MViTHead', in_channels=32, with_cls_token=False, dropout_ratio=0.0)
    first, last = overfit(recognizer(backbone, head), CLIP[1:], steps=40, lr=1e-2)
    assert last < 0.1 < first


def test_class_token_trains_everything_before():
    model = recognizer(dict(TINY, type='MViT'), dict(type='MViTHead', in_channels=32))
    model(seeded_tensor((1, 1, *CLIP[1:])), mode='tensor', stage='head').sum().backward()
    without = {n for n, p in model.named_parameters() if p.grad is None}
    idle = {n for n, p in model.named_parameters() if p.grad is not None and not p.grad.any()}
    assert without == set()  # a distributed wrapper finds none unused
    assert idle == {f'backbone.blocks.3.attn.{n}' for n in ('rel_pos_h', 'rel_pos_w', 'rel_pos_t', 'pool_q.weight')}
