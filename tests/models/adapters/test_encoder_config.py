"""Configs that follow from a folder: features of videos by a model of another library, without a config file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hf_families import FAMILIES, XCLIP

from mmaction.apis import MMAction2Inferencer, inference_recognizer, init_recognizer
from mmaction.cli.infer.features import main as extract
from mmaction.inference.feature_store import VideoFeatures
from mmaction.models import encoder_config

PROCESSOR = dict(size=dict(shortest_edge=36), crop_size=dict(height=32, width=32), do_center_crop=True)


def write(folder: Path, config: dict, name: str = 'config.json') -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(config))
    (folder / 'preprocessor_config.json').write_text(json.dumps(PROCESSOR))
    (folder / 'README.md').write_text('---\nlicense: mit\n---\n')
    return str(folder)


def test_which_recognizer_follows(tmp_path):
    whole = encoder_config(
        write(tmp_path / 'a', dict(FAMILIES['videomae'], architectures=['VideoMAEForVideoClassification']))
    )
    assert whole.model.type == 'HFVideoRecognizer'
    assert whole.test_pipeline[1] == dict(
        type='SampleFrames', clip_len=4, frame_interval=4, num_clips=1, test_mode=True
    )
    encoder = encoder_config(write(tmp_path / 'b', dict(FAMILIES['vjepa2'], architectures=['VJEPA2Model'])), 8, 2)
    assert encoder.model.backbone.output == 'map'
    assert (encoder.test_pipeline[1].clip_len, encoder.test_pipeline[1].frame_interval) == (8, 2)
    assert encoder_config(write(tmp_path / 'c', XCLIP)).model.backbone.output == 'pooled'
    frames = encoder_config(write(tmp_path / 'd', dict(model_cfg=dict(vision_cfg=dict(image_size=48)))))
    assert frames.model.type == 'Recognizer2D'
    assert (frames.test_pipeline[1].clip_len, frames.test_pipeline[1].num_clips) == (1, 8)
    assert frames.test_pipeline[3] == dict(type='Resize', scale=(-1, 48), interpolation='bicubic')
    with pytest.raises(ValueError, match=r'is of neither library: timm states architecture'):
        encoder_config(write(tmp_path / 'e', dict(kind='other')))


def test_features_by_folder(clip_path, tmp_path, capsys):
    transformers = pytest.importorskip('transformers', '5', reason='transformers of release 5 is not installed')
    config = dict(FAMILIES['vivit'], id2label=dict(enumerate(['hug', 'kick', 'wave', 'point', 'push'])))
    theirs = transformers.VivitForVideoClassification(transformers.VivitConfig.from_dict(config)).eval()
    theirs.save_pretrained(tmp_path / 'model')
    folder = write(tmp_path / 'model', json.loads((tmp_path / 'model' / 'config.json').read_text()))
    (tmp_path / 'list.txt').write_text(clip_path)
    listed = ['--video-list', str(tmp_path / 'list.txt'), '--video-root', '', '--device', 'cpu', '--format', 'npz']
    out = tmp_path / 'out'
    extract([f'hf:{folder}', 'none', str(out), *listed, '--long-video-mode', '--clip-interval', '10'])
    assert 'License of the weights, by their model card: mit.' in capsys.readouterr().out
    found = VideoFeatures.load(str(out / 'clip.npz'))
    assert found.meta['license'] == 'mit'
    assert found.features.shape == (3, 32)
    named = MMAction2Inferencer(f'hf:{folder}', device='cpu')
    (predicted,) = named(clip_path)['predictions']
    model = init_recognizer(f'hf:{folder}', device='cpu')
    score = inference_recognizer(model, clip_path).pred_score
    assert score.shape == (5,) and score.sum() == pytest.approx(1)
    assert predicted['rec_scores'] == [pytest.approx(score.tolist(), abs=1e-5)]
    assert named.actionrecog_inferencer.classes == ['hug', 'kick', 'wave', 'point', 'push']


def test_features_by_an_encoder_of_images(clip_path, tmp_path):
    timm = pytest.importorskip('timm', reason='timm is not installed')
    from safetensors.torch import save_file

    arguments = dict(img_size=32, depth=1, embed_dim=24, num_heads=3)
    state = timm.create_model('vit_tiny_patch16_224', **arguments).state_dict()
    config = dict(architecture='vit_tiny_patch16_224', model_args=arguments)
    config['pretrained_cfg'] = dict(input_size=[3, 32, 32], mean=[0.5] * 3, std=[0.5] * 3, crop_pct=1.0)
    folder = write(tmp_path / 'model', config)
    save_file(state, tmp_path / 'model' / 'model.safetensors')
    (tmp_path / 'list.txt').write_text(clip_path)
    listed = ['--video-list', str(tmp_path / 'list.txt'), '--video-root', '', '--device', 'cpu', '--format', 'npy']
    extract([f'hf:{folder}', 'none', str(tmp_path), *listed])
    features = np.load(tmp_path / 'clip.npy')
    assert features.shape == (24,) and torch.isfinite(torch.from_numpy(features)).all()
