"""Parameters and multiplications that the metafiles state are those of the networks that the configs build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from multiplications import MultiplicationCounter

from mmaction.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
# family -> models in its metafile
FAMILIES = {
    'c2d': 4,
    'c3d': 1,
    'csn': 8,
    'i3d': 6,
    'internvideo2': 1,
    'mvit': 7,
    'omnisource': 1,
    'r2plus1d': 2,
    'slowfast': 5,
    'slowonly': 10,
    'swin': 6,
    'tanet': 3,
    'timesformer': 3,
    'tin': 3,
    'tpn': 3,
    'trn': 2,
    'tsm': 12,
    'tsn': 12,
    'umt': 1,
    'uniformer': 3,
    'uniformerv2': 23,
    'videomae': 2,
    'videomaev2': 2,
    'vjepa2': 1,
    'x3d': 2,
}
# Ours multiplies in the cheaper order where attention has no softmax; the metafile states the usual order.
REORDERED = {
    'i3d_imagenet-pretrained-r50-nl-dot-product_8xb8-32x2x1-100e_kinetics400-rgb': 42.335,
    'tsm_imagenet-pretrained-r50-nl-dot-product_8xb16-1x1x8-50e_kinetics400-rgb': 51.714,
}


def without_weights(cfg: dict) -> dict:
    """The config of a module that downloads nothing."""
    off = {True: False}
    return {
        k: without_weights(v) if isinstance(v, dict) else (off.get(v) if k == 'pretrained' else v)
        for k, v in cfg.items()
        if k != 'init_cfg'
    }


def view(cfg: Config) -> tuple[int, ...]:
    """Shape of one view of a validation sample (a test sample where nothing trains), as the metafiles state it."""
    loader = cfg.get('val_dataloader') or cfg.get('test_dataloader')
    if loader is None:  # weights to start from, published without data
        backbone = cfg.model.backbone
        return (1, 1, 3, backbone.t_size, backbone.input_resolution, backbone.input_resolution)
    dataset = loader.dataset
    pipeline = dataset.get('datasets', [dataset])[0].pipeline
    steps = {step['type']: step for step in pipeline}
    sample = next(step for name, step in steps.items() if name.startswith(('Sample', 'Uniform', 'Dense')))
    size = next((steps[name]['crop_size'] for name in ('CenterCrop', 'ThreeCrop') if name in steps), None)
    size = size or steps['Resize']['scale'][0]
    if cfg.model.type == 'Recognizer2D':
        return (1, sample.get('num_clips', 1) * sample['clip_len'], 3, size, size)
    return (1, 1, 3, sample['clip_len'], size, size)


def measure(cfg: Config) -> tuple[int, float]:
    """Parameters, and 10^9 multiplications (convolutions, matrix products) for one view of a validation sample."""
    plain = without_weights(cfg.to_dict()['model'])
    with MultiplicationCounter() as counter, torch.no_grad():
        with torch.device('meta'):
            model = MODELS.build(dict(plain, data_preprocessor=None)).eval()
            clip = torch.empty(view(cfg))
        model(clip, mode='tensor', stage='head')
    return sum(p.numel() for p in model.parameters()), counter.gmacs


@pytest.mark.parametrize('family', FAMILIES)
def test_metafile_numbers_are_measured(family):
    known: dict[str, tuple[int, float]] = {}
    models = yaml.safe_load((ROOT / 'configs' / 'recognition' / family / 'metafile.yml').read_text())['Models']
    for model in models:
        cfg = Config.fromfile(ROOT / model['Config'])
        key = json.dumps([cfg.model, view(cfg)])
        if key not in known:
            known[key] = measure(cfg)
        params, gmacs = known[key]
        assert params == model['Metadata']['Parameters'], model['Name']
        stated = float(model['Metadata']['FLOPs'].removesuffix('G'))
        assert gmacs == pytest.approx(REORDERED.get(model['Name'], stated), abs=6e-4), model['Name']
    assert len(models) == FAMILIES[family]
