"""TEM, PEM, BMN, TCANet and DRN against what the published implementation (1.2.0) gave.

The goldens hold digests of checkpoint keys, and 16 values of the outputs (DRN: all predictions) under the weights of
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
from mmengine.structures import InstanceData

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[3]
GOLDENS = GoldenFile('localizers')


def build(config: str) -> torch.nn.Module:
    return MODELS.build(Config.fromfile(ROOT / config).to_dict()['model']).eval()


def sentence(proposals: int) -> ActionDataSample:
    """The sample that the recorded predictions of DRN are for."""
    sample = ActionDataSample(metainfo=dict(vid_name='v', query_tokens=torch.arange(1, 9), query_length=8))
    start = torch.arange(proposals) / proposals
    sample.proposals = InstanceData(proposals=torch.stack((start, start + 1 / proposals), dim=1))
    sample.gt_instances = InstanceData(gt_bbox=torch.tensor([[0.2, 0.7]]).repeat(proposals, 1))
    return sample


@pytest.mark.parametrize('config', GOLDENS.names('upstream', output=True), ids=lambda c: Path(c).stem[:28])
@torch.no_grad()
def test_recorded_outputs(config):
    setup = GOLDENS.setup(config)
    with skip_initialization():
        model = fill_state_dict(build(config))
    x = seeded_tensor(setup['shape'])
    if setup['call'] == 'predict':
        (found,) = model([x], [sentence(len(x))], mode='predict')
        out = torch.from_numpy(np.concatenate((found['gt'].ravel(), found['predictions'].ravel())))
    else:
        out = model([x], None, mode='tensor')
    GOLDENS.check(config, out)


def test_recorded_keys():
    configs = GOLDENS.names('upstream')
    for config in configs:
        GOLDENS.check_keys(config, build(config))
    assert len(configs) == 8
