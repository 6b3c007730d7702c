"""CLIP's encoders against layers of PyTorch, its weights in several layouts, and CLIP4Clip."""

from __future__ import annotations

import json
import math
import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmaction.models import CLIP, CLIPImageEncoder, load_clip
from mmaction.models.common.clip_arch import CLIP_ARCHS, CLIPArch, arch_of_config, arch_of_weights, clip_arch
from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict
from mmaction.weights import save_checkpoint_file

TINY = dict(
    embed_dim=16,
    image_size=32,
    patch_size=8,
    vision_width=64,
    vision_layers=2,
    vision_heads=1,
    context_length=12,
    vocab_size=60,
    text_width=64,
    text_layers=3,
    text_heads=1,
)
START, END = 58, 59
MEAN = dict(type='SimpleMeanAdapter')


def _clip(**sizes) -> CLIP:
    model = CLIP(CLIPArch(**{**TINY, **sizes})).eval()
    fill_state_dict(model)
    return model


def _texts() -> torch.Tensor:
    ids = torch.zeros(2, 12, dtype=torch.long)
    ids[:, 0] = START
    ids[0, 1:4] = torch.tensor([5, 6, 7])
    ids[0, 4] = ids[1, 1] = END
    return ids


def _similarity(**settings):
    preprocessors = dict(
        imgs=dict(type='ActionDataPreprocessor', mean=[128.0], std=[64.0], format_shape='NCHW'),
        text=dict(type='ActionDataPreprocessor', to_float32=False),
    )
    cfg = dict(
        type='CLIPSimilarity',
        clip_arch=TINY,
        data_preprocessor=dict(type='MultiModalDataPreprocessor', preprocessors=preprocessors),
        adapter=MEAN,
    )
    model = MODELS.build({**cfg, **settings})
    fill_state_dict(model)
    return model


def _torch_blocks(transformer: nn.Module, activation) -> nn.TransformerEncoder:
    """PyTorch's layers with the same weights."""
    blocks = list(transformer.resblocks)
    dim, heads = blocks[0].ln_1.normalized_shape[0], blocks[0].attn.num_heads
    layer = nn.TransformerEncoderLayer(dim, heads, 4 * dim, 0.0, activation, batch_first=True, norm_first=True)
    out = nn.TransformerEncoder(layer, len(blocks), enable_nested_tensor=False).eval()
    names = (
        ('self_attn.', 'attn.'),
        ('linear1.', 'mlp.c_fc.'),
        ('linear2.', 'mlp.c_proj.'),
        ('norm1.', 'ln_1.'),
        ('norm2.', 'ln_2.'),
    )
    for theirs, ours in zip(out.layers, blocks):
        state = {}
        for name in theirs.state_dict():
            source = name
            for before, after in names:
                source = source.replace(before, after)
            state[name] = ours.state_dict()[source]
        theirs.load_state_dict(state)
    return out


@pytest.mark.parametrize('activation', ['quick_gelu', 'gelu'])
def test_encoders_equal_layers_of_pytorch(activation):
    model = _clip(activation=activation, vision_heads=4, text_heads=2)
    function = F.gelu if activation == 'gelu' else lambda x: x * torch.sigmoid(1.702 * x)
    ids = _texts()
    images = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        x = model.token_embedding(ids) + model.positional_embedding
        x = _torch_blocks(model.transformer, function)(x, nn.Transformer.generate_square_subsequent_mask(12))
        text = model.ln_final(x[[0, 1], [4, 1]]) @ model.text_projection

        visual = model.visual
        patches = visual.conv1(images).flatten(2).transpose(1, 2)
        token = visual.class_embedding.expand(3, 1, -1)
        x = visual.ln_pre(torch.cat([token, patches], dim=1) + visual.positional_embedding)
        image = visual.ln_post(_torch_blocks(visual.transformer, function)(x)[:, 0]) @ visual.proj

        assert torch.allclose(model.encode_text(ids), text, atol=1e-5)
        assert torch.allclose(model.encode_image(images), image, atol=1e-5)


def test_what_follows_the_end_of_a_text_does_not_count():
    model = _clip()
    ids = _texts()
    other = ids.clone()
    other[0, 5:], other[1, 2:] = 3, 4
    with torch.no_grad():
        assert torch.allclose(model.encode_text(ids), model.encode_text(other), atol=1e-6)
        assert torch.allclose(model.encode_text(ids[:, :5]), model.encode_text(ids), atol=1e-6)
    with pytest.raises(ValueError, match='13 tokens; the limit is 12'):
        model.encode_text(torch.zeros(1, 13, dtype=torch.long))


def test_keys_of_the_authors():
    keys = set(CLIP(CLIPArch(**TINY)).state_dict())
    assert len(keys) == 302 - 12 * (10 + 9)  # of ViT-B/32, with 12 entries per block
    block = ('attn.in_proj_weight', 'attn.out_proj.bias', 'ln_1.weight', 'mlp.c_fc.weight', 'mlp.c_proj.bias')
    expected = {f'{prefix}transformer.resblocks.0.{name}' for prefix in ('', 'visual.') for name in block}
    expected |= {'visual.proj', 'visual.conv1.weight', 'token_embedding.weight', 'text_projection', 'logit_scale'}
    assert expected <= keys


