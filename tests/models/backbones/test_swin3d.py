"""Video Swin Transformer."""

from __future__ import annotations

import pytest
import torch
from clip_overfitting import assert_half_agrees, overfit, recognizer
from golden_files import GoldenFile
from torch import nn

from mmaction.models import I3DHead, SwinTransformer3D
from mmaction.models.backbones.third_party.swin2d import ARCHS as ARCHS_2D
from mmaction.models.backbones.third_party.swin2d import SwinTransformer
from mmaction.models.common.patch_merging import PatchMerging
from mmaction.testing import fill_state_dict, seeded_tensor
from mmaction.weights.fit import resize_bias_table

ARCH = dict(embed_dims=8, depths=(2, 2), num_heads=(2, 4))
TINY = dict(arch=ARCH, window_size=(2, 3, 3), out_indices=(1,))
CLIP = (2, 3, 8, 32, 32)
VARIANTS = {
    'tiny': TINY,
    'both_stages': dict(TINY, out_indices=(0, 1), out_after_downsample=True, qk_scale=0.7, qkv_bias=False),
    'no_patch_norm': dict(TINY, patch_norm=False, patch_size=(4, 4, 4), mlp_ratio=2, act_cfg=dict(type='ReLU')),
}


GOLDENS = GoldenFile('vision_transformers')


@pytest.mark.parametrize('name', VARIANTS)
def test_golden(name):
    net = fill_state_dict(SwinTransformer3D(**VARIANTS[name])).eval()
    GOLDENS.check_keys(f'swin_{name}', net)
    with torch.no_grad():
        GOLDENS.check(f'swin_{name}', net(seeded_tensor(CLIP)))


@pytest.mark.parametrize(
    ('arch', 'classes', 'name', 'count'),
    [
        ('tiny', 400, 'swin_tiny_kinetics400', 28_158_070),
        ('S', 400, None, 49_816_678),
        ('small', 710, 'swin_small_kinetics710', 50_055_068),
        ('base', 400, 'swin_base_kinetics400', 88_048_984),
        ('large', 400, 'swin_large_kinetics400', 196_953_916),
    ],
)
def test_published_keys_and_counts(arch, classes, name, count):
    with torch.device('meta'):
        net = nn.Module()
        net.backbone = SwinTransformer3D(arch)
        net.cls_head = I3DHead(classes, net.backbone.num_features[-1])
    assert sum(p.numel() for p in net.parameters()) == count
    if name:
        GOLDENS.check_keys(name, net)


@pytest.mark.parametrize('names', ['timm', 'authors'])
def test_a_still_clip_gives_what_the_image_net_gives(names, tmp_path, monkeypatch):
    """Weights of images, spread over time, cannot tell a still clip from its frame."""
    small = ARCHS_2D['swin_tiny_patch4_window7_224']._replace(dim=8, depths=(2, 2, 2, 2), heads=(1, 2, 4, 8))
    monkeypatch.setitem(ARCHS_2D, 'swin_tiny_patch4_window7_224', small)
    image_net = fill_state_dict(SwinTransformer('swin_tiny_patch4_window7_224')).eval()
    state = dict(image_net.state_dict(), **{'head.weight': torch.ones(3, 64), 'head.bias': torch.ones(3)})
    if names == 'authors':  # a stage ends with its downsample, and tables are kept
        for stage in (1, 2, 3):
            for part in ('reduction.weight', 'norm.weight', 'norm.bias'):
                state[f'layers.{stage - 1}.downsample.{part}'] = state.pop(f'layers.{stage}.downsample.{part}')
        state['layers.0.blocks.1.attn_mask'] = torch.zeros(64, 49, 49)
        state['layers.0.blocks.1.attn.relative_position_index'] = torch.zeros(49, 49, dtype=torch.int64)
    torch.save({'model': state}, tmp_path / 'swin.pth')
    net = SwinTransformer3D(
        dict(embed_dims=8, depths=(2, 2, 2, 2), num_heads=(1, 2, 4, 8)),
        pretrained=str(tmp_path / 'swin.pth'),
        window_size=(2, 7, 7),
    ).eval()
    net.init_weights()
    frame = seeded_tensor((1, 3, 224, 224))
    with torch.no_grad():
        want = image_net.forward_features(frame)
        got = net(frame[:, :, None].expand(-1, -1, 4, -1, -1))
    assert got.shape == (1, 64, 2, 7, 7)
    torch.testing.assert_close(got, want[:, :, None].expand_as(got), rtol=1e-3, atol=1e-4)


def torchvision_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Our state dict under the names of torchvision's swin3d."""
    out = {}
    for name, value in state.items():
        head, _, rest = name.partition('.')
        if head == 'layers':
            stage, kind, rest = rest.split('.', 2)
            rest = rest.replace('mlp.fc1', 'mlp.0').replace('mlp.fc2', 'mlp.3')
            name = f'features.{2 * int(stage) + (kind == "downsample")}.{rest}'
        out[name.replace('norm3.', 'norm.') if head == 'norm3' else name] = value
    return out


