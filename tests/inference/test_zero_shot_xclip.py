"""Actions recognized by their names with X-CLIP, against transformers' own class."""

from __future__ import annotations

import json

import pytest
import torch

from mmaction.apis import inference_recognizer
from mmaction.cli.main import main
from mmaction.inference.zero_shot import zero_shot_recognizer
from mmaction.utils.clip_tokenizer import END, START, byte_symbols

transformers = pytest.importorskip('transformers', '5', reason='transformers of release 5 is not installed')

LABELS = ['hug', 'shake_hands', 'ä kick!']
PROCESSOR = dict(size=dict(shortest_edge=36), crop_size=dict(height=32, width=32), do_center_crop=True, do_resize=True)
PROCESSOR |= dict(image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.25, 0.3], do_normalize=True, do_rescale=True)
MERGES = [('h', 'u'), ('hu', 'g</w>'), ('k', 'i'), ('c', 'k</w>')]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """An X-CLIP as save_pretrained writes it, with the two files of its tokenizer."""
    path = tmp_path_factory.mktemp('xclip')
    symbols = list(byte_symbols().values())
    tokens = [*symbols, *(symbol + '</w>' for symbol in symbols), *map(''.join, MERGES), START, END]
    (path / 'vocab.json').write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (path / 'merges.txt').write_text('\n'.join(['#version: 0.2', *map(' '.join, MERGES), '']))
    (path / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    small = dict(intermediate_size=32, num_attention_heads=2)
    vision = dict(hidden_size=32, num_hidden_layers=2, image_size=32, patch_size=16, num_frames=4, **small)
    vision |= dict(mit_hidden_size=16, mit_intermediate_size=32, mit_num_hidden_layers=1, mit_num_attention_heads=2)
    text = dict(hidden_size=16, num_hidden_layers=1, vocab_size=len(tokens), max_position_embeddings=16, **small)
    config = transformers.XCLIPConfig(
        text_config=text, vision_config=vision, projection_dim=16, prompt_num_attention_heads=2, prompt_layers=1
    )
    torch.manual_seed(0)
    model = transformers.XCLIPModel(config)
    with torch.no_grad():
        for parameter in model.parameters():  # initial biases and positions are zero
            parameter.add_(0.05 * torch.randn_like(parameter))
    model.save_pretrained(path)
    return str(path)


def expected(folder: str, recognizer, clip_path: str, texts: list[str]) -> torch.Tensor:
    """Probabilities of transformers for the frames that the recognizer reads, with its own tokenizer."""
    model = transformers.XCLIPModel.from_pretrained(folder).eval()
    tokenizer = transformers.CLIPTokenizer(f'{folder}/vocab.json', f'{folder}/merges.txt')
    seen = []
    handle = recognizer.backbone.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    inference_recognizer(recognizer, clip_path)
    handle.remove()
    with torch.no_grad():
        inputs = tokenizer(texts, padding=True, return_tensors='pt')
        out = model(**inputs, pixel_values=seen[0].transpose(1, 2))
    return out.logits_per_video[0].softmax(0)


def test_scores_are_those_of_transformers(folder, clip_path):
    model = zero_shot_recognizer(folder, LABELS)
    sample = inference_recognizer(model, clip_path)
    want = expected(folder, model, clip_path, ['hug', 'shake hands', 'ä kick!'])
    assert float(want.max() - want.min()) > 1e-3
    torch.testing.assert_close(sample.pred_score, want, rtol=0, atol=1e-5)
    dataset = model.cfg.test_dataloader.dataset
    assert dataset.metainfo.classes == LABELS
    assert dataset.pipeline[1] == dict(type='UniformSample', clip_len=4, num_clips=1, test_mode=True)

    other = zero_shot_recognizer(f'hf:{folder}', LABELS, templates=['he {}.'], num_frames=4)
    want = expected(folder, other, clip_path, ['he hug.', 'he shake hands.', 'he ä kick!.'])
    torch.testing.assert_close(inference_recognizer(other, clip_path).pred_score, want, rtol=0, atol=1e-5)


def test_command(folder, clip_path, tmp_path, capsys):
    out = tmp_path / 'scores.json'
    main(['infer', clip_path, '--labels', 'hug, kick', '--rec', f'hf:{folder}', '--pred-out-file', str(out)])
    scores = json.loads(out.read_text())['predictions'][0]['rec_scores'][0]
    model = zero_shot_recognizer(folder, ['hug', 'kick'])
    assert scores == pytest.approx(inference_recognizer(model, clip_path).pred_score.tolist(), abs=1e-6)
    assert capsys.readouterr().err.splitlines()[-1].startswith(f'{clip_path}: {["hug", "kick"][scores[1] > scores[0]]}')


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(num_frames=8), r'num_frames \(8\) must be 4, of which the model in .*xclip'),
        (dict(templates=['a {}', 'b {}']), r'2 templates were given; the model in .*xclip\d* takes one'),
        (dict(labels=['x' * 20]), r"'x{20}' has 22 tokens, start and end included; the limit is 16"),
        (dict(vocab='/no/where/'), r"no vocabulary of CLIP's tokenizer.* in /no/where"),
    ],
)
def test_wrong_arguments(folder, settings, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        zero_shot_recognizer(folder, **{'labels': LABELS, **settings})
