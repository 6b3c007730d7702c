"""Parameters and multiplications that the metafiles of the graph networks state are those of the configs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from multiplications import MultiplicationCounter

from mmaction.registry import MODELS
from mmaction.structures.graph import Graph

ROOT = Path(__file__).resolve().parents[2]
# family -> models in its metafile
FAMILIES = {'stgcn': 16, 'stgcnpp': 9, '2s-agcn': 8, 'ctrgcn': 9, 'msg3d': 8}
CLASSES = {'NTU60-XSub-2D': 60, 'NTU60-XSub-3D': 60, 'NTU120-XSub-2D': 120, 'NTU120-XSub-3D': 120, 'JHMDB-14': 14}


def measure(cfg: Config) -> tuple[int, float]:
    """Parameters, and 10^9 multiplications (convolutions, matrix products) of one clip of a validation sample."""
    steps = {step['type']: step for step in cfg.val_dataloader.dataset.pipeline}
    persons, frames = steps['FormatGCNInput']['num_person'], steps['UniformSampleFrames']['clip_len']
    joints = Graph(cfg.model.backbone.graph_cfg.layout).num_node
    model = MODELS.build(cfg.model).eval()
    clip = torch.zeros(1, 1, persons, frames, joints, cfg.model.backbone.get('in_channels', 3))
    with MultiplicationCounter() as counter, torch.no_grad():
        scores = model(clip, mode='tensor', stage='head')
    assert scores.shape == (1, cfg.model.cls_head.num_classes)
    return sum(p.numel() for p in model.parameters()), counter.gmacs


@pytest.mark.parametrize('family', FAMILIES)
def test_metafile_numbers_are_measured(family):
    folder = ROOT / 'configs' / 'skeleton' / family
    models = yaml.safe_load((folder / 'metafile.yml').read_text())['Models']
    assert {Path(model['Config']).name for model in models} == {file.name for file in folder.glob('*.py')}
    known: dict[str, tuple[int, float]] = {}
    for model in models:
        cfg = Config.fromfile(ROOT / model['Config'])
        assert cfg.model.cls_head.num_classes == CLASSES[model['Results'][0]['Dataset']], model['Name']
        key = str(cfg.model)
        if key not in known:
            known[key] = measure(cfg)
        params, gmacs = known[key]
        assert params == model['Metadata']['Parameters'], model['Name']
        assert gmacs == pytest.approx(float(model['Metadata']['FLOPs'].removesuffix('G')), abs=6e-4), model['Name']
    assert len(models) == FAMILIES[family]
