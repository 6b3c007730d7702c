"""A 0.x config file as people have it: read by the entry points, and migrated."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from mmengine.config import Config
from processes import run_script

from mmaction.apis import MMAction2Inferencer, inference_recognizer, init_recognizer
from mmaction.cli.args import read_config
from mmaction.cli.main import main
from mmaction.compat.read import modernize

BASE = """
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', pretrained=None, depth=18, norm_eval=False),
    cls_head=dict(type='TSNHead', num_classes=6, in_channels=512, spatial_type='avg',
                  consensus=dict(type='AvgConsensus', dim=1), dropout_ratio=0.4, init_std=0.01),
    train_cfg=None,
    test_cfg=dict(average_clips=None))
checkpoint_config = dict(interval=1)
log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook')])
dist_params = dict(backend='nccl')
log_level = 'INFO'
load_from = None
resume_from = None
workflow = [('train', 1), ('val', 1)]
"""
CHILD = """
_base_ = ['./base.py']
img_norm_cfg = dict(mean=[120.0, 110.0, 100.0], std=[60.0, 61.0, 62.0], to_bgr=False)
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=4, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 64)),
    dict(type='CenterCrop', crop_size=64),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='Collect', keys=['imgs', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['imgs'])]
train_pipeline = [*test_pipeline[:1], dict(type='SampleFrames', clip_len=1, num_clips=2), *test_pipeline[2:]]
data = dict(
    videos_per_gpu=2, workers_per_gpu=0, test_dataloader=dict(videos_per_gpu=1),
    train=dict(type='VideoDataset', ann_file='{folder}/list.txt', data_prefix='{folder}', pipeline=train_pipeline),
    val=dict(type='VideoDataset', ann_file='{folder}/list.txt', data_prefix='{folder}', pipeline=test_pipeline),
    test=dict(type='VideoDataset', ann_file='{folder}/list.txt', data_prefix='{folder}', pipeline=test_pipeline))
optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001)
optimizer_config = dict(grad_clip=dict(max_norm=40, norm_type=2))
lr_config = dict(policy='step', step=[1])
total_epochs = 2
evaluation = dict(interval=2, metrics=['top_k_accuracy', 'mean_class_accuracy'])
"""


@pytest.fixture
def old(tmp_path: Path, clip_path: str) -> Path:
    (tmp_path / 'base.py').write_text(BASE)
    (tmp_path / 'old.py').write_text(CHILD.replace('{folder}', str(tmp_path)))
    (tmp_path / 'list.txt').write_text('clip.mp4 1\nclip.mp4 3\n')
    (tmp_path / 'clip.mp4').symlink_to(clip_path)
    return tmp_path / 'old.py'


def test_reading_converts_and_logs_once(old, caplog):
    caplog.set_level(logging.INFO)
    cfg = read_config(str(old), {'optim_wrapper.optimizer.lr': 0.5})
    assert cfg.filename == str(old)
    assert (cfg.train_cfg.max_epochs, cfg.train_cfg.val_interval) == (2, 2)
    assert cfg.optim_wrapper.optimizer.lr == 0.5  # --cfg-options speak 1.x
    assert cfg.model.data_preprocessor.mean == [120.0, 110.0, 100.0]
    assert modernize(cfg) is cfg


def test_options_of_0x_on_the_command_line(old, tmp_path):
    cfg = read_config(
        str(old), {'evaluation.interval': 7, 'optimizer.lr': 0.3, 'data.videos_per_gpu': 5, 'dist_params.port': 29501}
    )
    assert (cfg.train_cfg.val_interval, cfg.optim_wrapper.optimizer.lr) == (7, 0.3)
    assert (cfg.train_dataloader.batch_size, cfg.env_cfg.dist_cfg.port) == (5, 29501)
    today = tmp_path / 'today.py'
    today.write_text(
        'train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=3)\nenv_cfg = dict(dist_cfg=dict(backend="gloo"))\n\n'
    )
    cfg = read_config(str(today), {'dist_params.port': 29501, 'evaluation.interval': 2})
    assert cfg.env_cfg.dist_cfg == dict(backend='gloo', port=29501)
    assert cfg.train_cfg.val_interval == 2


def test_inference_equals_that_of_the_migrated_file(old, clip_path, capsys):
    main(['config', 'migrate', str(old), str(old.parent / 'new.py')])
    printed = capsys.readouterr().out
    assert 'not converted: workflow: no loss is computed on the validation data' in printed
    text = (old.parent / 'new.py').read_text()
    assert text.startswith('# Converted from old.py, a config of MMAction2 0.x.\n# not converted: workflow:')
    assert text.count('CenterCrop') == 3  # each pipeline stands once, as a variable
    assert 'pipeline=test_pipeline,' in text

    model = init_recognizer(str(old), device='cpu')
    weights = str(old.parent / 'w.pth')
    import torch

    torch.save({'state_dict': model.state_dict(), 'meta': {}}, weights)
    scores = inference_recognizer(model, clip_path).pred_score
    again = init_recognizer(str(old.parent / 'new.py'), weights, device='cpu')
    assert torch.equal(inference_recognizer(again, clip_path).pred_score, scores)
    assert scores.sum().item() == pytest.approx(1)
    inferencer = MMAction2Inferencer(str(old), weights, device='cpu')
    assert inferencer(clip_path)['predictions'][0]['rec_scores'][0] == pytest.approx(scores.tolist())
    # a config object that the user read
    model = init_recognizer(Config.fromfile(str(old)), weights, device='cpu')
    assert torch.equal(inference_recognizer(model, clip_path).pred_score, scores)


def test_migrate_refuses(old, capsys):
    def fails(*words: str) -> str:
        with pytest.raises(SystemExit):
            main(['config', 'migrate', *words])
        return capsys.readouterr().err

    assert 'must end in .py' in fails(str(old), 'new.json')
    assert f'{old} exists; --force writes over it' in fails(str(old), str(old))
    today = old.parent / 'today.py'
    today.write_text('model = dict(type="X")')
    assert f'{today} has no settings of MMAction2 0.x' in fails(str(today), str(old.parent / 'x.py'))
    assert 'There is no config at absent.py' in fails('absent.py', str(old.parent / 'x.py'))


def test_config_command_still_prints(old, capsys):
    main(['config', str(old)])
    printed = capsys.readouterr().out
    assert 'train_dataloader' in printed and 'videos_per_gpu' not in printed


def test_training_and_test_run(old, root):
    def run(*command: str) -> str:
        done = run_script(*command, cwd=old.parent)
        return done.stdout + done.stderr

    log = run(str(root / 'tools' / 'train.py'), 'old.py')
    assert log.count('old.py is in the form of MMAction2 0.x') == 1
    assert log.count('not converted: workflow') == 1
    assert 'Epoch(train) [2][1/1]  lr: 1.0000e-03' in log  # two samples, one batch; the rate falls after epoch 1
    assert 'Epoch(val) [2][1/1]' in log and 'Epoch(val) [1]' not in log
    log = run(str(root / 'tools' / 'test.py'), 'old.py', 'work_dirs/old/epoch_2.pth')
    assert 'Epoch(test) [2/2]    acc/top1:' in log


def test_old_settings_on_bases_of_today(root, tmp_path):
    """The bases have the same names in both lines, so an old config among today's inherits those of today."""
    names = ('models/tsn_r50.py', 'schedules/sgd_100e.py', 'default_runtime.py')
    bases = [str(root / 'configs' / '_base_' / name) for name in names]
    text = CHILD.replace("['./base.py']", repr(bases)).replace('lr_config', 'unused').replace('total_epochs', 'also')
    text = text.replace(
        "optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001)", 'optimizer = dict(lr=3)'
    )
    (tmp_path / 'mixed.py').write_text(text + 'model = dict(cls_head=dict(num_classes=7))\n')
    cfg = read_config(str(tmp_path / 'mixed.py'))
    assert cfg.optim_wrapper.optimizer == dict(type='SGD', lr=3, momentum=0.9, weight_decay=0.0001)
    assert cfg.train_cfg == dict(type='EpochBasedTrainLoop', max_epochs=100, val_begin=1, val_interval=2)
    assert cfg.param_scheduler[0].milestones == [40, 80]
    assert cfg.model.cls_head.num_classes == 7 and cfg.model.backbone.depth == 50
    assert cfg.model.data_preprocessor.mean == [120.0, 110.0, 100.0]
    assert cfg.train_dataloader.batch_size == 2 and cfg.val_evaluator.type == 'AccMetric'
