"""Video models of transformers as recognizers and backbones, against transformers' own classes."""

from __future__ import annotations

import json
import re

import pytest
import torch
from hf_families import FAMILIES, GRIDS, PROMPTS, XCLIP
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper

from mmaction.models import HFVideoBackbone, HFVideoRecognizer, Recognizer3D
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.weights import BrokenCheckpointError

transformers = pytest.importorskip('transformers', '5', reason='transformers of release 5 is not installed')

PROCESSOR = dict(size=dict(shortest_edge=36), crop_size=dict(height=32, width=32), do_center_crop=True, do_resize=True)
PROCESSOR |= dict(
    image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.25, 0.3], do_normalize=True, do_rescale=True, resample=3
)


@pytest.fixture(params=FAMILIES)
def family(request) -> str:
    return request.param


def original(family: str):
    """The model of transformers itself, with random weights."""
    config = dict(FAMILIES[family])
    cls = transformers.CONFIG_MAPPING[config.pop('model_type')]
    torch.manual_seed(0)
    model = transformers.AutoModelForVideoClassification.from_config(cls.from_dict(config))
    with torch.no_grad():
        for parameter in model.parameters():  # initial biases, class tokens and positions are zero
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model.eval()


@pytest.fixture
def folder(family, tmp_path):
    """A folder as save_pretrained writes it, with a processor config and a model card."""
    original(family).save_pretrained(tmp_path)
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    (tmp_path / 'README.md').write_text('---\nlicense: cc-by-nc-4.0\ntags:\n- vision\n---\n# A card')
    return str(tmp_path)


def clips(number: int = 2) -> torch.Tensor:
    return torch.randn(number, 3, 4, 32, 32, generator=torch.Generator().manual_seed(1))


def samples(*labels: int) -> list[ActionDataSample]:
    return [ActionDataSample().set_gt_label(label) for label in labels]


def logits_of(model, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(**{model.main_input_name: x.transpose(1, 2)}).logits.reshape(len(x), -1)


def test_logits_and_features_of_a_folder(family, folder):
    theirs = original(family)
    ours = HFVideoRecognizer(folder).eval()
    x = clips()
    with torch.no_grad():
        logits = ours(x[:, None], stage='head')
        features = ours(x[:, None])
        scores = ours(torch.stack([x, x.flip(0)], 1), samples(0, 1), mode='predict')
    expected = logits_of(theirs, x)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-5)
    assert features.shape == (2, 32)
    backbone = HFVideoBackbone(folder, output='pooled').eval()
    with torch.no_grad():
        torch.testing.assert_close(backbone(x), features)
    assert not any('classifier' in name for name in backbone.state_dict())
    torch.testing.assert_close(theirs.classifier(features), expected, rtol=0, atol=1e-5)
    mean = expected.softmax(1).mean(0)  # both samples have the same two views
    torch.testing.assert_close(scores[0].pred_score, mean, rtol=0, atol=1e-5)
    assert ours.backbone.weights_license == 'cc-by-nc-4.0'
    torch.testing.assert_close(ours.data_preprocessor.mean.flatten(), torch.tensor([127.5, 102.0, 76.5]))


def test_map_equals_the_tokens(family, folder):
    """Position (t, h, w) of the map is the token of that patch: a change of one patch moves its own token most."""
    backbone = HFVideoBackbone(folder).eval()
    x = clips(1)
    with torch.no_grad():
        before = backbone(x)
        x[:, :, 3, 16:, :16] += 1.0  # the last frame, below on the left
        change = (backbone(x) - before).abs().sum(1)[0]
    times = GRIDS[family]
    assert before.shape == (1, 32, times, 2, 2)
    assert backbone.out_channels == 32
    assert change.flatten().argmax() == (times - 1) * 4 + 2
    encoder = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        tokens = encoder(**{encoder.main_input_name: x.transpose(1, 2)}).last_hidden_state[0]
        rows = backbone(x)[0].flatten(1).T
    tokens = tokens[len(tokens) - len(rows) :]
    torch.testing.assert_close(rows.sum(0), tokens.sum(0), rtol=0, atol=1e-4)
    torch.testing.assert_close(rows[-1], tokens[-1], rtol=0, atol=1e-5)


