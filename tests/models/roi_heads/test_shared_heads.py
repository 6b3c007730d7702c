"""ACRN, and long-term feature banks from their files to the features of a box."""

from __future__ import annotations

import re

import pytest
import torch

from mmaction.models.roi_heads import LFB, ACRNHead, FBOHead, LFBInferHead
from mmaction.models.roi_heads.shared_heads.bank_files import merge_banks, write_bank
from mmaction.models.roi_heads.shared_heads.fbo_head import FBONonLocal, NonLocalLayer, build_fbo
from mmaction.testing import fill_state_dict, seeded_tensor

ROIS = torch.tensor([[0.0, 0, 0, 8, 8], [1, 0, 0, 8, 8], [1, 2, 2, 8, 8]])
METAS = [dict(img_key='a,0902'), dict(img_key='b,0003')]
SIZES = dict(st_feat_channels=4, lt_feat_channels=4, latent_channels=3, num_st_feat=1, num_lt_feat=8)


def write(folder, mode: str, bank: dict) -> None:
    torch.save(bank, folder / f'lfb_{mode}.pkl')


def feature(value: float) -> torch.Tensor:
    return torch.full((4,), value).half()


@pytest.fixture
def bank(tmp_path):
    """Two videos; second 902 of ``a`` has three persons."""
    write(tmp_path, 'train', {'a': {900: [feature(1)], 902: [feature(2), feature(3), feature(4)], 904: [feature(9)]}})
    write(tmp_path, 'val', {'b': {3: [feature(5)]}})
    return tmp_path


def lfb(folder, **keywords) -> LFB:
    settings = dict(max_num_sampled_feat=2, window_size=4, lfb_channels=4, device='cpu') | keywords
    return LFB(str(folder), **settings)


def test_window_of_a_bank_is_in_order_and_padded_with_zeros(bank):
    window = lfb(bank)['a,0902']
    assert window.shape == (8, 4)
    assert window.dtype == torch.float32
    assert window[:, 0].tolist() == [1, 0, 0, 0, 2, 3, 0, 0]  # seconds 900 to 903, two places each
    assert lfb(bank)['b,0003'][:, 0].tolist() == [0, 0, 0, 0, 5, 0, 0, 0]
    assert len(lfb(bank)) == 2
    assert len(lfb(bank, dataset_modes='val')) == 1


def test_surplus_features_are_drawn_in_training_only(bank):
    features = lfb(bank)
    torch.manual_seed(0)
    drawn = {tuple(features.sample('a,902', is_random=True)[4:6, 0].tolist()) for _ in range(60)}
    assert len(drawn) == 6  # ordered pairs of 2, 3, 4
    assert {tuple(features.sample('a,902')[4:6, 0].tolist()) for _ in range(10)} == {(2, 3)}


