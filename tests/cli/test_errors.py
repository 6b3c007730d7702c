"""What the commands to train and to test say about bad input: one line, no traceback."""

from __future__ import annotations

import pytest

from mmaction.cli import test as test_command
from mmaction.cli import train as train_command
from mmaction.cli.errors import readable_errors
from mmaction.cli.main import main

CONFIG = """
default_scope = 'mmaction'
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', depth=18, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,)),
    cls_head=dict(type='TSNHead', num_classes=2, in_channels=64),
)
data = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='VideoDataset', ann_file='/no/list.txt', pipeline=[]),
)
train_dataloader = test_dataloader = data
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='AccMetric')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
"""


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ([], 'There is no annotation file /no/list.txt'),
        (['model.backbone.type=ResNest'], 'ResNest is not in the mmaction::models registry. Did you mean ResNet'),
        (['model.backbone.depht=50'], "unexpected keyword argument 'depht'"),
        (['model.cls_head.average_clips=mean'], "average_clips ('mean') must be one of"),
        (['data=1', 'train_dataloader.dataset.type=VideoSet'], 'VideoSet is not in the mmaction::datasets registry'),
    ],
)
def test_bad_configs(tmp_path, capsys, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'config.py').write_text(CONFIG)
    arguments = ['config.py', *(['--cfg-options', *options] if options else [])]
    with pytest.raises(SystemExit) as ended:
        train_command.main(arguments)
    assert ended.value.code == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith('error: ') and message in last


def test_bad_checkpoints(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'config.py').write_text(CONFIG)
    (tmp_path / 'list.txt').write_text('clip.mp4 0\n')
    (tmp_path / 'text.pth').write_text('not weights')
    for checkpoint, message in (
        ('none.pth', 'There is no checkpoint at none.pth'),
        ('text.pth', 'text.pth is not a checkpoint'),
    ):
        with pytest.raises(SystemExit):
            test_command.main(['config.py', checkpoint, '--cfg-options', 'test_dataloader.dataset.ann_file=list.txt'])
        assert message in capsys.readouterr().err.splitlines()[-1]


def test_faults_of_the_code_keep_their_traceback(monkeypatch, capsys):
    for error in (KeyError('name'), TypeError('f() takes 1 positional argument'), RuntimeError('shapes')):
        with pytest.raises(type(error)), readable_errors():
            raise error
    with pytest.raises(SystemExit), readable_errors():
        raise ValueError(
            'Caught ValueError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n'
            '  File "x.py", line 1\nValueError: clip_len (0)\n must be at least 1.'
        )
    assert (
        capsys.readouterr().err
        == 'error: clip_len (0) must be at least 1. (MMACTION_TRACEBACK=1 shows the traceback)\n'
    )
    monkeypatch.setenv('MMACTION_TRACEBACK', '1')
    with pytest.raises(ValueError, match='clip_len'), readable_errors():
        raise ValueError('clip_len (0)')


def test_errors_of_the_system_come_without_their_number(tmp_path, capsys):
    with pytest.raises(SystemExit, match='1'), readable_errors():
        (tmp_path / 'none').read_text()
    assert capsys.readouterr().err.startswith(f'error: No such file or directory: {tmp_path / "none"} (')


def test_an_interrupt_ends_with_the_code_of_shells(monkeypatch, capsys):
    with pytest.raises(SystemExit, match='130'), readable_errors():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == 'interrupted\n'
    monkeypatch.setenv('MMACTION_TRACEBACK', '1')
    with pytest.raises(KeyboardInterrupt), readable_errors():
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('c.py', b'model = dict(', "The config c.py, or one that it is based on, cannot be read: line 1: '(' was"),
        ('c.py', b'model = dict(depth=dpeth)', "cannot be read: NameError: name 'dpeth' is not defined"),
        ('c.py', b'\x00\xff', "cannot be read: UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
        ('c.json', b'{"model": ', 'cannot be read: JSONDecodeError: Expecting value'),
        ('c.py', b'depth = 50', 'c.py has no model. Give the config that the model was trained with.'),
        ('c.txt', b'a.mp4 0', 'c.txt is no config: its name must end in .py, .json, .yaml, .yml.'),
    ],
)  # fmt: skip
@pytest.mark.parametrize('command', [['train'], ['tools', 'get-flops']])
def test_what_is_no_config(tmp_path, capsys, monkeypatch, name, content, message, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit, match='1'):
        main([*command, name])
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_options_that_come_too_late_are_named(tmp_path, capsys):
    path = tmp_path / 'c.py'
    path.write_text('epochs = 40\nname = "a"\ntrain_cfg = dict(max_epochs=epochs)\n')
    main(['config', str(path), '--cfg-options', 'epochs=3', 'name=b', 'train_cfg.val_begin=2'])
    printed = ' '.join(''.join(capsys.readouterr()).split())
    assert (
        f'--cfg-options replaces epochs alone: the settings that {path} computes from it keep their values' in printed
    )
    assert 'max_epochs=40' in printed and 'replaces name' not in printed