def test_trains_one_step_with_layer_decay(family):
    torch.manual_seed(0)
    model = MODELS.build(dict(type='HFVideoRecognizer', config=FAMILIES[family], num_classes=3)).train()
    wrapper = dict(
        optimizer=dict(type='AdamW', lr=1e-2, weight_decay=0.05),
        constructor='LearningRateDecayOptimizerConstructor',
        paramwise_cfg=dict(decay_rate=0.5),
    )
    optimizer = build_optim_wrapper(model, wrapper)
    depth = model.backbone.num_layers
    rates = {name: g['lr'] for g in optimizer.param_groups for name in g.get('param_names', ())}
    embeddings = {rate for name, rate in rates.items() if 'embeddings' in name and '_embeddings.p' in name}
    assert embeddings == {1e-2 * 0.5 ** (depth + 1)}
    assert rates['cls_head.fc_cls.weight'] == 1e-2
    assert len({*rates.values()}) == depth + 2
    decays = {name: g['weight_decay'] for g in optimizer.param_groups for name in g.get('param_names', ())}
    assert {decays[name] for name in decays if name.endswith(('.bias', 'cls_token', 'position_embeddings'))} == {0.0}

    data = dict(inputs=[torch.randint(255, (1, 3, 4, 32, 32), dtype=torch.uint8)] * 2, data_samples=samples(0, 2))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    losses = model.train_step(data, optimizer)
    assert 0.5 < losses['loss'] < 3
    unchanged = [name for name, p in model.named_parameters() if torch.equal(p, before[name])]
    assert unchanged == []  # also: no parameter that is never used


def test_other_classes_keep_the_encoder(family, folder):
    ours = HFVideoRecognizer(folder, num_classes=7)
    same = HFVideoRecognizer(folder)
    assert ours.cls_head.fc_cls.out_features == 7
    assert all(torch.equal(a, b) for a, b in zip(ours.backbone.parameters(), same.backbone.parameters()))
    state = ours.state_dict()
    ours.init_weights()
    assert all(torch.equal(state[name], value) for name, value in ours.state_dict().items())


def test_frozen_stages():
    model = HFVideoRecognizer(config=FAMILIES['videoprism'], frozen_stages=2).train()
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    inner = {name.removeprefix('backbone.model.vision_model.').partition('.')[0] for name in trained}
    assert inner == {'layernorm1', 'layernorm2', 'temporal_layers', 'backbone', 'cls_head'}
    whole = HFVideoBackbone(config=FAMILIES['vivit'], frozen_stages=2).train()
    assert not any(p.requires_grad for p in whole.parameters())
    with pytest.raises(ValueError, match=r'frozen_stages \(3\) must be in -1\.\.2'):
        HFVideoBackbone(config=FAMILIES['vivit'], frozen_stages=3)


def test_attentive_probe_on_a_frozen_map():
    torch.manual_seed(0)
    model = Recognizer3D(
        dict(type='HFVideoBackbone', config=FAMILIES['vjepa2'], frozen_stages=2),
        dict(type='AttentiveHead', in_channels=32, num_classes=3, num_heads=4, depth=2),
    )
    model.init_weights()
    losses = model.loss(clips()[:, None], samples(0, 1))
    losses['loss_cls'].backward()
    with_gradient = {name.partition('.')[0] for name, p in model.named_parameters() if p.grad is not None}
    assert with_gradient == {'cls_head'}
    assert all(p.grad is not None for p in model.cls_head.parameters())


# --- X-CLIP -----------------------------------------------------------------------------------------------------------
def xclip():
    torch.manual_seed(0)
    config = {key: value for key, value in XCLIP.items() if key != 'model_type'}
    return transformers.XCLIPModel(transformers.XCLIPConfig(**config)).eval()


def test_xclip_scores_are_similarities_to_prompts(tmp_path):
    theirs = xclip()
    theirs.save_pretrained(tmp_path)
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    x = clips()
    ours = HFVideoRecognizer(str(tmp_path), prompts=PROMPTS, test_cfg=dict(average_clips='score')).eval()
    features = HFVideoBackbone(str(tmp_path), output='pooled').eval()
    maps = HFVideoBackbone(str(tmp_path)).eval()
    with torch.no_grad():
        expected = theirs(input_ids=torch.tensor(PROMPTS), pixel_values=x.transpose(1, 2))
        pooled = theirs.get_video_features(pixel_values=x.transpose(1, 2))
        logits = ours(x[:, None], stage='head')
        torch.testing.assert_close(logits, expected.logits_per_video, rtol=0, atol=1e-5)
        torch.testing.assert_close(features(x), pooled.pooler_output, rtol=0, atol=1e-5)
        tokens = pooled.last_hidden_state[:, 1:].unflatten(0, (2, 4))
        torch.testing.assert_close(maps(x), tokens.unflatten(2, (2, 2)).permute(0, 4, 1, 2, 3), rtol=0, atol=1e-5)
    assert features(x).shape[1] == features.out_channels == 16
    assert maps.out_channels == 32
    ours.train()
    ours.loss(x[:, None], samples(0, 2))['loss_cls'].backward()
    assert ours.backbone.model.prompts_generator.alpha.grad.abs().sum() > 0