@pytest.mark.parametrize('names', ['torchvision', 'authors'])
def test_video_weights_under_other_names(names, tmp_path):
    small = dict(arch=dict(embed_dims=8, depths=(2, 2, 2, 2), num_heads=(1, 2, 4, 8)), window_size=(2, 3, 3))
    donor = fill_state_dict(SwinTransformer3D(**small))
    state = donor.state_dict()
    if names == 'torchvision':
        theirs = torchvision_names(state) | {'head.weight': torch.ones(3, 64)}
        assert 'features.5.reduction.weight' in theirs and 'features.6.1.mlp.3.bias' in theirs
    else:
        theirs = {f'backbone.{k.replace("norm3.", "norm.")}': v for k, v in state.items()}
        theirs['cls_head.fc_cls.weight'] = torch.ones(3, 64)
    torch.save(theirs, tmp_path / 'swin.pth')
    net = SwinTransformer3D(**small, pretrained=str(tmp_path / 'swin.pth'), pretrained2d=False)
    net.init_weights()
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())

    prefix = '' if names == 'torchvision' else 'backbone.'
    torch.save(theirs | {f'{prefix}absolute_pos_embed': torch.ones(1)}, tmp_path / 'swin.pth')
    with pytest.raises(ValueError, match=r'1 of \d+ entries .*: absolute_pos_embed'):
        net.init_weights()
    torch.save(theirs, tmp_path / 'swin.pth')
    wide = SwinTransformer3D(
        **dict(small, window_size=(4, 3, 3)), pretrained=str(tmp_path / 'swin.pth'), pretrained2d=False
    )
    with pytest.raises(ValueError, match=r'of another shape .*relative_position_bias_table is \(75, 1\)'):
        wide.init_weights()


def test_bias_table_of_another_window():
    table = torch.arange(9.0)[:, None].expand(9, 2)  # 2 x 2 windows
    assert torch.equal(resize_bias_table(table, (2, 2), 3), table.repeat(3, 1))
    flat = resize_bias_table(torch.full((9, 2), 0.5), (4, 4), 3)
    torch.testing.assert_close(flat, torch.full((3 * 49, 2), 0.5))
    wide = resize_bias_table(table, (3, 2), 1)[:, 0].view(5, 3)
    torch.testing.assert_close(wide[2], torch.tensor([3.0, 4.0, 5.0]))  # the middle row stays


def test_patch_merging_takes_columns_first():
    layer = PatchMerging(1)
    nn.init.eye_(layer.reduction.weight)
    layer.norm = nn.Identity()
    x = torch.arange(6.0).view(1, 2, 3, 1)
    assert layer(x).tolist() == [[[[0, 3], [2, 5]]]]  # of (0, 3, 1, 4) and (2, 5, 0, 0) the first two
    assert layer(x.expand(4, 2, 3, 1)[None]).shape == (1, 4, 1, 2, 2)


def test_other_sizes_and_half_precision():
    net = fill_state_dict(SwinTransformer3D(**TINY)).eval()
    with torch.no_grad():
        assert net(seeded_tensor((1, 3, 5, 30, 41))).shape == (1, 16, 3, 4, 6)
        assert net(seeded_tensor((1, 3, 1, 8, 8))).shape == (1, 16, 1, 1, 1)
    assert_half_agrees(net, seeded_tensor(CLIP))


def test_recomputing_gives_the_same_gradients():
    x = seeded_tensor((1, 3, 4, 16, 16))
    grads = []
    for with_cp in (False, True):
        net = fill_state_dict(SwinTransformer3D(**TINY, with_cp=with_cp, drop_path_rate=0.0)).train()
        net(x).square().mean().backward()
        grads.append(torch.cat([p.grad.flatten() for p in net.parameters()]))
    torch.testing.assert_close(*grads)


def test_frozen_stages():
    net = SwinTransformer3D(**TINY, frozen_stages=1).train()
    fixed = {name for name, p in net.named_parameters() if not p.requires_grad}
    assert fixed == {name for name, _ in net.named_parameters() if name.startswith(('patch_embed.', 'layers.0.'))}
    assert not net.layers[0].training and net.layers[1].training


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(arch='huge'), r"arch \('huge'\) must be one of"),
        (dict(arch=dict(embed_dims=8)), r"arch has the keys \['embed_dims'\]"),
        (dict(arch=dict(ARCH, depths=(2,))), r'1 depths and 2 num_heads'),
        (dict(out_indices=(2,)), r'out_indices \(2,\) must name some of the stages 0\.\.1'),
        (dict(frozen_stages=3), r'frozen_stages \(3\) must be at most 2'),
        (dict(act_cfg=dict(type='Gelu')), r"act_cfg \{'type': 'Gelu'\} must be a type alone"),
    ],
)
def test_bad_arguments(change, message):
    with pytest.raises(ValueError, match=message):
        SwinTransformer3D(**{**TINY, **change})


def test_learns_four_clips():
    model = recognizer(dict(type='SwinTransformer3D', **TINY), dict(type='I3DHead', in_channels=16, dropout_ratio=0.0))
    first, last = overfit(model, (3, 8, 24, 24), steps=40, lr=1e-2)
    assert last < 0.1 < first
