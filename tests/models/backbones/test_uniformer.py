"""UniFormer: recorded numbers, weights of images, training."""

from __future__ import annotations

import pytest
import torch
import transformer_goldens as goldens
from clip_overfitting import assert_half_agrees, overfit, recognizer

from mmaction.models import UniFormer
from mmaction.models.backbones.vit.uniformer import GlobalBlock
from mmaction.testing import fill_state_dict, seeded_tensor

TINY = dict(depth=[1, 1, 2, 1], embed_dim=[8, 8, 16, 24], head_dim=8)
CLIP = (2, 3, 4, 64, 32)


def tiny(**keywords) -> UniFormer:
    return UniFormer(**{**TINY, **keywords})


def test_recorded():
    goldens.check_recorded('uniformer', 'uniformer-small_imagenet1k-pre_16x4x1_kinetics400-rgb')


@pytest.mark.parametrize(
    ('name', 'keywords'),
    [('tiny', {}), ('other_scale', dict(qk_scale=0.3, qkv_bias=False, mlp_ratio=2, in_chans=2, drop_rate=0.1))],
)
def test_golden(name, keywords):
    channels = keywords.get('in_chans', 3)
    goldens.check_own(f'uniformer_{name}', tiny(**keywords), (CLIP[0], channels, *CLIP[2:]))


def test_global_block_by_torch():
    """Its attention is that of torch.nn.MultiheadAttention."""
    block = fill_state_dict(GlobalBlock(16, 2)).eval()
    theirs = torch.nn.MultiheadAttention(16, 2, batch_first=True)
    weights = {'in_proj_weight': block.attn.qkv.weight, 'in_proj_bias': block.attn.qkv.bias}
    theirs.load_state_dict(weights | {f'out_proj.{k}': v for k, v in block.attn.proj.state_dict().items()})
    x = seeded_tensor((2, 16, 2, 3, 4))
    with torch.no_grad():
        y = (x + block.pos_embed(x)).flatten(2).transpose(1, 2)
        normed = block.norm1(y)
        y = y + theirs(normed, normed, normed)[0]
        y = y + block.mlp(block.norm2(y))
        torch.testing.assert_close(block(x), y.transpose(1, 2).view_as(x))


def test_weights_of_images(tmp_path):
    """The image net's kernels are the middle frames: a still clip then looks the same however long it is."""
    ours = fill_state_dict(tiny())
    images = {k: v[:, :, v.shape[2] // 2] if v.dim() == 5 else v for k, v in ours.state_dict().items()}
    images |= {'head.weight': torch.ones(5, 24), 'head.bias': torch.ones(5)}
    torch.save({'model': images}, tmp_path / '2d.pth')
    net = tiny(pretrained=str(tmp_path / '2d.pth'))
    net.init_weights()
    weight = net.blocks1[0].attn.weight
    assert torch.equal(weight[:, :, 2], images['blocks1.0.attn.weight'])
    assert weight.abs().sum() == images['blocks1.0.attn.weight'].abs().sum()
    net.eval()
    with torch.no_grad():
        image = seeded_tensor((1, 3, 1, 32, 32))
        short, long = net(image.expand(-1, -1, 2, -1, -1)), net(image.expand(-1, -1, 8, -1, -1))
    torch.testing.assert_close(long, short.expand(-1, -1, 4, -1, -1), rtol=1e-4, atol=1e-5)

    torch.save(ours.state_dict(), tmp_path / '3d.pth')
    same = tiny(pretrained=str(tmp_path / '3d.pth'), pretrained2d=False)
    same.init_weights()
    assert torch.equal(same.patch_embed1.proj.weight, ours.patch_embed1.proj.weight)
    with pytest.raises(ValueError, match=r'patch_embed1\.proj\.weight is \(8, 3, 4, 4\), expected \(8, 3, 3, 4, 4\)'):
        tiny(pretrained=str(tmp_path / '2d.pth'), pretrained2d=False).init_weights()
    torch.save(images | {'blocks5.0.norm1.weight': torch.ones(1)}, tmp_path / 'more.pth')
    with pytest.raises(ValueError, match=r'unexpected keys blocks5\.0\.norm1\.weight\.'):
        tiny(pretrained=str(tmp_path / 'more.pth')).init_weights()


def test_bad_arguments():
    for match, keywords in (
        (r'depth \(\[1, 2\]\) must have one entry per stage \(4\)', dict(depth=[1, 2])),
        (r'img_size \(100\) must be a multiple of 32', dict(img_size=100)),
        (r'dim \(20\) must be a multiple of num_heads \(3\)', dict(embed_dim=[8, 8, 20, 24], head_dim=6)),
    ):
        with pytest.raises(ValueError, match=match):
            tiny(**keywords)
    with pytest.raises(TypeError, match='conv_stem'):
        tiny(conv_stem=True)


def test_half_precision_agrees():
    assert_half_agrees(fill_state_dict(tiny()), seeded_tensor(CLIP))


def test_learns_four_clips():
    backbone = dict(TINY, type='UniFormer', drop_path_rate=0.05)
    head = dict(type='I3DHead', in_channels=24, dropout_ratio=0.0)
    first, last = overfit(recognizer(backbone, head), CLIP[1:], steps=30, lr=5e-3)
    assert last < 0.1 < first
