"""TEM, PEM, BMN, TCANet and DRN against what the published implementation (1.2.0) gave.

The goldens hold digests of checkpoint keys, and 16 values of the outputs (DRN: all predictions) under the weights of
:mod:`mmaction.testing.fill`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[2]
DATA = json.loads((ROOT / 'tests' / 'golden' / 'localizers.json').read_text())


def build(config: str) -> torch.nn.Module:
    return MODELS.build(Config.fromfile(ROOT / config).to_dict()['model']).eval()


def sentence(proposals: int) -> ActionDataSample:
    """The sample that the recorded predictions of DRN are for."""
    sample = ActionDataSample(metainfo=dict(vid_name='v', query_tokens=torch.arange(1, 9), query_length=8))
    start = torch.arange(proposals) / proposals
    sample.proposals = InstanceData(proposals=torch.stack((start, start + 1 / proposals), dim=1))
    sample.gt_instances = InstanceData(gt_bbox=torch.tensor([[0.2, 0.7]]).repeat(proposals, 1))
    return sample


@pytest.mark.parametrize('config', DATA['recorded'], ids=lambda c: Path(c).stem[:28])
@torch.no_grad()
def test_recorded_outputs(config):
    want = DATA['recorded'][config]
    model, x = fill_state_dict(build(config)), seeded_tensor(want['shape'])
    if want['call'] == 'predict':
        (found,) = model([x], [sentence(len(x))], mode='predict')
        out = np.concatenate((found['gt'].ravel(), found['predictions'].ravel()))
    else:
        out = model([x], None, mode='tensor')
        out = torch.cat([part.flatten() for part in out]) if isinstance(out, tuple) else out.flatten()
        out = out.double().numpy()
    assert out.size == want['size']
    rms = np.hypot(want['mean'], want['std'])
    np.testing.assert_allclose(out[want['index']], want['values'], rtol=1e-3, atol=min(1e-4 * rms, 0.01 * want['std']))
    np.testing.assert_allclose((out.mean(), out.std()), (want['mean'], want['std']), rtol=1e-3, atol=1e-4 * rms)


def test_recorded_keys():
    def digest(config: str) -> str:
        rows = sorted((key, list(value.shape)) for key, value in build(config).state_dict().items())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]

    assert {config: digest(config) for config in DATA['keys']} == DATA['keys']
    assert len(DATA['keys']) == 8
