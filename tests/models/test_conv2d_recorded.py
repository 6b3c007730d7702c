"""TRN, X3D, TANet, TIN, TPN and OmniSource against what the published implementation (1.2.0) gave.

The goldens hold digests of checkpoint keys, and 16 values of the class scores under the weights of
:mod:`mmaction.testing.fill`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from backbone_goldens import keys
from mmengine.config import Config

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[2]
DATA = json.loads((ROOT / 'tests' / 'golden' / 'conv2d.json').read_text())


def build(config: str) -> torch.nn.Module:
    cfg = Config.fromfile(ROOT / config).to_dict()['model']
    backbone = {k: v for k, v in cfg['backbone'].items() if k != 'pretrained'}
    return MODELS.build(dict(cfg, backbone=backbone, data_preprocessor=None)).eval()


@pytest.mark.parametrize('config', DATA['recorded'], ids=lambda c: c.split('/')[2])
@torch.no_grad()
def test_recorded_scores(config):
    want = DATA['recorded'][config]
    model, x = fill_state_dict(build(config)), seeded_tensor(want['shape'])
    np.random.seed(0)  # TRN draws relations
    if 'omnisource' in config:
        out = model(dict(inputs=x, data_samples=[ActionDataSample()]), mode='predict')[0].pred_score
    else:
        out = model(x, mode='tensor', stage='head')
    out = out.flatten().double().numpy()
    assert out.size == want['size']
    rms = np.hypot(want['mean'], want['std'])
    np.testing.assert_allclose(out[want['index']], want['values'], rtol=1e-3, atol=1e-4 * rms)
    np.testing.assert_allclose((out.mean(), out.std()), (want['mean'], want['std']), rtol=1e-3, atol=1e-4 * rms)


def test_recorded_keys():
    with torch.device('meta'):
        assert {config: keys(build(config)) for config in DATA['keys']} == DATA['keys']
    assert len(DATA['keys']) == 9
