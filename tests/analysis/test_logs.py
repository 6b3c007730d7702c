"""Logs of trainings, of mmengine and of MMAction2 0.x."""

from __future__ import annotations

import json

import pytest

from mmaction.analysis import read_log
from mmaction.cli.tools.analyze_logs import main


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(map(json.dumps, records)))
    return str(path)


@pytest.fixture
def today(tmp_path):
    """Two epochs of four iterations, logged at every second one, each followed by a validation."""
    records = []
    for epoch in (1, 2):
        for step in (2, 4):
            number = 4 * (epoch - 1) + step
            loss = 1 / number
            record = dict(lr=0.1, loss=loss, top1_acc=0.25, time=0.5 * epoch, epoch=epoch, iter=number, step=number)
            records.append(record)
        records.append({'acc/top1': 0.3 * epoch, 'data_time': 0.1, 'time': 9.0, 'step': epoch})
    return write(tmp_path / 'run' / '20260101_000000' / 'vis_data' / 'scalars.json', records)


@pytest.fixture
def former(tmp_path):
    """The same of 0.x, which counts iterations in each epoch and has the environment in its first line."""
    records = [dict(env_info='sys.platform: linux', seed=0, hook_msgs={})]
    for epoch in (1, 2):
        for step, time in ((2, 3.0), (4, 0.5 * epoch)):
            records.append(dict(mode='train', epoch=epoch, iter=step, lr=0.1, loss=1 / step, top1_acc=0.5, time=time))
        records.append(dict(mode='val', epoch=epoch, iter=3, lr=0.1, top1_acc=0.2 * epoch))
    return write(tmp_path / '20210101_000000.log.json', records)


def test_curves_of_both_lines(today, former):
    log = read_log(today)
    assert log.keys()[:4] == ['lr', 'loss', 'top1_acc', 'time'] and log.epoch_length == 4
    curve = log.curve('loss')
    assert curve.axis == 'iteration' and curve.x.tolist() == [2, 4, 6, 8] and curve.y[3] == 1 / 8
    curve = log.curve('acc/top1')
    assert curve.axis == 'epoch' and curve.x.tolist() == [1, 2] and curve.y.tolist() == [0.3, 0.6]
    log = read_log(former)
    assert log.curve('loss').x.tolist() == [2, 4, 6, 8]
    assert log.curve('top1_acc').y.tolist() == [0.5] * 4  # the training comes first
    assert log.curve('val/top1_acc').y.tolist() == [0.2, 0.4] and log.curve('val/top1_acc').x.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"has no value 'losss'. Did you mean loss\? It has lr, loss, top1_acc"):
        log.curve('losss')


def test_times_leave_out_the_first_record_of_an_epoch(today, former):
    times = read_log(former).epoch_times()
    assert times.slowest == (2, 1.0) and times.fastest == (1, 0.5) and times.mean == 0.75
    with_first = read_log(former).epoch_times(include_outliers=True)
    assert with_first.slowest == (2, 2.0) and with_first.fastest == (1, 1.75)
    assert read_log(today).epoch_times().slowest == (2, 1.0)  # the 9 seconds of the validation do not count


def test_newest_log_of_a_folder(today, tmp_path):
    assert read_log(tmp_path / 'run').path == today
    with pytest.raises(FileNotFoundError, match=r'no log \(scalars\.json or \*\.log\.json\) in '):
        read_log(write(tmp_path / 'empty' / 'x.txt', []).rpartition('/')[0])
    with pytest.raises(ValueError, match=r"a\.json:2: '\[1\]' is not a JSON object"):
        read_log(write(tmp_path / 'a.json', [{}, [1]]))
    with pytest.raises(ValueError, match=r'b\.json has no values'):
        read_log(write(tmp_path / 'b.json', [{'seed': 1}]))


def test_command(today, former, tmp_path, capsys):
    out = tmp_path / 'plots' / 'a.png'
    main(['plot_curve', former, today, '--keys', 'loss', '--title', 't', '--style', 'ggplot', '--out', str(out)])
    assert out.stat().st_size > 5000 and f'The plot is saved to {out}' in capsys.readouterr().out
    main(['plot_curve', today, '--keys', 'loss', 'acc/top1', '--legend', 'a', 'b', '--out', str(out)])
    with pytest.raises(SystemExit):
        main(['plot_curve', today, '--legend', 'a', 'b', '--out', str(out)])
    assert '--legend has 2 names for 1 curves: 1 logs by 1 keys' in capsys.readouterr().err


def test_times_are_printed_as_in_mmaction2(former, capsys):
    main(['cal_train_time', former])
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f'-----Analyze train time of {former}-----',
        'slowest epoch 2, average time is 1.0000',
        'fastest epoch 1, average time is 0.5000',
        'time std over epochs is 0.2500',
        'average iter time: 0.7500 s/iter',
        '',
    ]
