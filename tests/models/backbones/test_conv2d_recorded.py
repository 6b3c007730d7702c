"""TRN, X3D, TANet, TIN, TPN and OmniSource against what the published implementation (1.2.0) gave.

The goldens hold digests of checkpoint keys, and 16 values of the class scores under the weights of
:mod:`mmaction.testing.fill`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from golden_files import GoldenFile
from initialization import skip_initialization
from mmengine.config import Config

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[3]
GOLDENS = GoldenFile('conv2d')


def build(config: str) -> torch.nn.Module:
    cfg = Config.fromfile(ROOT / config).to_dict()['model']
    backbone = {k: v for k, v in cfg['backbone'].items() if k != 'pretrained'}
    return MODELS.build(dict(cfg, backbone=backbone, data_preprocessor=None)).eval()


@pytest.mark.parametrize('config', GOLDENS.names('upstream', output=True), ids=lambda c: c.split('/')[2])
@torch.no_grad()
def test_recorded_scores(config):
    with skip_initialization():
        model = fill_state_dict(build(config))
    x = seeded_tensor(GOLDENS.setup(config)['shape'])
    np.random.seed(0)  # TRN draws relations
    if 'omnisource' in config:
        out = model(dict(inputs=x, data_samples=[ActionDataSample()]), mode='predict')[0].pred_score
    else:
        out = model(x, mode='tensor', stage='head')
    GOLDENS.check(config, out)


def test_recorded_keys():
    configs = GOLDENS.names('upstream')
    for config in configs:
        with torch.device('meta'):
            model = build(config)
        GOLDENS.check_keys(config, model)
    assert len(configs) == 9