# --- errors -----------------------------------------------------------------------------------------------------------
def test_errors_name_value_and_remedy(tmp_path):
    with pytest.raises(ValueError, match=r"has no model_type 'nothing'.*code that comes with weights is never run"):
        HFVideoBackbone(config=dict(model_type='nothing'))
    with pytest.raises(ValueError, match='Give model, a folder or a name'):
        HFVideoBackbone()
    with pytest.raises(ValueError, match=r"no encoder of videos|no classifier of videos of model_type 'vit'"):
        HFVideoRecognizer(config=dict(model_type='vit'))
    with pytest.raises(ValueError, match=r"output='logits' needs prompts"):
        HFVideoBackbone(config=FAMILIES['videomae'], output='logits')
    with pytest.raises(ValueError, match=r'Clips have 3 frames, the model takes 4: set clip_len=4'):
        HFVideoBackbone(config=FAMILIES['videomae'])(torch.zeros(1, 3, 3, 32, 32))
    with pytest.raises(FileNotFoundError, match=r'There is no folder of a model at /no/where'):
        HFVideoBackbone('/no/where')
    (tmp_path / 'config.json').write_text(json.dumps(FAMILIES['videomae']))
    (tmp_path / 'pytorch_model.bin').write_bytes(b'x')
    with pytest.raises(FileNotFoundError, match=r'pytorch_model\.bin are pickles, which may hold code'):
        HFVideoBackbone(str(tmp_path))
    assert HFVideoBackbone(str(tmp_path), weights='random').weights_license is None
    (tmp_path / 'model.safetensors').write_bytes(b'\x40\x00\x00\x00\x00\x00\x00\x00{"a"')
    with pytest.raises(BrokenCheckpointError, match=r'may be truncated'):
        HFVideoBackbone(str(tmp_path))


def test_code_of_a_repository_is_not_run(tmp_path):
    marker = tmp_path / 'ran'
    (tmp_path / 'evil.py').write_text(f"open({str(marker)!r}, 'w')\nclass Evil: pass\n")
    config = dict(FAMILIES['videomae'], auto_map=dict(AutoModelForVideoClassification='evil.Evil', AutoConfig='evil.E'))
    (tmp_path / 'config.json').write_text(json.dumps(config))
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    model = HFVideoRecognizer(str(tmp_path), weights='random')
    assert type(model.backbone.model).__name__ == 'VideoMAEForVideoClassification'
    assert not marker.exists()


def test_a_folder_of_an_encoder_says_what_is_random(tmp_path, caplog):
    config = dict(FAMILIES['vjepa2'])
    transformers.VJEPA2Model(transformers.VJEPA2Config.from_dict(config)).save_pretrained(
        tmp_path, max_shard_size='40KB'
    )
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    assert (tmp_path / 'model.safetensors.index.json').is_file()
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    HFVideoRecognizer(str(tmp_path))
    logger.removeHandler(caplog.handler)
    assert re.search(rf'{tmp_path} lacks classifier\.bias, .* of VJEPA2ForVideo.*: random until trained', caplog.text)


def test_prompts_as_texts_go_through_the_tokenizer_of_the_folder(tmp_path):
    from transformers import CLIPTokenizerFast

    words = [
        '!',
        'a</w>',
        'hug</w>',
        'kick</w>',
        'h',
        'u',
        'g',
        'k',
        'i',
        'c',
        'a',
        'g</w>',
        'k</w>',
        'hu',
        'ki',
        'kic',
    ]
    vocabulary = {word: number for number, word in enumerate([*words, '<|startoftext|>', '<|endoftext|>'])}
    merges = [('h', 'u'), ('hu', 'g</w>'), ('k', 'i'), ('ki', 'c'), ('kic', 'k</w>')]
    CLIPTokenizerFast(vocab=vocabulary, merges=merges).save_pretrained(tmp_path)
    xclip().save_pretrained(tmp_path)
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    ours = HFVideoRecognizer(str(tmp_path), prompts=['a hug', 'a kick'])
    assert ours.backbone.prompt_ids.tolist() == [[16, 1, 2, 17], [16, 1, 3, 17]]
    with pytest.raises(ValueError, match='prompts as texts need the tokenizer'):
        HFVideoRecognizer(config=XCLIP, prompts=['a hug'])