# --- weights ---------------------------------------------------------------------------------------------------------
def _hugging_face(model: CLIP) -> dict[str, torch.Tensor]:
    """The weights as transformers' CLIPModel names and arranges them."""
    fixed = {
        'visual.class_embedding': 'vision_model.embeddings.class_embedding',
        'visual.conv1.weight': 'vision_model.embeddings.patch_embedding.weight',
        'visual.positional_embedding': 'vision_model.embeddings.position_embedding.weight',
        'visual.proj': 'visual_projection.weight',
        'token_embedding.weight': 'text_model.embeddings.token_embedding.weight',
        'positional_embedding': 'text_model.embeddings.position_embedding.weight',
        'text_projection': 'text_projection.weight',
        'logit_scale': 'logit_scale',
    }
    parts = {
        'ln_pre': 'pre_layrnorm',
        'ln_post': 'post_layernorm',
        'ln_final': 'final_layer_norm',
        'ln_1': 'layer_norm1',
    }
    parts |= {
        'ln_2': 'layer_norm2',
        'mlp.c_fc': 'mlp.fc1',
        'mlp.c_proj': 'mlp.fc2',
        'attn.out_proj': 'self_attn.out_proj',
    }
    state = {'text_model.embeddings.position_ids': torch.arange(12)[None]}
    for name, value in model.state_dict().items():
        if name in fixed:
            state[fixed[name]] = value.T.contiguous() if 'proj' in name else value
            continue
        tower = 'vision_model.' if name.startswith('visual.') else 'text_model.'
        own = name.removeprefix('visual.').replace('transformer.resblocks.', 'encoder.layers.')
        for ours, theirs in parts.items():
            own = own.replace(f'{ours}.', f'{theirs}.')
        if 'in_proj' in own:
            for letter, part in zip('qkv', value.chunk(3)):
                state[tower + own.replace('attn.in_proj_', f'self_attn.{letter}_proj.')] = part.contiguous()
        else:
            state[tower + own] = value
    return state


def _openai(model: CLIP) -> dict[str, torch.Tensor]:
    numbers = {name: torch.tensor(7) for name in ('input_resolution', 'context_length', 'vocab_size')}
    return {**model.state_dict(), **numbers}


LAYOUTS = {
    'openai': _openai,
    'hugging face': _hugging_face,
    'clip4clip': lambda model: {f'clip.{name}': value for name, value in model.state_dict().items()},
}


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_weights_of_any_layout(layout, suffix, tmp_path):
    model = _clip()
    path = str(tmp_path / f'weights{suffix}')
    save_checkpoint_file(dict(state_dict=LAYOUTS[layout](model)), path)
    loaded = load_clip(path)
    assert loaded.arch == CLIPArch(**TINY)
    assert not loaded.training
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in model.state_dict().items())

    visual = CLIPImageEncoder(**loaded.arch.vision(), pretrained=path)
    visual.init_weights()
    assert all(torch.equal(value, visual.state_dict()[name]) for name, value in model.visual.state_dict().items())

    similarity = _similarity(pretrained=path)
    similarity.init_weights()
    assert torch.equal(similarity.clip.text_projection, model.text_projection)


def test_folder_of_hugging_face(tmp_path):
    model = _clip(vision_heads=4, text_heads=2, activation='gelu')
    save_checkpoint_file(dict(state_dict=_hugging_face(model)), str(tmp_path / 'model.safetensors'))
    config = dict(
        projection_dim=16,
        vision_config=dict(
            hidden_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8, hidden_act='gelu'
        ),
        text_config=dict(
            hidden_size=64,
            num_hidden_layers=3,
            num_attention_heads=2,
            vocab_size=60,
            max_position_embeddings=12,
            hidden_act='gelu',
        ),
    )
    (tmp_path / 'config.json').write_text(json.dumps(config))
    loaded = load_clip(str(tmp_path))
    assert loaded.arch == model.arch
    with torch.no_grad():
        assert torch.equal(loaded.encode_text(_texts()), model.encode_text(_texts()))


def test_folder_without_weights(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'has no weights: model\.safetensors or pytorch_model'):
        load_clip(str(tmp_path))


def test_other_weights(tmp_path):
    path = str(tmp_path / 'other.pth')
    save_checkpoint_file(dict(state_dict={'fc.weight': torch.zeros(2, 2)}), path)
    with pytest.raises(ValueError, match=r"lack \['visual.conv1.weight'.*not those of CLIP with a vision transformer"):
        load_clip(path)


