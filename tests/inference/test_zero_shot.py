"""Actions recognized by their names: prompts, head, recognizer and command; few-shot training from there."""

from __future__ import annotations

import json

import pytest
import torch
import torch.nn.functional as F
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper

from mmaction.apis import inference_recognizer
from mmaction.apis.inferencers import MMAction2Inferencer
from mmaction.cli.main import main
from mmaction.inference.zero_shot import zero_shot_config, zero_shot_recognizer
from mmaction.models import CLIP, CLIPImageEncoder, load_clip
from mmaction.models.common.clip_arch import CLIPArch
from mmaction.models.similarity.prompts import TEMPLATES, text_features
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict
from mmaction.utils.clip_tokenizer import CLIPTokenizer

ARCH = CLIPArch(
    embed_dim=32,
    image_size=32,
    patch_size=8,
    vision_width=64,
    vision_layers=2,
    vision_heads=1,
    vocab_size=514,
    text_width=64,
    text_layers=2,
    text_heads=1,
)
LABELS = ['hug', 'kick', 'shake_hands']


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Weights of a small CLIP next to a tokenizer of bytes."""
    path = tmp_path_factory.mktemp('clip')
    model = CLIP(ARCH)
    fill_state_dict(model)
    torch.save(model.state_dict(), path / 'clip.pt')
    (path / 'merges.txt').write_text('#version: 0.2\n')
    return path


@pytest.fixture(scope='module')
def weights(folder):
    return str(folder / 'clip.pt')


@pytest.fixture(scope='module')
def recognizer(weights):
    return zero_shot_recognizer(weights, LABELS, num_frames=4)


def test_features_of_names_are_means_over_the_templates(folder, weights):
    clip, tokenizer = load_clip(weights), CLIPTokenizer.from_file(str(folder))
    with torch.no_grad():
        texts = tokenizer([template.format('shake hands') for template in TEMPLATES])
        expected = F.normalize(F.normalize(clip.encode_text(texts), dim=1).mean(dim=0), dim=0)
    found = text_features(clip, tokenizer, LABELS)
    assert torch.allclose(found[2], expected, atol=1e-6)
    assert found.norm(dim=1).tolist() == pytest.approx([1, 1, 1])


def test_scores_are_scaled_cosines_with_the_mean_of_the_frames(recognizer, folder, weights, clip_path):
    sample = inference_recognizer(recognizer, clip_path)
    clip, tokenizer = load_clip(weights), CLIPTokenizer.from_file(str(folder))
    dataset = recognizer.cfg.test_dataloader.dataset
    pipeline = DATASETS.build(dict(dataset, ann_file=__file__, lazy_init=True)).pipeline
    batch = pseudo_collate([pipeline(dict(filename=clip_path, label=-1, modality='RGB', start_index=0))])
    frames = recognizer.data_preprocessor(batch)['inputs'][0]
    assert frames.shape == (4, 3, 32, 32)
    with torch.no_grad():
        video = F.normalize(clip.encode_image(frames).mean(dim=0), dim=0)
        logits = clip.logit_scale.exp() * text_features(clip, tokenizer, LABELS) @ video
    assert torch.allclose(sample.pred_score, logits.softmax(dim=0), atol=1e-5)
    assert recognizer.cfg.test_dataloader.dataset.metainfo.classes == LABELS


def test_colors_of_the_models_own_processor(folder, tmp_path):
    for name in ('clip.pt', 'merges.txt'):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    processor = dict(image_mean=[0.5, 0.5, 0.5], image_std=[0.25, 0.25, 0.25])
    (tmp_path / 'preprocessor_config.json').write_text(json.dumps(processor))
    model = zero_shot_recognizer(str(tmp_path / 'clip.pt'), LABELS)
    assert model.cfg.model.data_preprocessor.mean == [127.5] * 3
    assert model.cfg.model.data_preprocessor.std == [63.75] * 3
    (tmp_path / 'clip.pt').rename(tmp_path / 'pytorch_model.bin')
    assert zero_shot_recognizer(f'hf:{tmp_path}', LABELS).cfg.model.data_preprocessor.mean == [127.5] * 3
    assert zero_shot_config(ARCH, LABELS).model.data_preprocessor.std == pytest.approx([68.50, 66.63, 70.32], abs=0.01)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(labels=['hug', ' hug']), r"The labels have \['hug'\] twice"),
        (dict(labels=['hug', '']), 'at least one and none of them blank'),
        (dict(labels=[]), 'at least one and none of them blank'),
        (dict(templates=['a photo']), r"templates \['a photo'\] must each have \{\} once"),
        (dict(templates=[]), r'templates \[\] must each have'),
        (dict(num_frames=0), r'num_frames \(0\) must be at least 1'),
        (dict(labels=['x' * 80]), r'tokens, start and end included; the limit is 77'),
    ],
)
def test_wrong_arguments(weights, settings, message):
    with pytest.raises(ValueError, match=message):
        zero_shot_recognizer(weights, **{'labels': LABELS, **settings})


# --- few-shot --------------------------------------------------------------------------------------------------------
def test_training_starts_from_the_names(weights, recognizer, clip_path):
    cfg = zero_shot_config(ARCH, LABELS, 4).model
    cfg.backbone.pretrained = weights
    cfg.cls_head.update(labels=LABELS, text_encoder=weights)
    model = MODELS.build(cfg)
    model.init_weights()
    expected = recognizer.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in model.state_dict().items())

    model.train()
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01))
    inputs = torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    batch = dict(inputs=[inputs], data_samples=[ActionDataSample().set_gt_label(1)])
    losses = [model.train_step(batch, optimizer)['loss_cls'].item() for _ in range(4)]
    assert losses[-1] < losses[0]
    assert not torch.equal(model.cls_head.class_embedding, expected['cls_head.class_embedding'])


def test_arguments_of_the_head():
    head = dict(type='ZeroShotHead', num_classes=3, in_channels=4)
    with pytest.raises(ValueError, match=r'num_classes \(3\) must be the number of labels, 2'):
        MODELS.build(dict(head, labels=['a', 'b']))
    with pytest.raises(ValueError, match='text_encoder needs labels'):
        MODELS.build(dict(head, text_encoder='clip.pt'))
    with pytest.raises(ValueError, match=r'features of the classes are \(2, 4\).*\(3, 4\)'):
        MODELS.build(head).set_classes(torch.zeros(2, 4))


def test_inferencer_takes_a_recognizer_as_it_is(recognizer, clip_path):
    inferencer = MMAction2Inferencer(recognizer, device='cpu')
    assert inferencer.actionrecog_inferencer.model is recognizer
    assert inferencer.actionrecog_inferencer.classes == LABELS
    (scores,) = inferencer(clip_path)['predictions'][0]['rec_scores']
    assert scores == pytest.approx(inference_recognizer(recognizer, clip_path).pred_score.tolist(), abs=1e-5)
    with pytest.raises(ValueError, match='The model has no cfg'):
        MMAction2Inferencer(torch.nn.Identity(), device='cpu')


# --- the command -----------------------------------------------------------------------------------------------------
def test_command(weights, clip_path, tmp_path, recognizer, capsys, monkeypatch):
    built = []
    build = CLIPImageEncoder.__init__

    def count(self, **sizes):
        built.append(self)
        build(self, **sizes)

    monkeypatch.setattr(CLIPImageEncoder, '__init__', count)
    out = tmp_path / 'scores.json'
    labels = 'hug, kick,shake_hands'
    arguments = ['--labels', labels, '--rec-weights', weights, '--num-frames', '4', '--vid-out-dir', str(tmp_path)]
    main(['infer', clip_path, *arguments, '--pred-out-file', str(out), '--device', 'cpu'])
    assert len(built) == 1
    scores = json.loads(out.read_text())['predictions'][0]['rec_scores'][0]
    expected = inference_recognizer(recognizer, clip_path).pred_score
    assert scores == pytest.approx(expected.tolist(), abs=1e-5)
    assert f'{clip_path}: {LABELS[int(expected.argmax())]} (' in capsys.readouterr().err

    (tmp_path / 'names.txt').write_text('hug\nkick\n')
    arguments = ['--labels', str(tmp_path / 'names.txt'), '--rec-weights', weights, '--template', 'people {}']
    main(['infer', clip_path, *arguments, '--pred-out-file', str(out), '--vid-out-dir', str(tmp_path)])
    assert len(json.loads(out.read_text())['predictions'][0]['rec_scores'][0]) == 2


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--labels', 'a,b'], "--labels needs either --rec, 'hf:'"),
        (['--labels', 'a,b', '--rec', 'hf:a', '--rec-weights', 'b'], "--labels needs either --rec, 'hf:'"),
        (['--labels', 'a,b', '--rec', 'tsn'], "--rec (tsn) with --labels must be 'hf:' and the folder"),
        (['--labels', 'a,b', '--rec', 'hf:a', '--label-file', 'b'], '--labels and --label-file exclude each other'),
        (['--rec', 'tsn', '--vocab', 'x'], '--template and --vocab need --labels'),
    ],
)
def test_command_with_wrong_arguments(arguments, message, clip_path, capsys):
    with pytest.raises(SystemExit) as error:
        main(['infer', clip_path, *arguments])
    assert error.value.code == 2
    assert message in capsys.readouterr().err


def test_command_without_vocabulary(weights, clip_path, tmp_path, capsys):
    arguments = ['--labels', 'a,b', '--rec-weights', weights, '--vocab', str(tmp_path)]
    with pytest.raises(SystemExit) as error:
        main(['infer', clip_path, *arguments])
    assert error.value.code == 1
    names = 'bpe_simple_vocab_16e6.txt.gz or merges.txt or tokenizer.json'
    assert f"There is no vocabulary of CLIP's tokenizer, {names}, in {tmp_path}" in capsys.readouterr().err
