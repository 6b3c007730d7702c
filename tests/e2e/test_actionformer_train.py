"""The configs of ActionFormer: they build, agree with the metafile, and one trains, is resumed and tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from mmengine.config import Config

from mmaction.cli.test import main as run_test
from mmaction.cli.train import main as train
from mmaction.registry import MODELS, TRANSFORMS

FOLDER = Path(__file__).resolve().parents[2] / 'configs' / 'localization' / 'actionformer'
OURS = FOLDER / 'actionformer_1xb4-512-40e_ut-interaction-untrimmed-feature.py'
BMN = FOLDER.parent / 'bmn' / 'bmn_1xb4-512x100-20e_ut-interaction-untrimmed-feature.py'


@pytest.mark.parametrize('path', [*sorted(FOLDER.glob('*.py')), BMN], ids=lambda path: path.stem)
def test_configs_build_and_pipelines_run(path, tmp_path):
    cfg = Config.fromfile(path)
    stated = {
        m['Name']: m['Metadata']['Parameters'] for m in yaml.safe_load((FOLDER / 'metafile.yml').read_text())['Models']
    }
    model = MODELS.build(cfg.model)
    count = sum(p.numel() for p in model.parameters())
    assert stated.get(path.stem, count) == count
    channels = getattr(model, 'in_channels', None) or model.feat_dim
    np.save(tmp_path / 'v.npy', np.random.default_rng(0).normal(size=(300, channels)).astype(np.float32))
    for pipeline in (cfg.train_pipeline, cfg.val_pipeline, cfg.test_pipeline):
        record = dict(
            feature_path=str(tmp_path / 'v.npy'),
            video_name='v',
            duration_second=160.0,
            duration_frame=4800,
            fps=30.0,
            feature_frame=4800,
            annotations=[dict(segment=[10.0, 40.0], label='x')],
            labels=[0],
        )
        for step in pipeline:
            record = TRANSFORMS.build(step)(record)
        assert record['inputs'].shape[0] == channels


@pytest.fixture
def planted(tmp_path):
    """Videos of 60 s at 10 frames a second, features at every fourth frame; two channels tell the two classes."""
    rng = np.random.default_rng(0)
    (tmp_path / 'features').mkdir()
    for split, count in (('train', 12), ('val', 4)):
        info = {}
        for i in range(count):
            features, annotations, at = rng.normal(0, 0.3, (150, 16)).astype(np.float32), [], 5
            while at < 120:
                steps, label = int(rng.integers(8, 25)), int(rng.integers(2))
                features[at : at + steps, label] += 2
                segment = [at * 0.4, (at + steps) * 0.4]
                annotations.append(dict(segment=segment, label=('shake hands', 'hug')[label]))
                at += steps + int(rng.integers(8, 20))
            name = f'{split}_{i}'
            np.save(tmp_path / 'features' / f'{name}.npy', features)
            info[name] = dict(
                duration_second=60.0, duration_frame=600, feature_frame=600, fps=10.0, annotations=annotations
            )
        (tmp_path / f'{split}.json').write_text(json.dumps(info))
    return tmp_path


def test_trains_resumes_and_tests(planted, capsys):
    parts = {'train': 'train', 'val': 'val', 'test': 'val'}
    options = [
        *(f'{part}_dataloader.dataset.data_prefix.video={planted}/features' for part in parts),
        *(f'{part}_dataloader.dataset.ann_file={planted}/{split}.json' for part, split in parts.items()),
        *(f'{part}_evaluator.dump_config.out={planted}/out.json' for part in ('val', 'test')),
        *('model.in_channels=16', 'model.channels=16', 'model.dropout=0.0', 'optim_wrapper.optimizer.lr=0.02'),
        *('default_hooks.checkpoint.interval=2', 'train_cfg.val_interval=100'),
    ]
    work = str(planted / 'work')
    train([str(OURS), '--work-dir', work, '--cfg-options', *options, 'train_cfg.max_epochs=2'])
    train([str(OURS), '--work-dir', work, '--resume', '--cfg-options', *options, 'train_cfg.max_epochs=12'])
    text = capsys.readouterr()
    epochs = [int(number) for number in re.findall(r'Epoch\(train\)\s+\[\s*(\d+)\]', text.out + text.err)]
    assert epochs == list(range(1, 13))  # none twice
    run_test([str(OURS), f'{work}/epoch_12.pth', '--work-dir', work, '--cfg-options', *options])
    from mmaction.evaluation.metrics.chance_level import evaluate_results

    val = json.loads((planted / 'val.json').read_text())
    figures = evaluate_results([json.loads((planted / 'out.json').read_text())], val, [0.5])
    assert figures['mAP@0.5'] > 0.8 and figures['AR@10'] > 0.5
