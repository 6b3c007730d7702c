"""Commands that measure and evaluate, on real videos."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.fileio import dump, load

from mmaction.analysis import measure_model, measure_steps
from mmaction.analysis.timing import _WARM_UP
from mmaction.cli.tools import bench_processing, benchmark, check_videos, confusion_matrix, eval_metric, report_accuracy
from mmaction.structures import ActionDataSample


def samples(path: Path, rows, labels) -> str:
    """A file as ``tools/test.py --dump`` writes it."""
    found = [
        ActionDataSample().set_pred_score(torch.tensor(row)).set_pred_label(int(np.argmax(row))).set_gt_label(label)
        for row, label in zip(rows, labels)
    ]
    dump([sample.to_dict() for sample in found], str(path))
    return str(path)


ROWS = [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1]]
LABELS = [0, 1, 2, 0]


def test_bench_processing_names_the_slowest_step(data_config, capsys):
    bench_processing.main([data_config, '--number', '3', '--phase', 'test'])
    printed = capsys.readouterr().out
    rows = [line.split()[0] for line in printed.splitlines() if re.search(r'\d\.\d\d +\d+\.\d$', line)]
    assert rows == [
        '(record)', 'DecordInit', 'SampleFrames', 'DecordDecode', 'CenterCrop', 'FormatShape', 'PackActionInputs',
    ]  # fmt: skip
    assert re.search(r'Slowest step: Decord(Init|Decode), \d+\.\d % of the time', printed)
    with pytest.raises(SystemExit):
        bench_processing.main([data_config, '--phase', 'val'])
    assert 'data.py has no val_dataloader.' in capsys.readouterr().err


class SlowStep:
    """A step with a declared duration."""

    def __init__(self, seconds: float, fails: bool = False) -> None:
        self.seconds, self.fails = seconds, fails

    def __call__(self, results: dict) -> dict:
        import time

        time.sleep(self.seconds)
        if self.fails and results['index'] == 1:
            raise FileNotFoundError('gone')
        return results


class Records:
    def __init__(self, *steps) -> None:
        self.pipeline = type('Pipeline', (), {'transforms': steps})

    def get_data_info(self, index: int) -> dict:
        return {'index': index}


def test_times_of_steps_add_up():
    times = measure_steps(Records(SlowStep(0.01), SlowStep(0.03, fails=True)), range(3))
    assert (times.samples, times.unreadable) == (2, 1)
    assert times.slowest is times.steps[2] and 0.06 <= times.steps[2].seconds < 0.6
    assert times.steps[1].seconds >= 0.02 and times.seconds == sum(step.seconds for step in times.steps)
    with pytest.raises(ValueError, match='None of the 1 samples is readable'):
        measure_steps(Records(SlowStep(0, fails=True)), [1])


class Sleeper(torch.nn.Module):
    calls = 0

    def test_step(self, batch):
        import time

        self.calls += 1
        # the first batches are slower, and must not count
        time.sleep(0.2 if self.calls == 1 else 0.01)
        return batch


def test_speed_leaves_out_the_first_batches():
    seen = []
    speed = measure_model(Sleeper(), [[0, 1]] * 20, max_batches=6, after=lambda count, _: seen.append(count))
    assert speed.samples == 12 and seen == [1, 2, 3, 4, 5, 6]
    assert 0.06 <= speed.model_seconds < 0.2 and speed.per_second <= speed.model_per_second
    assert measure_model(Sleeper(), [[0]] * _WARM_UP).samples == _WARM_UP - 1  # few batches: all but the first
    with pytest.raises(ValueError, match='The data loader has no batches'):
        measure_model(Sleeper(), [])


def test_benchmark_command(data_config, capsys):
    benchmark.main([data_config, '--fuse-conv-bn', '--device', 'cpu', '--log-interval', '1'])
    printed = capsys.readouterr().out
    assert 'Fused 10 convolutions' in printed
    assert re.search(r'Overall fps: \d+\.\d\d video / s, of 2 videos', printed)


def test_check_videos_lists_and_removes(data_config, small_dataset, tmp_path, capsys):
    for name in ('0.mp4', '2.mp4', 'broken.mp4'):
        (tmp_path / name).write_bytes((small_dataset / name).read_bytes())
    out = tmp_path / 'invalid.txt'
    options = [f'train_dataloader.dataset.ann_file={small_dataset}/bad.txt',
               f'train_dataloader.dataset.data_prefix.video={tmp_path}']  # fmt: skip
    arguments = [data_config, '--cfg-options', *options, '--output-file', str(out), '--num-processes', '1']
    for decoder in ('decord', 'opencv', 'pyav'):
        check_videos.main([*arguments, '--decoder', decoder])
        bad = [str(tmp_path / 'broken.mp4'), str(tmp_path / 'missing.mp4')]
        assert out.read_text().splitlines() == bad
        assert 'Checked 4 videos, 2 are corrupt or missing' in capsys.readouterr().out
    check_videos.main([*arguments, '--remove-corrupted-videos'])
    assert '1 files are deleted.' in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob('*.mp4')) == ['0.mp4', '2.mp4']


def test_confusion_matrix_of_predictions(data_config, tmp_path, capsys):
    predictions = samples(tmp_path / 'p.pkl', ROWS, LABELS)
    out, plot = tmp_path / 'm.json', tmp_path / 'm.png'
    labels = tmp_path / 'labels.txt'
    labels.write_text('run\njump\nsit\n')
    main = confusion_matrix.main
    main([data_config, predictions, '--out', str(out), '--show-path', str(plot), '--label-file', str(labels),
          '--include-values', '--cmap', 'magma'])  # fmt: skip
    assert load(out) == [[2, 0, 0], [1, 0, 0], [0, 0, 1]] and plot.stat().st_size > 5000
    assert '3 of 4 samples are on the diagonal (3 classes).' in capsys.readouterr().out
    main([data_config, predictions, '--out', str(tmp_path / 'm.pkl'), '--target-classes', '2', '0'])
    assert load(tmp_path / 'm.pkl').tolist() == [[1, 0], [0, 2]]
    with pytest.raises(SystemExit):
        main([data_config, predictions, '--target-classes', '3'])
    assert '--target-classes 3 is out of [0, 3)' in capsys.readouterr().err


def test_confusion_matrix_of_a_checkpoint(data_config, rec_checkpoint, tmp_path):
    out = tmp_path / 'm.pkl'
    confusion_matrix.main([data_config, rec_checkpoint, '--out', str(out)])
    matrix = load(out)
    assert matrix.shape == (6, 6) and matrix.sum(1).tolist() == [2, 1, 1, 0, 0, 0]


def test_eval_metric_of_both_kinds_of_files(data_config, tmp_path, capsys):
    dumped = samples(tmp_path / 'p.pkl', ROWS, LABELS)
    with open(tmp_path / 'scores.pkl', 'wb') as file:  # as --out: scores alone
        pickle.dump([np.array(row, np.float32) for row in ROWS], file)
    eval_metric.main([data_config, dumped])
    printed = capsys.readouterr().out
    assert 'acc/top1: 0.75\nacc/top5: 1.0\nacc/mean1: 0.66' in printed
    eval_metric.main([data_config, str(tmp_path / 'scores.pkl')])
    assert capsys.readouterr().out == printed
    eval_metric.main([data_config, dumped, '--eval', 'top_k_accuracy', '--eval-options', 'topk=2'])
    assert capsys.readouterr().out == 'acc/top2: 1.0\n'
    with pytest.raises(SystemExit):
        eval_metric.main([data_config, str(tmp_path / 'none.pkl')])
    assert 'tools/test.py --dump' in capsys.readouterr().err
    with open(tmp_path / 'few.pkl', 'wb') as file:
        pickle.dump([np.zeros(3)], file)
    with pytest.raises(SystemExit):
        eval_metric.main([data_config, str(tmp_path / 'few.pkl')])
    assert 'few.pkl has predictions of 1 samples, the dataset has 4.' in capsys.readouterr().err


def test_report_accuracy_of_scores_and_a_list(tmp_path, capsys):
    for name in ('rgb', 'flow'):
        dump([np.array(row) for row in ROWS], str(tmp_path / f'{name}.pkl'))
    (tmp_path / 'list.txt').write_text('a 30 0\nb 30 1\nc 30 2\nd 30 0\n')
    scores = ['--scores', str(tmp_path / 'rgb.pkl'), str(tmp_path / 'flow.pkl')]
    report_accuracy.main([*scores, '--datalist', str(tmp_path / 'list.txt'), '--coefficients', '1', '1.5'])
    assert 'Top 1 Accuracy: 0.7500' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        report_accuracy.main(scores)
    assert '--scores and --datalist belong together' in capsys.readouterr().err
