"""The configs of temporal segmentation: they build, and each trains on planted segments and tests; one is resumed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from mmengine.config import Config

from mmaction.annotations.findings import Findings
from mmaction.annotations.record import Project, Segment, Video
from mmaction.annotations.targets import Targets
from mmaction.cli.test import main as run_test
from mmaction.cli.train import main as train
from mmaction.registry import MODELS

FOLDER = Path(__file__).resolve().parents[2] / 'configs' / 'segmentation'
CONFIGS = {path.parent.name: path for path in sorted(FOLDER.glob('*/*.py'))}
TINY = {
    'mstcnpp': dict(channels=16, num_layers=4, num_refinements=1, num_refinement_layers=4),
    'asformer': dict(channels=16, num_layers=4, num_decoders=1),
}


@pytest.mark.parametrize('name', CONFIGS)
def test_config_agrees_with_the_metafile(name):
    path = CONFIGS[name]
    cfg = Config.fromfile(path)
    (stated,) = yaml.safe_load(path.with_name('metafile.yml').read_text())['Models']
    model = MODELS.build(cfg.model)
    assert sum(p.numel() for p in model.parameters()) == stated['Metadata']['Parameters']
    assert stated['Config'] == path.relative_to(FOLDER.parents[1]).as_posix()
    assert model.class_names == cfg.train_dataloader.dataset.metainfo.classes
    assert cfg.custom_hooks == [dict(type='ClassBalanceHook', power=0.5)]


@pytest.fixture(scope='module')
def planted(tmp_path_factory):
    """Videos of 60 s at 10 frames a second, features at every fourth frame; two channels tell two of the classes."""
    folder = tmp_path_factory.mktemp('planted')
    rng = np.random.default_rng(0)
    (folder / 'features').mkdir()
    parts = {'train': [], 'val': []}
    for split, count in (('train', 8), ('val', 3)):
        for i in range(count):
            features, segments, at = rng.normal(0, 0.5, (150, 16)).astype(np.float32), [], 5
            while at < 120:
                steps, label = int(rng.integers(8, 25)), int(rng.integers(2))
                features[at : at + steps, label] += 2
                segments.append(Segment(at * 0.4, (at + steps) * 0.4, ('shake hands', 'hug')[label]))
                at += steps + int(rng.integers(8, 20))
            name = f'{split}_{i}'
            np.save(folder / 'features' / f'{name}.npy', features)
            parts[split].append(
                Video(f'{name}.mp4', duration_sec=60.0, fps=10.0, num_frames=600, segments=(*segments,))
            )
    for split, videos in parts.items():
        targets = Targets(folder, ['shake hands', 'hug'], Findings())
        targets.activitynet(f'{split}.json', Project(tuple(videos)))
        targets.frames('frames', Project(tuple(videos)))
    return folder


def options_of(name, folder):
    options = [f'{part}_dataloader.dataset.data_root={folder}' for part in ('train', 'val', 'test')]
    options += ['model.in_channels=16', 'optim_wrapper.optimizer.lr=0.02', 'train_cfg.val_interval=100']
    options += ['default_hooks.checkpoint.interval=2', *(f'model.{k}={v}' for k, v in TINY.get(name, {}).items())]
    return options


@pytest.mark.parametrize('name', CONFIGS)
def test_trains_and_tests(name, planted, tmp_path, capsys):
    config = str(CONFIGS[name])
    options = options_of(name, planted)
    work = str(tmp_path / 'once')
    train([config, '--work-dir', work, '--cfg-options', *options, 'train_cfg.max_epochs=8'])
    text = capsys.readouterr()
    weights = re.search(r'Weights of the classes: (.*)', text.out + text.err).group(1)
    values = [float(value) for value in weights.split(', ')]
    # background and two classes, of which the background is the most frequent; the others never occur
    assert values[0] < 1 and values[3:] == [1, 1, 1, 1]
    assert sum(values[:3]) == pytest.approx(3, abs=0.02)

    run_test([config, f'{work}/epoch_8.pth', '--work-dir', work, '--cfg-options', *options])
    (log,) = Path(work).glob('*/*.json')
    figures = json.loads(log.read_text().splitlines()[-1])
    assert figures['acc'] > (50 if name == 'linear' else 80)


def test_resumed_run_equals_an_uninterrupted_one(planted, tmp_path):
    config = str(CONFIGS['mstcnpp'])
    options = options_of('mstcnpp', planted)
    work = [str(tmp_path / 'once'), str(tmp_path / 'resumed')]
    train([config, '--work-dir', work[0], '--cfg-options', *options, 'train_cfg.max_epochs=4'])
    train([config, '--work-dir', work[1], '--cfg-options', *options, 'train_cfg.max_epochs=2'])
    train([config, '--work-dir', work[1], '--resume', '--cfg-options', *options, 'train_cfg.max_epochs=4'])
    whole, parts = (torch.load(f'{path}/epoch_4.pth', weights_only=False)['state_dict'] for path in work)
    assert all(torch.equal(whole[key], parts[key]) for key in whole)
