"""The command ``mmaction data scan``: its files, its output, and a config that trains as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmaction.cli.args import read_config
from mmaction.cli.main import main
from mmaction.registry import DATASETS, MODELS


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Sixteen clips of the classes ``turn left`` and ``wave``, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    for label in ('turn left', 'wave'):
        for i in range(8):
            path = tmp_path / 'my clips' / label / f'person{i // 2}_take {i}.mp4'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return tmp_path / 'my clips'


def test_lists_and_output(folder, capsys) -> None:
    main(['data', 'scan', 'my clips', '--val-ratio', '0.25', '--device', 'cpu'])
    out = capsys.readouterr().out
    assert 'my clips: a folder of classes, recognized by 2 folders with videos: turn left, wave' in out
    assert '(4 groups, each in one split)' in out
    assert (
        '    0  turn left       6       2\n    1  wave            6       2\n       total          12       4\n' in out
    )
    assert 'warning: 2 classes have fewer than 10 clips to train on: turn left (6), wave (6)' in out
    assert 'note: classes name left or right, so that clips are not mirrored in training' in out
    lists = {split: Path(f'data/my clips/{split}.txt').read_text().splitlines() for split in ('train', 'val')}
    assert len(lists['train']) == 12
    assert lists['val'][0].startswith('turn left/person') and lists['val'][0].endswith('.mp4 0')
    assert Path('data/my clips/classes.txt').read_text() == 'turn left\nwave\n'
    main(['data', 'scan', 'my clips', '--val-ratio', '0.25', '--device', 'cpu'])  # the same again changes nothing
    assert [Path(f'data/my clips/{split}.txt').read_text().splitlines() for split in lists] == [*lists.values()]
    with pytest.raises(SystemExit, match='1'):
        main(['data', 'scan', 'my clips', '--val-ratio', '0.5', '--device', 'cpu'])
    assert 'exists with another content. Give another --out, or --overwrite.' in capsys.readouterr().err


@pytest.mark.parametrize('device, pretrained', [('cpu', 'none'), ('cpu', 'imagenet'), ('gpu', 'imagenet')])
def test_configs_build(folder, device, pretrained) -> None:
    main(['data', 'scan', 'my clips', '--device', device, '--pretrained', pretrained, '--out', 'x'])
    cfg = read_config('x/config.py')
    model = MODELS.build(cfg.model)
    assert model.cls_head.num_classes == 2
    data = DATASETS.build(cfg.train_dataloader.dataset)
    assert data.metainfo['classes'] == ['turn left', 'wave']
    assert data.get_data_info(0)['filename'].startswith('my clips/turn left/person')
    assert not any(step['type'] == 'Flip' for step in cfg.train_dataloader.dataset.pipeline)
    assert cfg.work_dir == 'work_dirs/x'


def test_files_of_an_earlier_scan_are_no_input(folder) -> None:
    for path in folder.glob('*/*.mp4'):
        path.rename(folder / f'{path.parent.name} {path.name}')
    rows = [f'{path.name};{path.name.split(" person")[0]}' for path in sorted(folder.glob('*.mp4'))]
    (folder / 'labels.csv').write_text('\n'.join(['file;label', *rows]))
    main(['data', 'scan', 'my clips', '--out', 'my clips'])
    (folder / 'labels.csv').write_text('\n'.join(['file;label', *rows[1:]]))
    main(['data', 'scan', 'my clips', '--out', 'my clips', '--overwrite'])
    lines = [line for split in ('train', 'val') for line in (folder / f'{split}.txt').read_text().splitlines()]
    assert len(lines) == 15


def test_wrong_arguments(folder, capsys) -> None:
    with pytest.raises(SystemExit, match='1'):
        main(['data', 'scan', 'my clips', '--pretrained', 'absent.pth'])
    assert 'There is no file of weights absent.pth. Other choices are imagenet and none.' in capsys.readouterr().err
