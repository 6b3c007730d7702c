"""Base configs as modules: ``from mmaction.configs._base_... import *``, in Python and under ``read_base``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config

from mmaction.registry import MODELS

CONFIG = """
from mmengine.config import read_base

from mmaction.datasets import VideoDataset
from mmaction.datasets.transforms import DecordDecode, DecordInit, PackActionInputs, SampleFrames
from mmaction.models import GCNHead

with read_base():
    from mmaction.configs._base_.default_runtime import *
    from mmaction.configs._base_.models.stgcn import *
    from mmaction.configs._base_.schedules.adam_20e import optimizer

default_hooks.update(checkpoint=dict(type='CheckpointHook', interval=7))
model['cls_head'] = dict(type=GCNHead, num_classes=5, in_channels=256)
train_dataloader = dict(dataset=dict(type=VideoDataset, ann_file='a.txt', pipeline=[
    dict(type=DecordInit), dict(type=SampleFrames, clip_len=4), dict(type=DecordDecode), dict(type=PackActionInputs)]))
"""


def test_read_base(tmp_path):
    path = tmp_path / 'new_style.py'
    path.write_text(CONFIG, encoding='utf-8')
    cfg = Config.fromfile(path)
    assert cfg.default_scope == 'mmaction'
    assert cfg.default_hooks.checkpoint.interval == 7
    assert cfg.default_hooks.timer == dict(type='IterTimerHook')
    assert cfg.optimizer.lr == 0.01
    model = MODELS.build(cfg.model)
    assert type(model).__name__ == 'RecognizerGCN'
    assert model.cls_head.fc.out_features == 5

    cfg.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').model.cls_head.type == 'mmaction.models.GCNHead'


def _plain_bases(root: Path) -> list[str]:
    bases = root / 'configs' / '_base_'
    files = [path for path in bases.rglob('*.py') if '_base_ =' not in path.read_text(encoding='utf-8')]
    return sorted('.'.join(path.relative_to(bases).with_suffix('').parts) for path in files)


def test_every_base_without_a_base_of_its_own_is_a_module(root, monkeypatch):
    names = _plain_bases(root)
    assert len(names) > 40
    for name in names:
        if name.rsplit('.', 1)[-1][0].isdigit():  # models.2s_agcn: import statements cannot name it
            continue
        # A fresh import: configs that inherit from a module may have changed its dicts.
        monkeypatch.delitem(sys.modules, f'mmaction.configs._base_.{name}', raising=False)
        module = import_module(f'mmaction.configs._base_.{name}')
        config = Config.fromfile(root / 'configs' / '_base_' / f'{name.replace(".", "/")}.py')
        assert config
        for key in config:
            assert getattr(module, key) == config[key]


def test_absent_base_is_named(tmp_path):
    path = tmp_path / 'absent.py'
    base = 'mmaction.configs._base_.models.nosuch'
    path.write_text(
        f'from mmengine.config import read_base\nwith read_base():\n    from {base} import *', encoding='utf-8'
    )
    with pytest.raises(Exception, match=r'nosuch\.py not found'):
        Config.fromfile(path)
