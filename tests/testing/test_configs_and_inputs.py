from __future__ import annotations

import pytest
import torch
from torch import nn

import mmaction.testing.configs as configs
from mmaction.testing import (
    check_norm_state,
    generate_backbone_demo_inputs,
    generate_detector_demo_inputs,
    get_cfg,
    get_recognizer_cfg,
)
from mmaction.utils import shipped


def test_get_cfg(tmp_path, monkeypatch):
    folder = tmp_path / 'configs' / 'recognition' / 'net'
    folder.mkdir(parents=True)
    (folder / 'a.py').write_text("model = dict(type='Net')\n")
    for module in (shipped, configs):
        monkeypatch.setattr(module, 'SHIPPED_ROOTS', (tmp_path / 'none', tmp_path))
    assert get_recognizer_cfg('net/a.py').model.type == 'Net'
    with pytest.raises(FileNotFoundError, match=r'no config detection/net/a.py; looked in .*none'):
        get_cfg('detection', 'net/a.py')
    with pytest.raises(ValueError, match="'recogniser'"):
        get_cfg('recogniser', 'net/a.py')


def test_check_norm_state():
    net = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(), nn.BatchNorm3d(1))
    assert check_norm_state(net.modules(), True) and not check_norm_state(net.modules(), False)
    net[2].eval()
    assert not check_norm_state(net.modules(), True) and not check_norm_state(net.modules(), False)
    net[0].eval()
    assert check_norm_state(net.modules(), False)


def test_demo_inputs():
    x = generate_backbone_demo_inputs((2, 3, 4, 5))
    assert (
        x.shape == (2, 3, 4, 5)
        and x.min() >= 0
        and x.max() < 1
        and torch.equal(x, generate_backbone_demo_inputs((2, 3, 4, 5)))
    )
    got = generate_detector_demo_inputs((2, 3, 4, 32, 64), num_classes=5)
    assert got['inputs'].shape == (2, 3, 4, 32, 64) and len(got['data_samples']) == 2
    for sample in got['data_samples']:
        assert sample.img_shape == (32, 64)
        for boxes in (sample.proposals.bboxes, sample.gt_instances.bboxes):
            assert (boxes[:, :2] < boxes[:, 2:]).all() and (boxes <= torch.tensor([64, 32, 64, 32])).all()
        labels = sample.gt_instances.labels
        assert labels.shape == (2, 5) and not labels[:, 0].any() and set(labels.unique().tolist()) <= {0.0, 1.0}
    assert 'gt_instances' not in generate_detector_demo_inputs((1, 3, 4, 32, 64), train=False)['data_samples'][0]
    with pytest.raises(ValueError, match='found 2'):
        generate_detector_demo_inputs((2, 3, 4, 32, 64), train=False)
    with pytest.raises(ValueError, match=r'\(3, 32, 64\)'):
        generate_detector_demo_inputs((3, 32, 64))