def test_a_bank_for_the_gpu_stays_in_memory_without_one(bank, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert torch.equal(lfb(bank, device='gpu')['a,902'], lfb(bank)['a,902'])
    assert torch.equal(lfb(bank, device='lmdb')['a,902'], lfb(bank)['a,902'])


def test_faults_of_a_bank_are_named(bank, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'absent \(lfb_prefix_path\) does not exist'):
        lfb(tmp_path / 'absent')
    with pytest.raises(FileNotFoundError, match=r'has no file .*lfb_test\.pkl'):
        lfb(bank, dataset_modes='test')
    with pytest.raises(ValueError, match=r'have shape \(4,\), but lfb_channels is 8'):
        lfb(bank, lfb_channels=8)
    with pytest.raises(KeyError, match=r"no video 'c' among its 2\. dataset_modes is \('train', 'val'\)"):
        lfb(bank)['c,902']
    (bank / 'lfb_val.pkl').write_bytes(b'text')
    with pytest.raises(ValueError, match=r'lfb_val\.pkl is no feature bank'):
        lfb(bank)


def test_the_bank_of_a_test_is_read_as_it_was_written(tmp_path):
    head = LFBInferHead(str(tmp_path / 'new' / 'bank'), dataset_mode='val').eval()
    x = seeded_tensor((3, 4, 2, 3, 3))
    assert head(x, rois=ROIS, img_metas=METAS, feat=None) is x
    head(x[:1] + 1, rois=ROIS[:1], img_metas=METAS[:1])  # the sampler repeats a sample: its features replace the former
    head.finish_test()
    assert [path.name for path in (tmp_path / 'new' / 'bank').iterdir()] == ['lfb_val.pkl']
    read = lfb(tmp_path / 'new' / 'bank', dataset_modes='val', max_num_sampled_feat=3)
    pooled = x.mean(2).amax((2, 3)).half().float()
    assert torch.equal(read['b,0003'].view(4, 3, 4)[2], torch.cat([pooled[1:], torch.zeros(1, 4)]))
    again = (x + 1).mean(2).amax((2, 3)).half().float()
    assert torch.equal(read['a,902'].view(4, 3, 4)[2, 0], again[0])


def test_parts_of_several_processes_are_joined(tmp_path):
    paths = [str(tmp_path / f'_lfb_val_{rank}.pkl') for rank in range(2)]
    write_bank({'a': {1: [feature(1)], 2: [feature(2)]}}, paths[0])
    write_bank({'a': {2: [feature(2)], 3: []}, 'b': {1: [feature(4), feature(5)]}}, paths[1])  # 2: repeated
    joined = merge_banks(paths)
    values = {v: {second: [f[0].item() for f in fs] for second, fs in bank.items()} for v, bank in joined.items()}
    assert values == {'a': {1: [1], 2: [2], 3: []}, 'b': {1: [4, 5]}}


def test_nothing_is_collected_in_training_and_nothing_written_without_features(tmp_path):
    head = LFBInferHead(str(tmp_path / 'bank')).train()
    head(seeded_tensor((3, 4, 1, 2, 2)), rois=ROIS, img_metas=METAS)
    head.finish_test()
    assert not (tmp_path / 'bank').exists()


@pytest.mark.parametrize(('kind', 'channels'), [('max', 8), ('avg', 8), ('non_local', 7)])
def test_fbo_head_appends_the_bank_to_each_box(bank, kind, channels):
    settings = dict(lfb_prefix_path=str(bank), max_num_sampled_feat=2, window_size=4, lfb_channels=4, device='cpu')
    config = dict(type=kind, **SIZES)
    head = FBOHead(settings, config).eval()
    assert config['type'] == kind  # the user's config is left as it is
    x = seeded_tensor((3, 4, 1, 3, 3))
    out = head(x, rois=ROIS, img_metas=METAS, feat=None)
    assert out.shape == (3, channels, 1, 1, 1)
    assert torch.equal(out[:, :4, 0, 0, 0], x.amax((2, 3, 4)))
    if kind == 'max':
        assert out[:, 4:, 0, 0, 0].tolist() == [[3] * 4, [5] * 4, [5] * 4]
    if kind == 'avg':
        assert out[:, 4:, 0, 0, 0].tolist() == [[6 / 8] * 4, [5 / 8] * 4, [5 / 8] * 4]
    assert torch.equal(out, head(x, rois=ROIS, img_metas=METAS, feat=None))


def test_fbo_config_is_checked():
    with pytest.raises(ValueError, match="type of fbo_cfg \\('sum'\\) must be one of 'non_local', 'avg', 'max'"):
        build_fbo(dict(type='sum'))
    with pytest.raises(ValueError, match=re.escape("fbo_cfg has unknown keys ['latent_chanels']")):
        build_fbo(dict(type='max', latent_chanels=3))


@pytest.mark.parametrize('pre_activate', [True, False])
def test_non_local_layer_is_attention_over_the_bank(pre_activate):
    layer = fill_state_dict(NonLocalLayer(3, 4, 2, 1, 5, pre_activate=pre_activate)).eval()
    st, lt = seeded_tensor((2, 3, 1, 1, 1)), seeded_tensor((2, 4, 5, 1, 1), seed=1)

    def linear(conv, x):
        return torch.einsum('rcl,dc->rdl', x.flatten(2), conv.conv.weight.flatten(1)) + conv.conv.bias[:, None]

    query, key, value = (
        linear(conv, x) for conv, x in ((layer.st_feat_conv, st), (layer.lt_feat_conv, lt), (layer.global_conv, lt))
    )
    weights = (torch.einsum('rds,rdl->rsl', query, key) / 2**0.5).softmax(-1)
    out = torch.einsum('rsl,rdl->rds', weights, value)

    def norm(x):
        scale, shift = layer.ln.weight.flatten(1), layer.ln.bias.flatten(1)
        mean = x.mean((1, 2), keepdim=True)
        return (x - mean) / (x.var((1, 2), unbiased=False, keepdim=True) + 1e-5).sqrt() * scale + shift

    expected = linear(layer.out_conv, norm(out).relu()) if pre_activate else norm(linear(layer.out_conv, out))
    assert torch.allclose(layer(st, lt).flatten(2), expected, atol=1e-5)


def test_non_local_layers_that_begin_with_zero_add_nothing():
    operator = FBONonLocal(**SIZES, zero_init_out_conv=True).eval()
    operator.init_weights()
    st, lt = seeded_tensor((2, 4, 1, 1, 1)), seeded_tensor((2, 4, 8, 1, 1))
    assert torch.allclose(operator(st, lt), operator.st_feat_conv(st))


def test_acrn_compares_each_box_with_each_place_of_its_frame():
    head = fill_state_dict(ACRNHead(in_channels=7, out_channels=5, num_convs=2)).eval()
    x, maps = seeded_tensor((3, 3, 1, 2, 2)), seeded_tensor((2, 4, 1, 6, 8), seed=1)
    out = head(x, feat=maps, rois=ROIS, img_metas=METAS)
    assert out.shape == (3, 5, 1, 6, 8)
    pairs = torch.cat([x.amax((2, 3, 4), keepdim=True).expand(-1, -1, 1, 6, 8), maps[[0, 1, 1]]], 1)
    assert torch.allclose(out, head.convs[0](head.conv2(head.conv1(pairs))))
    assert ACRNHead(7, 5, stride=2)(x, feat=maps, rois=ROIS).shape == (3, 5, 1, 3, 4)
    head.init_weights()
    assert head.conv2.bn.weight.tolist() == [1] * 5
