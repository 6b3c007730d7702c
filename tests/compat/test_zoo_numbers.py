"""Parameters and multiplications that the metafiles state are those of the networks that the configs build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from torch.utils.flop_counter import FlopCounterMode

from mmaction.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = ('c3d', 'slowonly', 'tsm', 'tsn')
# Ours multiplies in the cheaper order where attention has no softmax; the metafile states the usual order.
REORDERED = {'tsm_imagenet-pretrained-r50-nl-dot-product_8xb16-1x1x8-50e_kinetics400-rgb': 51.714}


def without_weights(cfg: dict) -> dict:
    """The config of a module that downloads nothing."""
    off = {True: False}
    return {
        k: without_weights(v) if isinstance(v, dict) else (off.get(v) if k == 'pretrained' else v)
        for k, v in cfg.items()
        if k != 'init_cfg'
    }


def measure(cfg: Config) -> tuple[int, float]:
    """Parameters, and 10^9 multiplications (convolutions, matrix products) for one view of a validation sample."""
    steps = {step['type']: step for step in cfg.val_pipeline}
    sample = steps.get('SampleFrames') or steps['DenseSampleFrames']
    size = steps['CenterCrop']['crop_size']
    lead = (sample['num_clips'], 3) if cfg.model.type == 'Recognizer2D' else (1, 3, sample['clip_len'])
    plain = without_weights(cfg.to_dict()['model'])
    with torch.device('meta'):
        model = MODELS.build(dict(plain, data_preprocessor=None)).eval()
        clip = torch.empty(1, *lead, size, size)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        features, keywords = model.extract_feat(clip, stage='backbone')
        model.cls_head(features, **keywords)
    return sum(p.numel() for p in model.parameters()), counter.get_total_flops() / 2e9


@pytest.mark.parametrize('family', FAMILIES)
def test_metafile_numbers_are_measured(family):
    known: dict[str, tuple[int, float]] = {}
    models = yaml.safe_load((ROOT / 'configs' / 'recognition' / family / 'metafile.yml').read_text())['Models']
    for model in models:
        cfg = Config.fromfile(ROOT / model['Config'])
        key = json.dumps([cfg.model, cfg.val_pipeline[1].clip_len, cfg.val_pipeline[1].num_clips])
        if key not in known:
            known[key] = measure(cfg)
        params, gmacs = known[key]
        assert params == model['Metadata']['Parameters'], model['Name']
        stated = float(model['Metadata']['FLOPs'].removesuffix('G'))
        assert gmacs == pytest.approx(REORDERED.get(model['Name'], stated), abs=6e-4), model['Name']
    assert len(models) == {'c3d': 1, 'slowonly': 10, 'tsm': 12, 'tsn': 12}[family]
