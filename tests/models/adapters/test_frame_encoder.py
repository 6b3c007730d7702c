"""Encoders of images of timm and open_clip, against the libraries' own models."""

from __future__ import annotations

import json

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from safetensors.torch import save_file

from mmaction.models import FrameEncoder, Recognizer2D
from mmaction.structures import ActionDataSample

VIT = dict(
    architecture='vit_tiny_patch16_224',
    model_args=dict(img_size=32, depth=2, embed_dim=24, num_heads=3),
    pretrained_cfg=dict(input_size=[3, 32, 32], crop_pct=0.9, interpolation='bicubic', mean=[0.5] * 3, std=[0.25] * 3),
)
CLIP = dict(
    model_cfg=dict(embed_dim=16, vision_cfg=dict(image_size=32, patch_size=16, width=24, layers=2, head_width=8)),
    preprocess_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3, interpolation='bilinear', resize_mode='squash'),
)


def frames() -> torch.Tensor:
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def samples(*labels: int) -> list[ActionDataSample]:
    return [ActionDataSample().set_gt_label(label) for label in labels]


@pytest.fixture
def timm():
    return pytest.importorskip('timm', reason='timm is not installed')


@pytest.fixture
def vit(timm, tmp_path):
    """A model of timm with a classifier, and its folder as on the hub."""
    torch.manual_seed(0)
    model = timm.create_model(VIT['architecture'], num_classes=5, **VIT['model_args']).eval()
    save_file(model.state_dict(), tmp_path / 'model.safetensors')
    (tmp_path / 'config.json').write_text(json.dumps(dict(VIT, num_classes=5)))
    (tmp_path / 'README.md').write_text('---\nlicense: other\nlicense_name: dinov3-license\n---\n')
    return model, str(tmp_path)


def test_features_of_timm(vit):
    theirs, folder = vit
    ours = FrameEncoder(folder).eval()
    maps = FrameEncoder(folder, output='map').eval()
    with torch.no_grad():
        expected = theirs.forward_head(theirs.forward_features(frames()), pre_logits=True)
        torch.testing.assert_close(ours(frames())[:, :, 0, 0], expected, rtol=0, atol=1e-5)
        tokens = theirs.forward_features(frames())
        torch.testing.assert_close(maps(frames())[..., 0].transpose(1, 2), tokens, rtol=0, atol=1e-5)
        theirs.reset_classifier(0)
        torch.testing.assert_close(ours(frames())[:, :, 0, 0], theirs(frames()), rtol=0, atol=1e-5)
    assert ours.out_channels == 24
    assert ours.weights_license == 'other (dinov3-license)'


def test_preprocessing_of_timm(vit):
    preprocessing = FrameEncoder(vit[1]).preprocessing
    assert (preprocessing.short_side, preprocessing.size) == (35, (32, 32))  # floor(32 / 0.9)
    assert preprocessing.steps()[0] == dict(type='Resize', scale=(-1, 35), interpolation='bicubic')
    assert preprocessing.data_preprocessor('NCHW')['std'] == [63.75] * 3


@pytest.mark.parametrize('head', ['TSNHead', 'AttentiveHead'])
def test_trains_one_step_with_layer_decay(timm, head):
    torch.manual_seed(0)
    output = 'pooled' if head == 'TSNHead' else 'map'
    model = Recognizer2D(
        dict(type='FrameEncoder', config=VIT, output=output), dict(type=head, in_channels=24, num_classes=3)
    )
    model.init_weights()
    wrapper = dict(
        optimizer=dict(type='SGD', lr=1e-2),
        constructor='LearningRateDecayOptimizerConstructor',
        paramwise_cfg=dict(decay_rate=0.5),
    )
    optimizer = build_optim_wrapper(model.train(), wrapper)
    rates = {name: group['lr'] for group in optimizer.param_groups for name in group.get('param_names', ())}
    block = rates['backbone.model.blocks.0.attn.qkv.weight']
    assert rates['backbone.model.patch_embed.proj.weight'] < block < rates['backbone.model.blocks.1.attn.qkv.weight']
    assert max(rates.values()) == rates['cls_head.fc_cls.weight'] == 1e-2
    data = dict(inputs=[torch.randint(255, (2, 3, 32, 32), dtype=torch.uint8)] * 2, data_samples=samples(0, 2))
    before = model.backbone.model.blocks[0].attn.qkv.weight.detach().clone()
    assert 0.5 < model.train_step(data, optimizer)['loss'] < 3
    assert not torch.equal(before, model.backbone.model.blocks[0].attn.qkv.weight)


def test_a_frozen_encoder_stays_in_evaluation_mode(timm):
    encoder = FrameEncoder(config=VIT, frozen=True).train()
    assert not encoder.model.training
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_features_of_open_clip(tmp_path):
    open_clip = pytest.importorskip('open_clip', reason='open_clip is not installed')
    torch.manual_seed(0)
    text = dict(context_length=8, vocab_size=30, width=16, heads=2, layers=1)
    theirs = open_clip.CLIP(**CLIP['model_cfg'], text_cfg=text).eval()
    save_file(
        {name: value.contiguous() for name, value in theirs.state_dict().items()},
        tmp_path / 'open_clip_model.safetensors',
    )
    (tmp_path / 'open_clip_config.json').write_text(json.dumps(CLIP))
    ours = FrameEncoder(str(tmp_path)).eval()
    with torch.no_grad():
        torch.testing.assert_close(ours(frames())[:, :, 0, 0], theirs.encode_image(frames()), rtol=0, atol=1e-5)
    assert ours.out_channels == 16
    assert ours.preprocessing.steps() == [
        dict(type='Resize', scale=(32, 32), keep_ratio=False, interpolation='bilinear')
    ]
    with pytest.raises(ValueError, match="output='map' is known of timm's models"):
        FrameEncoder(config=CLIP, output='map')


def test_errors(timm):
    with pytest.raises(ValueError, match=r"timm .* has no model 'resnet_nothing'"):
        FrameEncoder(config=dict(architecture='resnet_nothing'))
    with pytest.raises(ValueError, match=r'is of neither library.*HFVideoBackbone'):
        FrameEncoder(config=dict(model_type='videomae'))
    with pytest.raises(ValueError, match=r'crop_mode.*border'):
        FrameEncoder(config=dict(VIT, pretrained_cfg=dict(VIT['pretrained_cfg'], crop_mode='border')))
