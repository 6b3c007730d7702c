"""BSN by its three stages, BMN, TCANet and DRN: trained and tested from their configs on made-up features."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from mmaction.cli import test, train
from mmaction.cli.tools import bsn_proposal_generation
from mmaction.evaluation.functional import average_recall_at_avg_proposals
from mmaction.testing.localization import write_activitynet

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / 'localization'
CHANNELS = 12


@pytest.fixture
def inside(tmp_path, monkeypatch) -> Path:
    """A folder of its own as the current one."""
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    return tmp_path


def write_videos(length: int) -> None:
    """An ActivityNet of 24 and 8 videos, features of ``length`` steps, where the configs look for it."""
    root = Path('data/ActivityNet')
    made = write_activitynet(root, num_videos=24, num_val=8, length=length, channels=CHANNELS, noise=0.3)
    (root / 'activitynet_feature_cuhk').mkdir()
    Path(made['data_prefix']).rename(root / 'activitynet_feature_cuhk' / 'csv_mean_100')
    parts = [json.loads((root / f'anet_anno_{split}.json').read_text()) for split in ('train', 'val')]
    (root / 'anet_anno_full.json').write_text(json.dumps({**parts[0], **parts[1]}))


def options(*more: str) -> list[str]:
    """Arguments that keep everything in this process."""
    loaders = [f'{loader}_dataloader' for loader in ('train', 'val', 'test')]
    calm = [f'{name}.{pair}' for name in loaders for pair in ('num_workers=0', 'persistent_workers=False')]
    return ['--cfg-options', 'default_hooks.checkpoint.save_best=None', 'log_level=WARNING', *calm, *more]


def learn(config: str, epochs: int, *more: str) -> Path:
    """Train by a config, without validation, and return the last checkpoint."""
    rest = options(f'train_cfg.max_epochs={epochs}', f'default_hooks.checkpoint.interval={epochs}', *more)
    train.main([str(CONFIGS / config), '--no-validate', '--seed', '0', '--work-dir', 'run', *rest])
    return Path(Path('run/last_checkpoint').read_text())


def figures(config: str, checkpoint: Path, *more: str) -> dict[str, float]:
    """Test a checkpoint and return what is logged."""
    test.main([str(CONFIGS / config), str(checkpoint), '--work-dir', 'run', *options(*more)])
    log = max(Path('run').glob('*/*.json'), key=os.path.getmtime)
    return json.loads(log.read_text().splitlines()[-1])


def uniform_recall(number: int = 10) -> float:
    """AR@10 of the same ten segments in all videos: the whole, halves, thirds and quarters."""
    infos = json.loads(Path('data/ActivityNet/anet_anno_val.json').read_text())
    parts = np.array([(i / n, (i + 1) / n, 1 - n / 10) for n in (1, 2, 3, 4) for i in range(n)])
    assert len(parts) == number
    scale = {name: np.array([info['duration_second']] * 2 + [1]) for name, info in infos.items()}
    proposals = {name[2:]: parts * scale[name] for name in infos}
    truth = {name[2:]: np.array([a['segment'] for a in info['annotations']]) for name, info in infos.items()}
    recall, *_ = average_recall_at_avg_proposals(truth, proposals, number * len(infos), number)
    return float(recall.mean(axis=0)[-1])


def test_bsn_in_three_stages(inside):
    write_videos(100)
    tem, pem = (f'bsn/bsn_{stage}_1xb16-400x100-20e_activitynet-feature.py' for stage in ('tem', 'pem'))
    small = (f'model.tem_feat_dim={CHANNELS}', 'model.tem_hidden_dim=32', 'model.conv3_ratio=0.1')
    rates = ('train_dataloader.batch_size=6', 'optim_wrapper.optimizer.lr=0.008')
    checkpoint = learn(tem, 8, *small, *rates)
    test.main([str(CONFIGS / tem), str(checkpoint), '--work-dir', 'run', *options(*small)])
    results = Path('work_dirs/bsn_400x100_20e_1x16_activitynet_feature')
    assert len(list((results / 'tem_results').glob('v_*.csv'))) == 32

    pgm = inside / 'pgm.py'
    pgm.write_text(
        f"_base_ = '{CONFIGS / 'bsn/bsn_pgm_400x100_activitynet-feature.py'}'\n"
        'pgm_proposals_cfg = dict(pgm_proposals_thread=1)\n'
        'pgm_features_test_cfg = dict(pgm_features_thread=1)\npgm_features_train_cfg = dict(pgm_features_thread=1)\n'
    )
    for mode in ('train', 'test'):
        bsn_proposal_generation.main([str(pgm), '--mode', mode])
    assert len(list((results / 'pgm_features').glob('v_*.npy'))) == 32

    checkpoint = learn(pem, 4, 'train_dataloader.batch_size=4', 'optim_wrapper.optimizer.lr=0.03')
    got = figures(pem, checkpoint)
    written = json.loads((results / 'results.json').read_text())['results']
    assert len(written) == 8
    assert got['AR@10'] > 0.9 > 2 * uniform_recall()
    assert got['AR@1'] > 0.4
    assert got['auc'] > 90


def test_bmn(inside):
    write_videos(24)
    config = 'bmn/bmn_2xb8-400x100-9e_activitynet-feature.py'
    sizes = dict(temporal_dim=24, feat_dim=CHANNELS, num_samples=8, num_samples_per_bin=2, hidden_dim_1d=32)
    small = [f'model.{key}={value}' for key, value in {**sizes, 'hidden_dim_2d': 32, 'hidden_dim_3d': 64}.items()]
    checkpoint = learn(config, 20, *small, 'train_dataloader.batch_size=6', 'optim_wrapper.optimizer.lr=0.005')
    got = figures(config, checkpoint, *small)
    assert got['AR@10'] > 0.7 > 2 * uniform_recall()


def test_tcanet_refines_given_proposals(inside):
    made = write_activitynet('data/HACS', num_videos=8, num_val=4, length=16, channels=CHANNELS, noise=0.3)
    Path(made['data_prefix']).rename('data/HACS/slowonly_feature')
    rng = np.random.default_rng(0)
    for split in ('train', 'val'):
        path = Path(f'data/HACS/anet_anno_{split}.json')
        infos = json.loads(path.read_text())
        for info in infos.values():
            segments = np.array([a['segment'] for a in info['annotations']]) / info['duration_second']
            shaken = np.clip(np.repeat(segments, 4, 0) + rng.normal(0, 0.03, (4 * len(segments), 2)), 0, 1)
            info['proposals'] = np.c_[shaken, rng.uniform(0.5, 1, len(shaken))].tolist()
        path.rename(f'data/HACS/hacs_anno_{split}.json').write_text(json.dumps(infos))
    config = 'tcanet/tcanet_2xb8-700x100-9e_hacs-feature.py'
    sizes = dict(feat_dim=CHANNELS, temporal_dim=16, se_sample_num=4, action_sample_num=8, lgte_num=1, window_size=5)
    small = [f'model.{key}={value}' for key, value in sizes.items()]
    checkpoint = learn(config, 2, *small, 'train_dataloader.batch_size=4')
    got = figures(config, checkpoint, *small)
    proposals = json.loads(Path('work_dirs/tcanet_2xb8-2048x100-9e_hacs-feature/results.json').read_text())['results']
    assert sorted(len(found) for found in proposals.values()) == sorted(
        12 * len(info['annotations']) for info in infos.values()
    )
    assert got['AR@100'] > 0.5  # started near the actions, and not led astray


def test_drn_in_three_stages(inside):
    root = Path('data/CharadesSTA')
    folder = root / 'C3D_unit16_overlap0.5_merged'
    folder.mkdir(parents=True)
    names, rng = [f'V{i}' for i in range(6)], np.random.default_rng(0)
    tables = dict(duration=20.0, fps_dict=16.0, frames_info=320)
    for name, value in tables.items():
        (root / f'Charades_{name}.json').write_text(json.dumps(dict.fromkeys(names, value)))
    (root / 'Charades_word2id.json').write_text(json.dumps({'a': 1, 'person': 2, 'opens': 3, 'closes': 4, 'it': 5}))
    lines = []
    for number, name in enumerate(names):
        # of the length that a new network gives, so that the second stage has something to learn from
        start, end = np.array([4 * number + 3.5, 4 * number + 5.5]) * 20 / 32
        feature = rng.normal(0, 0.3, (39, 8))
        feature[int(start * 2) : int(end * 2) + 1] += 1
        torch.save(torch.tensor(feature, dtype=torch.float32), folder / f'{name}.pt')
        lines.append(f'{name} {start:.4f} {end:.4f}##a person {rng.choice(["opens", "closes"])} it.')
    for split in ('train', 'test'):
        (root / f'Charades_sta_{split}.txt').write_text('\n'.join(lines))
    sizes = dict(vocab_size=5, feature_dim=8, embed_dim=6, hidden_dim=8, first_output_dim=8, fpn_feature_dim=16)
    small = [f'model.{key}={value}' for key, value in sizes.items()]
    checkpoints = []
    for stage in ('first', 'second', 'third'):
        config = f'drn/drn_2xb16-4096-10e_c3d-feature_{stage}.py'
        start = [f'load_from={checkpoints[-1]}'] if checkpoints else []
        done = learn(config, 2, *small, *start, 'train_dataloader.batch_size=3')
        checkpoints.append(done.rename(f'{stage}.pth'))
    got = figures(config, checkpoints[-1], *small)
    assert 0 <= got['Recall@Top1_IoU=0.5'] <= got['Recall@Top5_IoU=0.5'] <= 1
    first, second, third = (torch.load(path, weights_only=False)['state_dict'] for path in checkpoints)
    learned = [
        k for k in first if 'running' not in k and 'num_batches' not in k and not torch.equal(first[k], second[k])
    ]
    assert learned
    assert all('mix_fc' in key or 'iou_scores' in key for key in learned)
    assert not torch.equal(second['query_encoder.W1.weight'], third['query_encoder.W1.weight'])
