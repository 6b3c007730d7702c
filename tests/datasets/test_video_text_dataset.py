"""Pairs of videos and captions, from the annotation file to a training step of CLIP4Clip and its figures."""

from __future__ import annotations

import json
import os

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper

from mmaction.evaluation import RetrievalMetric
from mmaction.registry import DATASETS, MODELS

PIPELINE = [
    dict(type='DecordInit'),
    dict(type='UniformSample', clip_len=3, num_clips=1, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='FormatShape', input_format='NCHW'),
]
SIZES = dict(
    embed_dim=16,
    image_size=32,
    patch_size=16,
    vision_width=32,
    vision_layers=1,
    vision_heads=1,
    vocab_size=514,
    text_width=32,
    text_layers=1,
    text_heads=1,
)


@pytest.fixture
def vocab(tmp_path):
    """A tokenizer without merges: 512 bytes, start and end."""
    path = tmp_path / 'merges.txt'
    path.write_text('#version: 0.2\n')
    return str(path)


def _dataset(tmp_path, captions, pipeline=(), **settings):
    path = tmp_path / 'captions.json'
    path.write_text(json.dumps(captions))
    return DATASETS.build(dict(type='VideoTextDataset', ann_file=str(path), pipeline=list(pipeline), **settings))


def test_a_sample_per_caption(tmp_path):
    captions = {'a.mp4': ['one', 'two'], 'sub/ü.mp4': 'three'}
    dataset = _dataset(tmp_path, captions, data_prefix=dict(video=str(tmp_path)))
    found = [(dataset.get_data_info(i)['filename'], dataset.get_data_info(i)['text']) for i in range(len(dataset))]
    assert found == [(f'{tmp_path}/a.mp4', 'one'), (f'{tmp_path}/a.mp4', 'two'), (f'{tmp_path}/sub/ü.mp4', 'three')]


@pytest.mark.parametrize(
    ('captions', 'message'),
    [
        ({'a.mp4': ['x', 3]}, r"the captions of 'a\.mp4' must be a list of texts, found \['x', 3\]"),
        ({'a.mp4': []}, 'has no captions'),
        (['a.mp4'], 'must hold a dict, found list'),
    ],
)
def test_malformed_files(tmp_path, captions, message):
    with pytest.raises(ValueError, match=message):
        _dataset(tmp_path, captions)


def test_missing_file():
    with pytest.raises(FileNotFoundError, match=r'no file nowhere\.json.*tools/data/video_retrieval'):
        DATASETS.build(dict(type='VideoTextDataset', ann_file='nowhere.json', pipeline=[]))


def test_missing_vocabulary(tmp_path, clip_path):
    pipeline = [*PIPELINE, dict(type='CLIPTokenize', vocab=str(tmp_path))]
    dataset = _dataset(tmp_path, {clip_path: ['hug']}, pipeline)
    with pytest.raises(FileNotFoundError, match=rf'vocabulary of CLIP.*in {tmp_path}'):
        dataset[0]


def test_from_captions_to_figures(tmp_path, clip_path, vocab):
    packing = [dict(type='CLIPTokenize', vocab=vocab), dict(type='PackActionInputs', collect_keys=('imgs', 'text'))]
    name = os.path.basename(clip_path)
    prefix = dict(video=os.path.dirname(clip_path))
    dataset = _dataset(tmp_path, {name: ['hug', 'kick']}, [*PIPELINE, *packing], data_prefix=prefix)
    samples = [dataset[0], dataset[1]]
    assert samples[0]['inputs']['imgs'].shape == (3, 3, 32, 32)
    assert samples[1]['inputs']['text'].tolist()[:6] == [512, 74, 72, 66, 330, 513]

    image = dict(type='ActionDataPreprocessor', mean=[128.0], std=[64.0], format_shape='NCHW')
    text = dict(type='ActionDataPreprocessor', to_float32=False)
    model = MODELS.build(
        dict(
            type='CLIPSimilarity',
            clip_arch=SIZES,
            adapter=dict(type='SimpleMeanAdapter'),
            data_preprocessor=dict(type='MultiModalDataPreprocessor', preprocessors=dict(imgs=image, text=text)),
            frozen_layers=0,
        )
    )
    model.init_weights()
    before = {key: value.clone() for key, value in model.clip.named_parameters()}
    optimizer = OptimWrapper(torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1))
    losses = model.train_step(pseudo_collate(samples), optimizer)
    assert set(losses) == {'loss', 'sim_loss_v2t', 'sim_loss_t2v'}
    changed = {key for key, value in model.clip.named_parameters() if not torch.equal(value, before[key])}
    assert {'text_projection', 'transformer.resblocks.0.mlp.c_fc.weight'} <= changed
    assert not {'token_embedding.weight', 'visual.conv1.weight'} & changed

    metric = RetrievalMetric()
    with torch.no_grad():
        metric.process(None, model.eval().test_step(pseudo_collate(samples)))
    # one video for both texts: as similar as itself, which does not count
    assert metric.evaluate(size=2)['retrieval/R1'] == 100.0
