"""Train, kill, resume and test through the command line, on encoded video."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
import torch
from processes import Script, run_ranks

from mmaction.weights import load_file

CONFIG = 'configs/recognition/tsm/tsm_r18-2stages_1xb10-8x4x1-16e_kinetics400-tiny-rgb.py'
EPOCHS = 4
SMALL = [
    'train_dataloader.batch_size=4',
    'train_dataloader.dataset.times=1',
    f'train_cfg.max_epochs={EPOCHS}',
]


def options(workers: int) -> list[str]:
    persistent = str(workers > 0)
    names = ('train_dataloader', 'val_dataloader', 'test_dataloader')
    return SMALL + [
        f'{name}.{key}={value}'
        for name in names
        for key, value in (('num_workers', workers), ('persistent_workers', persistent))
    ]


def command(root: Path, work_dir: Path, workers: int, *more: str) -> list[str]:
    return [
        str(root / 'tools' / 'train.py'),
        str(root / CONFIG),
        '--work-dir',
        str(work_dir),
        *more,
        '--cfg-options',
        *options(workers),
    ]


def final_weights(work_dir: Path) -> dict:
    return load_file(str(work_dir / f'epoch_{EPOCHS}.pth'))['state_dict']


@pytest.fixture(scope='module')
def uninterrupted(root: Path, workspace: Path, tmp_path_factory: pytest.TempPathFactory, run) -> Path:
    work_dir = tmp_path_factory.mktemp('whole')
    run(*command(root, work_dir, 0, '--seed', '3'), cwd=workspace)
    return work_dir


@pytest.mark.parametrize('workers', [0, 2])
def test_killed_and_resumed_is_bit_equal(
    workers: int, root: Path, workspace: Path, uninterrupted: Path, tmp_path: Path, run
) -> None:
    script = Script(*command(root, tmp_path / 'run', workers, '--seed', '3'), cwd=workspace)
    deadline = time.time() + 200
    while not (tmp_path / 'run' / 'epoch_2.pth').exists():
        assert not script.ended, script.printed()
        assert time.time() < deadline
        time.sleep(0.02)
    script.kill()
    assert not (tmp_path / 'run' / f'epoch_{EPOCHS}.pth').exists()

    done = run(*command(root, tmp_path / 'run', workers, '--seed', '3', '--resume'), cwd=workspace)
    assert re.search(r'resumed epoch: 2', done.stdout + done.stderr)
    whole, resumed = final_weights(uninterrupted), final_weights(tmp_path / 'run')
    assert whole.keys() == resumed.keys()
    assert [k for k in whole if not torch.equal(whole[k], resumed[k])] == []


def test_another_seed_is_another_run(root: Path, workspace: Path, uninterrupted: Path, tmp_path: Path, run) -> None:
    run(*command(root, tmp_path, 0, '--seed', '4', '--no-validate'), 'train_cfg.max_epochs=1', cwd=workspace)
    files = [next(folder.glob('*/vis_data/scalars.json')) for folder in (uninterrupted, tmp_path)]
    first, other = (json.loads(file.read_text().splitlines()[0]) for file in files)
    assert first['step'] == other['step'] == 3
    assert first['loss'] != other['loss']


def test_the_log_has_the_lines_of_the_quick_run(uninterrupted: Path) -> None:
    text = next(uninterrupted.glob('*/*.log')).read_text()
    assert re.search(
        r'Epoch\(train\)\s+\[1\]\[3/3\]\s+lr: \S+\s+eta: \S+\s+time: [\d.]+\s+data_time: [\d.]+\s+memory: \d+\s+'
        r'grad_norm: [\d.]+\s+loss: [\d.]+\s+top1_acc: [\d.]+\s+top5_acc: 1\.0000\s+loss_cls: [\d.]+',
        text,
    )
    assert re.search(r'Epoch\(val\) \[2\]\[\d+/\d+\]\s+acc/top1: [\d.]+\s+acc/top5: 1\.0000\s+acc/mean1: [\d.]+', text)
    assert re.search(
        r'The best checkpoint with [\d.]+ acc/top1 at \d epoch is saved to best_acc_top1_epoch_\d\.pth', text
    )


def test_test_command_repeats_the_validation_figures(
    root: Path, workspace: Path, uninterrupted: Path, tmp_path: Path, run
) -> None:
    best = next(uninterrupted.glob('best_acc*top1*.pth'))
    done = run(
        str(root / 'tools' / 'test.py'),
        str(root / CONFIG),
        str(best),
        '--work-dir',
        str(tmp_path),
        '--dump',
        str(tmp_path / 'out.pkl'),
        '--cfg-options',
        *options(0),
        cwd=workspace,
    )
    top1 = float(re.search(r'acc/top1: ([\d.]+)', done.stdout + done.stderr)[1])
    import pickle

    with (tmp_path / 'out.pkl').open('rb') as file:
        dumped = pickle.load(file)
    assert len(dumped) == 4
    hits = [int(d['pred_score'].argmax()) == int(d['gt_label']) for d in dumped]
    assert top1 == pytest.approx(sum(hits) / 4)


def test_amp_and_load_from(root: Path, workspace: Path, uninterrupted: Path, tmp_path: Path, run) -> None:
    start = str(uninterrupted / f'epoch_{EPOCHS}.pth')
    more = [f'load_from={start}', 'train_cfg.max_epochs=1', 'optim_wrapper.optimizer.lr=0.0']
    run(*command(root, tmp_path, 0, '--amp', '--no-validate', '--seed', '3'), *more, cwd=workspace)
    before, after = load_file(start)['state_dict'], load_file(str(tmp_path / 'epoch_1.pth'))['state_dict']
    assert torch.equal(before['cls_head.fc_cls.weight'], after['cls_head.fc_cls.weight'])


def test_errors_of_the_command_line(root: Path, workspace: Path, tmp_path: Path, run) -> None:
    done = run(str(root / 'tools' / 'train.py'), 'no/such/config.py', cwd=workspace, check=False)
    assert done.returncode != 0
    assert 'There is no config at no/such/config.py' in done.stderr
    done = run(*command(root, tmp_path, 0, '--auto-scale-lr'), cwd=workspace, check=False)
    assert '--auto-scale-lr needs auto_scale_lr.base_batch_size' in done.stderr


def test_two_processes_without_gpus(root: Path, workspace: Path, tmp_path: Path) -> None:
    words = [*command(root, tmp_path, 0, '--launcher', 'pytorch'), 'train_cfg.max_epochs=1']
    done = run_ranks(2, *words, cwd=workspace)[0]
    log = done.stdout + done.stderr
    assert 'Epoch(train) [1][2/2]' in log  # twelve clips, four to each process
    assert re.search(r'Epoch\(val\) \[1\]\[1/1\]\s+acc/top1: ', log)
    assert (tmp_path / 'epoch_1.pth').is_file()