def test_sizes():
    assert clip_arch('ViT-L/14@336px').num_positions == 577
    assert arch_of_config({}) == CLIP_ARCHS['ViT-B/32']
    assert arch_of_weights(_clip().state_dict()) == CLIPArch(**TINY)
    with pytest.raises(ValueError, match=r'clip_arch.*RN50'):
        clip_arch('RN50')
    with pytest.raises(ValueError, match=r'clip_arch.*widht'):
        clip_arch(dict(widht=3))


def test_another_resolution():
    model = _clip()
    larger = CLIPImageEncoder(**CLIPArch(**{**TINY, 'image_size': 48}).vision())
    assert larger.fit('positional_embedding', model.visual.positional_embedding, (37, 64)).shape == (37, 64)
    with torch.no_grad():
        assert model.encode_image(torch.zeros(1, 3, 48, 32)).shape == (1, 16)


# --- CLIP4Clip -------------------------------------------------------------------------------------------------------
def _batch(videos: int = 2) -> dict[str, torch.Tensor]:
    imgs = torch.randn(videos, 4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    return dict(imgs=imgs, text=_texts()[:videos])


def test_features_of_videos_are_means_of_those_of_frames():
    model = _similarity().eval()
    batch = _batch()
    with torch.no_grad():
        video, text = model(batch, mode='tensor')
        frames = model.encode_image(batch['imgs'][1])
        assert torch.allclose(video[1], frames.mean(dim=0), atol=1e-6)
        assert torch.equal(text, model.clip.encode_text(batch['text']))
        samples = model(batch, mode='predict')
    assert torch.allclose(samples[1].features.video_feature, F.normalize(video[1], dim=0), atol=1e-6)
    assert samples[0].features.text_feature.norm().item() == pytest.approx(1, abs=1e-5)


def test_losses_in_both_directions():
    model = _similarity()
    with torch.no_grad():
        model.clip.logit_scale.fill_(math.log(10))
        video, text = (F.normalize(x, dim=1) for x in model(_batch(), mode='tensor'))
        losses = model(_batch(), mode='loss')
    rows = (10 * video @ text.T).log_softmax(dim=1)
    columns = (10 * video @ text.T).log_softmax(dim=0)
    assert losses['sim_loss_v2t'].item() == pytest.approx(-rows.diag().mean().item() / 2, rel=1e-4)
    assert losses['sim_loss_t2v'].item() == pytest.approx(-columns.diag().mean().item() / 2, rel=1e-4)


def test_transformer_adapter_adds_to_the_frames():
    adapter = MODELS.build(
        dict(type='TransformerAdapter', num_segs=4, transformer_width=16, transformer_heads=2, transformer_layers=2)
    )
    x = torch.randn(2, 3, 16)
    with torch.no_grad():
        for block in adapter.transformer.resblocks:
            for part in (block.attn.out_proj, block.mlp.c_proj):
                nn.init.zeros_(part.weight)
                nn.init.zeros_(part.bias)
        positions = adapter.positional_embedding.weight[:3]
        # blocks without effect return their input, positions included
        assert torch.allclose(adapter(x), (2 * x + positions).mean(dim=1), atol=1e-6)
    with pytest.raises(ValueError, match='A video has 5 frames; num_segs is 4'):
        adapter(torch.zeros(1, 5, 16))


@pytest.mark.parametrize(('frozen_layers', 'blocks'), [(-1, 0), (0, 0), (1, 1), (2, 2)])
def test_frozen_layers(frozen_layers, blocks):
    model = _similarity(frozen_layers=frozen_layers)
    model.train()
    frozen = {name for name, parameter in model.clip.named_parameters() if not parameter.requires_grad}
    if frozen_layers == -1:
        assert not frozen
        return
    stems = {'token_embedding.weight', 'positional_embedding', 'visual.class_embedding', 'visual.conv1.weight'}
    stems |= {'visual.positional_embedding', 'visual.ln_pre.weight', 'visual.ln_pre.bias'}
    in_blocks = {name for name in frozen if 'resblocks' in name}
    assert frozen - in_blocks == stems
    assert {re.sub(r'(resblocks\.\d+)\..*', r'\1', name) for name in in_blocks} == {
        f'{prefix}transformer.resblocks.{i}' for prefix in ('', 'visual.') for i in range(blocks)
    }
    assert model(_batch(), mode='loss')['sim_loss_v2t'].requires_grad


def test_a_wrong_number_of_frozen_layers():
    with pytest.raises(ValueError, match=r'frozen_layers \(-2\) must be at least -1'):
        _similarity(frozen_layers=-2)


def test_random_weights_of_a_published_encoder_are_reported(monkeypatch):
    messages = []
    monkeypatch.setattr(
        'mmaction.models.similarity.clip_similarity.print_log', lambda message, **_: messages.append(message)
    )
    monkeypatch.setitem(CLIP_ARCHS, 'ViT-B/32', CLIPArch(**TINY))  # of a size that builds fast
    _similarity(clip_arch='ViT-B/32').init_weights()
    _similarity().init_weights()
    assert len(messages) == 1
    assert 'random weights' in messages[0]
    assert 'openai/clip-vit-base-patch32' in messages[0]
