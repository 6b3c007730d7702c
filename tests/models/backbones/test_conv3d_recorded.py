"""I3D, C2D, SlowFast, CSN and R(2+1)D against what the published implementation (1.2.0) gave.

``recorded``: 16 values of its outputs under the weights of :mod:`mmaction.testing.fill`. ``own``: small variants that
no published config uses, made with this package once all the recorded models agreed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from golden_files import GoldenFile
from initialization import skip_initialization
from mmengine.config import Config

import mmaction.models.backbones as backbones
from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[3]
GOLDENS = GoldenFile('conv3d')

_TWO = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 2), dilations=(1, 1), out_indices=(1,))
_PATH = dict(type='resnet3d', depth=18, num_stages=2, dilations=(1, 1), out_indices=(1,), temporal_strides=(1, 1))
OWN = {
    'ipcsn_r50': ('ResNet3dCSN', dict(depth=50, bottleneck_mode='ip', base_channels=16, **_TWO), (1, 3, 4, 24, 24)),
    'ircsn_r50_caffe': (
        'ResNet3dCSN',
        dict(depth=50, base_channels=16, style='caffe', inflate=(0, 1), **_TWO),
        (1, 3, 4, 24, 24),
    ),
    'r2plus1d_18': ('ResNet2Plus1d', dict(depth=18, base_channels=16, **_TWO), (1, 3, 4, 24, 24)),
    'slowfast_18': (
        'ResNet3dSlowFast',
        dict(
            resample_rate=4,
            speed_ratio=2,
            channel_ratio=4,
            slow_pathway=dict(
                _PATH,
                base_channels=16,
                spatial_strides=(1, 1),
                lateral=True,
                lateral_norm=True,
                lateral_infl=1,
                lateral_activate=(0, 1),
                fusion_kernel=3,
                conv1_kernel=(1, 5, 5),
                inflate=(0, 1),
            ),
            fast_pathway=dict(_PATH, base_channels=4, spatial_strides=(1, 1)),
        ),
        (1, 3, 8, 24, 24),
    ),
    'layer_3': ('ResNet3dLayer', dict(depth=18, stage=2, base_channels=8, inflate=(0, 1)), (1, 16, 4, 8, 8)),
}


def build(config: str, **options):
    cfg = Config.fromfile(ROOT / config).to_dict()['model']
    cfg['backbone'] = dict(cfg['backbone'], pretrained=None)
    return MODELS.build(dict(cfg, data_preprocessor=None) | options)


@pytest.mark.parametrize('config', GOLDENS.names('upstream', output=True))
@torch.no_grad()
def test_recorded_outputs(config):
    with skip_initialization():
        model = fill_state_dict(build(config)).eval()
    x = seeded_tensor(GOLDENS.setup(config)['shape'])
    features = model(x, mode='tensor')
    GOLDENS.check(config, features, 'backbone')
    keywords = dict(num_segs=x.shape[1]) if x.dim() == 5 else {}
    GOLDENS.check(config, model.cls_head(features, **keywords), 'head')


def test_recorded_keys_and_shapes():
    configs = GOLDENS.names('upstream')
    for config in configs:
        with torch.device('meta'):
            model = build(config)
        GOLDENS.check_keys(config, model)
    assert len(configs) == 20


@pytest.mark.parametrize('name', OWN)
@torch.no_grad()
def test_own_variants(name):
    kind, keywords, shape = OWN[name]
    net = fill_state_dict(getattr(backbones, kind)(**keywords)).eval()
    GOLDENS.check_keys(name, net)
    GOLDENS.check(name, net(seeded_tensor(shape)))
