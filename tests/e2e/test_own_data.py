"""From folders of videos to predictions, by the five commands of the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmaction.cli.main import main
from mmaction.video import write_video
from mmaction.video.synthetic import moving_texture


def test_scan_doctor_train_test_infer(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for label, speed in (('to the left', -4.0), ('to the right', 4.0)):
        for number in range(3):
            frames = moving_texture(20, 48, 64, (speed, 0.0), seed=number + 10 * int(speed > 0))
            write_video(f'videos/{"val" if number > 1 else "train"}/{label}/clip {number}.mp4', frames, 10)
    main(['data', 'scan', 'videos', '--out', 'data/mine', '--device', 'cpu'])
    with pytest.raises(SystemExit) as end:
        main(['doctor', 'data/mine/config.py', '--jobs', '1', '--samples', '2'])
    assert end.value.code == 0
    loaders = [f'{split}_dataloader.num_workers=0' for split in ('train', 'val', 'test')]
    options = ['--cfg-options', 'train_cfg.max_epochs=1', 'train_cfg.val_interval=1', *loaders]
    schedule = ['param_scheduler=None', 'test_dataloader.dataset.pipeline.1.num_clips=1']
    main(['train', 'data/mine/config.py', *options, *schedule])
    (best,) = Path('work_dirs/mine').glob('best_acc_top1_epoch_*.pth')
    main(['test', 'data/mine/config.py', str(best), *options, *schedule])
    out = capsys.readouterr().out
    assert 'train/val folders of classes' in out and 'No findings.' in out
    main(
        ['infer', 'videos/val/to the left/clip 2.mp4', '--rec', 'data/mine/config.py', '--rec-weights', str(best)]
        + ['--device', 'cpu']
    )
    assert 'clip 2.mp4: to the ' in capsys.readouterr().err
