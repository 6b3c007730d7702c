"""The command that plots schedules."""

from __future__ import annotations

import json

import cv2
import pytest

from mmaction.cli.look.schedule import main


def test_command(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = dict(
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        param_scheduler=[dict(type='LinearLR', start_factor=0.1, end=2, convert_to_iter_based=True)],
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=10),
        train_dataloader=dict(batch_size=4, dataset=dict(type='VideoDataset', ann_file='none.txt', pipeline=[])),
    )
    (tmp_path / 'c.json').write_text(json.dumps(cfg))
    main(['c.json', '--not-show', '-d', '40', '-s', 'out/s.png', '--window-size', '5*4', '--style', 'darkgrid'])
    assert cv2.imread('out/s.png').shape == (480, 600, 3)
    assert 'out/s.png' in capsys.readouterr().out
    bad_style = ['-d', '40', '--style', 'nope']
    for arguments, message in (([], 'with --dataset-size'), (bad_style, "style ('nope') must be")):
        with pytest.raises(SystemExit, match='1'):
            main(['c.json', '--not-show', *arguments])
        assert message in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(['c.json', '--window-size', '5x4'])
    assert '--window-size (5x4) must be W*H' in capsys.readouterr().err
