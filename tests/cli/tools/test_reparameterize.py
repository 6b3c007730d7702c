"""The command that merges the branches of MobileOne."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mmaction.cli.tools.reparameterize_model import main as reparameterize
from mmaction.registry import MODELS
from mmaction.testing import seeded_tensor

CONFIG = """
model = dict(
    type='Recognizer2D',
    backbone=dict(type='MobileOneTSM', arch='s1', num_segments=2{deploy}),
    cls_head=dict(type='TSMHead', num_classes=3, in_channels=1280, num_segments=2, average_clips='prob'))
"""


def test_reparameterize_command(tmp_path: Path, capsys) -> None:
    config, deploy = tmp_path / 'train.py', tmp_path / 'deploy.py'
    config.write_text(CONFIG.format(deploy=''))
    deploy.write_text(CONFIG.format(deploy=', deploy=True'))
    cfg = dict(type='MobileOneTSM', arch='s1', num_segments=2)
    head = dict(type='TSMHead', num_classes=3, in_channels=1280, num_segments=2, average_clips='prob')
    x = seeded_tensor((1, 2, 3, 64, 64))
    torch.manual_seed(0)
    model = MODELS.build(dict(type='Recognizer2D', backbone=cfg, cls_head=head))
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):  # statistics other than 0 and 1, which folding could ignore
            norm.running_mean.uniform_(-0.1, 0.1)
            norm.running_var.uniform_(0.5, 2)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, tmp_path / 'train.pth')
    reparameterize([str(config), str(tmp_path / 'train.pth'), str(tmp_path / 'out' / 'deploy.pth')])

    deployed = MODELS.build(dict(type='Recognizer2D', backbone=dict(cfg, deploy=True), cls_head=head)).eval()
    deployed.load_state_dict(torch.load(tmp_path / 'out' / 'deploy.pth', weights_only=True))
    with torch.inference_mode():
        merged = deployed(x, stage='head', mode='tensor')
        branched = model.eval()(x, stage='head', mode='tensor')
    assert merged.std() > 0 and (merged - branched).abs().max() < 1e-4 * branched.std()
    for path, message in ((deploy, 'deploy.py has the deployed form already'), ('none.py', 'no config at none.py')):
        with pytest.raises(SystemExit, match='1'):
            reparameterize([str(path), str(tmp_path / 'train.pth'), str(tmp_path / 'x.pth')])
        assert message in capsys.readouterr().err
