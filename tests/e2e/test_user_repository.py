"""A repository written for MMAction2 1.2.0, run as it is: the same weights and figures as with the stock classes.

``user_repository`` holds it: a backbone, blocks, heads, a recognizer, a dataset, samplers of videos and of frames, a
crop, transforms of frames, a metric and a hook of its own, each doing what a stock class does, and configs on top of
``_base_`` files.
"""

from __future__ import annotations

import csv
import json
import pickle
import re
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer

from mmaction.registry import MODELS
from mmaction.weights import load_file

SOURCE = Path(__file__).parent / 'user_repository'
EPOCHS = 4
OWN = ['slim', 'slim_pooled']


@pytest.fixture(scope='module')
def repository(workspace: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the repository with its data, on the path of the commands that are run."""
    folder = tmp_path_factory.mktemp('user') / 'repository'
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns('__pycache__'))
    data = folder / 'data' / 'kinetics400_tiny'
    shutil.copytree(workspace / 'data' / 'kinetics400_tiny', data)
    for split in ('train', 'val'):
        with (data / f'{split}.csv').open('w', newline='') as file:
            rows = csv.writer(file)
            rows.writerow(['video', 'action'])
            for line in (data / f'kinetics_tiny_{split}_video.txt').read_text().splitlines():
                name, label = line.split()
                rows.writerow([name, ('right', 'left')[int(label)]])
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(folder / 'configs' / 'stock.py').model)
    model.init_weights()
    torch.save(dict(meta=dict(mmengine_version='0.10.1'), state_dict=model.state_dict()), folder / 'start.pth')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('PYTHONPATH', f'{folder}:{root}')
        yield folder


@pytest.fixture(scope='module')
def train(repository: Path, root: Path, run) -> Callable[..., Path]:
    def call(config: str, name: str, *more: str) -> Path:
        arguments = [f'configs/{config}.py', '--work-dir', f'work_dirs/{name}', *more]
        run(str(root / 'tools' / 'train.py'), *arguments, cwd=repository)
        return repository / 'work_dirs' / name

    return call


@pytest.fixture(scope='module')
def trained(train) -> dict[str, Path]:
    """Work directories of the three configs, trained from the same weights."""
    return {name: train(name, name, '--cfg-options', 'load_from=start.pth') for name in ('stock', *OWN)}


def weights(work_dir: Path, epoch: int = EPOCHS) -> dict[str, torch.Tensor]:
    return load_file(str(work_dir / f'epoch_{epoch}.pth'))['state_dict']


def scalars(work_dir: Path) -> list[dict]:
    file = next(work_dir.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for line in file.read_text().splitlines()]


def diary(work_dir: Path) -> list[dict]:
    return [json.loads(line) for line in (work_dir / 'diary.jsonl').read_text().splitlines()]


@pytest.mark.parametrize('own', OWN)
def test_trains_to_the_weights_of_the_stock_classes(own: str, trained) -> None:
    start, want, got = (weights(trained['stock'], 1), weights(trained['stock']), weights(trained[own]))
    assert list(got) == list(want)
    # The stock layers may run a convolution in another order of sums than those of one's own.
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)
    moved = [key for key in want if want[key].is_floating_point() and not torch.equal(start[key], want[key])]
    assert len(moved) == len([key for key in want if want[key].is_floating_point()])


@pytest.mark.parametrize('own', OWN)
def test_figures_are_those_of_the_stock_classes(own: str, trained) -> None:
    stock, ours = scalars(trained['stock']), scalars(trained[own])
    assert len(stock) == len(ours) == 4 * 3 + 2  # four epochs of three iterations; two validations
    for want, got in zip(stock, ours):
        for key in {'loss', 'lr', 'grad_norm', 'acc/top1', 'acc/mean1', 'top1_acc'} & {*want}:
            assert got[key] == pytest.approx(want[key], rel=1e-6), key
        assert got.get('lab/top1', 0) == got.get('acc/top1', 0)
    assert list(trained[own].glob('best_lab_top1_epoch_[24].pth'))


@pytest.mark.parametrize('own', OWN)
def test_the_hook_sees_batches_losses_predictions_and_metrics(own: str, trained) -> None:
    entries = diary(trained[own])
    steps = [entry for entry in entries if 'loss' in entry]
    assert [(entry['epoch'], entry['iter']) for entry in steps] == [(i // 3, i) for i in range(12)]
    assert all(entry['shape'] == [1, 3, 4, 32, 32] for entry in steps)
    for epoch in range(4):
        labels = np.concatenate([entry['labels'] for entry in steps[3 * epoch : 3 * epoch + 3]])
        assert sorted(labels.tolist()) == [0] * 6 + [1] * 6
    logged = [line['loss'] for line in scalars(trained[own]) if 'loss' in line]
    assert logged[0] == pytest.approx(steps[0]['loss'], rel=1e-4)
    scores = np.concatenate([entry['scores'] for entry in entries if 'scores' in entry])
    assert scores.shape == (8, 2)  # four videos, twice
    np.testing.assert_allclose(scores.sum(1), 1, rtol=1e-5)
    assert [sorted(entry['metrics']) for entry in entries if 'metrics' in entry] == [
        ['acc/mean1', 'acc/top1', 'acc/top5', 'lab/top1']
    ] * 2


def as_of_mmengine(path: Path, out: Path, config: Path) -> None:
    """Rewrite a checkpoint as mmengine 0.10.1 writes it under MMAction2 1.2.0."""
    ours = load_file(str(path))
    scalars_of_run = OrderedDict()
    for name in ('train/lr', 'train/loss', 'train/loss_cls', 'train/time', 'train/data_time', 'val/acc/top1'):
        buffer = HistoryBuffer(max_length=1000000)
        for value in (0.7, 0.6, 0.5):
            buffer.update(value)
        scalars_of_run[name] = buffer
    info = OrderedDict(
        cfg=Config.fromfile(config, import_custom_modules=False).pretty_text,
        seed=3,
        experiment_name='slim_20231012_120000',
        mmengine_version='0.10.1',
        epoch=1,
        iter=6,
        max_epochs=EPOCHS,
        max_iters=12,
        last_ckpt='/home/someone/work_dirs/slim/epoch_2.pth',
        dataset_meta=dict(classes=('right', 'left')),
        train_time=np.float64(1.5),
    )
    message_hub = dict(log_scalars=scalars_of_run, runtime_info=info, resumed_keys=OrderedDict.fromkeys(info, True))
    meta = dict(
        epoch=2,
        iter=6,
        cfg=info['cfg'],
        seed=3,
        experiment_name=info['experiment_name'],
        time='20231012_120000',
        mmengine_version='0.10.1',
        dataset_meta=info['dataset_meta'],
        hook_msgs={},
    )
    torch.save(
        dict(
            meta=meta,
            state_dict=ours['state_dict'],
            message_hub=message_hub,
            optimizer=ours['optimizer'],
            param_schedulers=ours['param_schedulers'],
        ),
        out,
    )


def test_resumes_a_checkpoint_of_mmaction2(repository: Path, train, trained) -> None:
    old = repository / 'of_1.2.0.pth'
    as_of_mmengine(trained['slim'] / 'epoch_2.pth', old, repository / 'configs' / 'slim.py')
    resumed = train('slim', 'resumed', '--resume', str(old))
    assert [entry['epoch'] for entry in diary(resumed) if 'loss' in entry] == [2, 2, 2, 3, 3, 3]
    want, got = weights(trained['slim']), weights(resumed)
    assert [key for key in want if not torch.equal(got[key], want[key])] == []


def test_tests_and_infers(repository: Path, root: Path, run, trained) -> None:
    rows = {}
    for name in ('stock', 'slim'):
        checkpoint = str(trained[name] / f'epoch_{EPOCHS}.pth')
        dump = repository / f'{name}.pkl'
        done = run(
            str(root / 'tools' / 'test.py'), f'configs/{name}.py', checkpoint, '--dump', str(dump), cwd=repository
        )
        with dump.open('rb') as file:
            rows[name] = pickle.load(file)
        hits = [int(row['pred_score'].argmax()) == int(row['gt_label']) for row in rows[name]]
        for metric in ('acc/top1', 'lab/top1')[: 2 if name == 'slim' else 1]:
            figure = float(re.search(rf'{metric}: ([\d.]+)', done.stdout + done.stderr)[1])
            assert figure == pytest.approx(sum(hits) / len(hits))
    assert len(rows['stock']) == len(rows['slim']) == 4
    for want, got in zip(rows['stock'], rows['slim']):
        torch.testing.assert_close(want['pred_score'], got['pred_score'], rtol=1e-5, atol=1e-6)
        assert torch.equal(want['gt_label'], got['gt_label'])

    (repository / 'labels.txt').write_text('right\nleft\n')
    with (repository / 'data' / 'kinetics400_tiny' / 'val.csv').open() as file:
        videos = [row['video'] for row in csv.DictReader(file)]
    done = run(
        str(root / 'demo' / 'demo.py'),
        'configs/slim.py',
        str(trained['slim'] / f'epoch_{EPOCHS}.pth'),
        f'data/kinetics400_tiny/val/{videos[0]}',
        'labels.txt',
        '--device',
        'cpu',
        '--out-filename',
        'shown.mp4',
        cwd=repository,
    )
    best = rows['slim'][0]['pred_score']
    name = ('right', 'left')[int(best.argmax())]
    printed = re.findall(r'^(right|left): +([\d.]+)$', done.stdout, re.MULTILINE)
    assert printed[0][0] == name and float(printed[0][1]) == pytest.approx(float(best.max()), rel=1e-5)
    assert (repository / 'shown.mp4').stat().st_size > 1000


def test_a_config_and_classes_of_0x(repository: Path, root: Path, train, run) -> None:
    steps = [f'{split}_dataloader.dataset.pipeline.3' for split in ('train', 'val')]
    stock = [f'{step}.{setting}' for step in steps for setting in ('type=Resize', 'keep_ratio=False')]
    options = ['--cfg-options', 'model.type=Recognizer3D', *stock]
    want = weights(train('old', 'old_stock', '--validate', '--seed', '0', *options), 2)
    work_dir = train('old', 'old', '--validate', '--seed', '0')
    got = weights(work_dir, 2)
    assert list(got) == list(want)
    assert [key for key in want if not torch.equal(got[key], want[key])] == []
    arguments = ['configs/old.py', 'work_dirs/old/latest.pth', '--eval', 'top_k_accuracy', '--out', 'old.json']
    done = run(str(root / 'tools' / 'test.py'), *arguments, cwd=repository)
    rows = np.array(json.loads((repository / 'old.json').read_text()))
    labels = np.loadtxt(repository / 'data' / 'kinetics400_tiny' / 'kinetics_tiny_val_video.txt', dtype=str)[:, 1]
    top1 = (rows.argmax(1) == labels.astype(int)).mean()
    assert rows.shape == (4, 2) and f'acc/top1: {top1:.4f}' in done.stdout + done.stderr
