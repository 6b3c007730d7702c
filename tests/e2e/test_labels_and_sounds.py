"""Several labels a video, tags of several categories, and sounds: trained, tested and asked, on real files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.cli.data import build_audio_features
from mmaction.cli.infer import audio as demo_audio
from mmaction.testing import write_sound
from mmaction.utils import register_all_modules
from mmaction.video import write_video

RATE = 16000
LABELS = [[0], [1], [0, 1], [2, 0]]  # bright in the parts of the frame that stand for the classes


@pytest.fixture(scope='module')
def videos(tmp_path_factory) -> Path:
    """Four videos of 6 frames; in each the colours of its labels."""
    folder = tmp_path_factory.mktemp('videos')
    for i, labels in enumerate(LABELS):
        clip = np.full((6, 32, 32, 3), 30, np.uint8)
        for label in labels:
            clip[..., label] = 220
        write_video(folder / f'{i}.mp4', clip)
    return folder


def steps(test_mode: bool, *labels: dict, **pack) -> list[dict]:
    return [
        *labels,
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=1, num_clips=2, test_mode=test_mode),
        dict(type='DecordDecode'),
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs', **pack),
    ]


def run(work_dir: Path, model: dict, dataset, metric: dict, epochs: int, lr: float = 0.1) -> tuple[Runner, dict]:
    """Train, then test on the same four samples. ``dataset(test_mode)`` gives the config of the data."""
    register_all_modules()

    def loader(test_mode: bool) -> dict:
        sampler = dict(type='DefaultSampler', shuffle=not test_mode)
        return dict(batch_size=4, num_workers=0, sampler=sampler, dataset=dataset(test_mode))

    cfg = Config(
        dict(
            default_scope='mmaction',
            work_dir=str(work_dir),
            experiment_name=work_dir.name,
            model=model,
            train_dataloader=loader(False),
            test_dataloader=loader(True),
            test_evaluator=metric,
            train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs),
            test_cfg=dict(type='TestLoop'),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=lr, momentum=0.9)),
            default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=epochs)),
            randomness=dict(seed=0),
            log_level='WARNING',
        )
    )
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner, runner.test()


def tsn(num_classes: int, loss: dict, **model) -> dict:
    norm = dict(mean=[128, 128, 128], std=[64, 64, 64], format_shape='NCHW')
    backbone = dict(type='ResNet', depth=18, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,))
    head = dict(
        type='TSNHead',
        num_classes=num_classes,
        in_channels=64,
        multi_class=True,
        loss_cls=loss,
        dropout_ratio=0,
        average_clips='score',
    )
    return dict(
        type='Recognizer2D',
        backbone=backbone,
        cls_head=head,
        data_preprocessor=dict(type='ActionDataPreprocessor', **norm),
        **model,
    )


def scores(runner: Runner) -> torch.Tensor:
    """Scores of all samples."""
    batch = next(iter(runner.test_dataloader))
    return torch.stack([sample.pred_score for sample in runner.model.test_step(batch)])


def test_several_labels_a_video(videos, tmp_path):
    text = ''.join(f'{i}.mp4 {" ".join(map(str, labels))}\n' for i, labels in enumerate(LABELS))
    (tmp_path / 'list.txt').write_text(text)

    def dataset(test_mode: bool) -> dict:
        return dict(
            type='VideoDataset',
            ann_file=str(tmp_path / 'list.txt'),
            data_prefix=dict(video=str(videos)),
            multi_class=True,
            num_classes=3,
            test_mode=test_mode,
            pipeline=steps(test_mode),
        )

    names = ('mmit_mean_average_precision', 'mean_average_precision')
    model = tsn(3, dict(type='BCELossWithLogits'))
    runner, figures = run(tmp_path / 'mmit', model, dataset, dict(type='AccMetric', metric_list=names), epochs=30)
    assert figures == {f'acc/{name}': 1.0 for name in names}
    want = torch.tensor([[i in labels for i in range(3)] for labels in LABELS])
    assert torch.equal(scores(runner) > 0, want)


@pytest.mark.parametrize(('loss_type', 'mask'), [('individual', 'category_mask'), ('all', 'mask')])
def test_tags_of_several_categories(videos, tmp_path, loss_type, mask):
    names, nums = ['action', 'scene'], [3, 2]
    # the scene of the first and the action of the last are not annotated, and taught by nothing
    tags = [dict(action=[0]), dict(action=[1], scene=[0]), dict(action=[0, 1], scene=[1]), dict(scene=[1])]
    entries = [dict(filename=f'{i}.mp4', label=label) for i, label in enumerate(tags)]
    (tmp_path / 'hvu.json').write_text(json.dumps(entries))

    def dataset(test_mode: bool) -> dict:
        return dict(
            type='HVUDataset',
            ann_file=str(tmp_path / 'hvu.json'),
            data_prefix=dict(video=str(videos)),
            tag_categories=names,
            tag_category_nums=nums,
            test_mode=test_mode,
            pipeline=steps(test_mode, dict(type='LoadHVULabel'), algorithm_keys=('mask', 'category_mask')),
        )

    loss = dict(
        type='HVULoss',
        categories=names,
        category_nums=nums,
        category_loss_weights=(1, 1),
        loss_type=loss_type,
        with_mask=True,
    )
    model = tsn(5, loss, train_cfg=dict(aux_info=[mask]))
    metric = dict(type='AccMetric', metric_list='mean_average_precision')
    runner, figures = run(tmp_path / 'hvu', model, dataset, metric, epochs=30)
    got = scores(runner) > 0
    assert got[:3, :3].tolist() == [[True, False, False], [False, True, False], [True, True, False]]
    assert got[1:, 3:].tolist() == [[True, False], [False, True], [False, True]]
    assert 0.5 < figures['acc/mean_average_precision'] <= 1

    # the loss of a batch is that of the annotated tags alone
    batch = runner.model.data_preprocessor(next(iter(runner.test_dataloader)))
    with torch.no_grad():
        losses = runner.model.eval()(**batch, mode='loss')
        logits = runner.model(batch['inputs'], stage='head')
    label = torch.stack([sample.gt_label for sample in batch['data_samples']]).float()
    plain = torch.nn.functional.binary_cross_entropy_with_logits(logits, label, reduction='none')
    if loss_type == 'all':
        known = torch.stack([sample.mask for sample in batch['data_samples']])
        want = ((plain * known).sum(1) / known.sum(1)).mean()
    else:
        action, scene = plain[:3, :3].mean(), plain[1:, 3:].mean()
        torch.testing.assert_close(losses['scene_LOSS'], scene)
        want = (action + scene) / 2
    torch.testing.assert_close(losses['loss_cls'], want)


# --- sounds -----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope='module')
def sounds(tmp_path_factory) -> Path:
    """Four tones as ``sounds/*.wav`` of two seconds, their features and a list; each goes with 50 frames of video."""
    folder = tmp_path_factory.mktemp('sounds')
    (folder / 'sounds').mkdir()
    time = np.arange(2 * RATE) / RATE
    for i, hz in enumerate((300, 900, 2000, 5000)):
        write_sound(folder / 'sounds' / f'{i}.wav', 0.5 * np.sin(2 * np.pi * hz * time))
    command = [str(folder / 'sounds'), str(folder / 'features'), '--ext', 'wav', '--num-workers', '0']
    build_audio_features.main(command)
    (folder / 'list.txt').write_text(''.join(f'{i} 50 {i}\n' for i in range(4)))
    return folder


@pytest.fixture(scope='module')
def trained(sounds, tmp_path_factory) -> tuple[dict, str, dict]:
    """Config, checkpoint and figures of a small net on the tones."""

    def pipeline(test_mode: bool) -> list[dict]:
        return [
            dict(type='LoadAudioFeature'),
            dict(type='SampleFrames', clip_len=10, num_clips=2 if test_mode else 1, test_mode=test_mode),
            dict(type='AudioFeatureSelector', fixed_length=32),
            dict(type='FormatAudioShape', input_format='NCTF'),
            dict(type='PackActionInputs'),
        ]

    def dataset(test_mode: bool) -> dict:
        return dict(
            type='AudioDataset',
            ann_file='list.txt',
            data_root=str(sounds),
            data_prefix=dict(audio='features'),
            suffix='.npy',
            test_mode=test_mode,
            pipeline=pipeline(test_mode),
        )

    model = dict(
        type='RecognizerAudio',
        backbone=dict(type='ResNetAudio', depth=50, num_stages=2, base_channels=4, strides=(2, 2), conv1_stride=2),
        cls_head=dict(type='TSNAudioHead', num_classes=4, in_channels=32, dropout_ratio=0, average_clips='prob'),
    )
    work_dir = tmp_path_factory.mktemp('audio')
    runner, figures = run(work_dir, model, dataset, dict(type='AccMetric'), epochs=80)
    cfg = dict(model=model, test_dataloader=dict(dataset=dataset(True)), default_scope='mmaction')
    return cfg, str(work_dir / 'epoch_80.pth'), figures


def test_sounds_are_learnt(trained):
    assert trained[2]['acc/top1'] == 1.0


def test_a_sound_is_recognized_from_features_sound_and_video(trained, sounds, tmp_path):
    model = init_recognizer(Config(trained[0]), trained[1], device='cpu')
    feature, sound = sounds / 'features' / '2.npy', sounds / 'sounds' / '2.wav'
    sample = inference_recognizer(model, feature)
    assert sample.pred_label.item() == 2
    assert torch.equal(inference_recognizer(model, str(sound)).pred_score, sample.pred_score)

    time = np.arange(2 * RATE) / RATE
    frames = np.zeros((50, 16, 16, 3), np.uint8)
    write_sound(tmp_path / '2.mkv', 0.5 * np.sin(2 * np.pi * 2000 * time), frames=frames)  # the sound is lossless
    as_tested = inference_recognizer(model, dict(audio_path=str(feature), total_frames=50, label=2))
    video = inference_recognizer(model, str(tmp_path / '2.mkv'))
    torch.testing.assert_close(video.pred_score, as_tested.pred_score, rtol=1e-3, atol=1e-4)
    assert not torch.equal(as_tested.pred_score, sample.pred_score)  # clips of 10 frames of video, and of sound


def test_what_is_no_sound_is_told(trained, videos, tmp_path):
    model = init_recognizer(Config(trained[0]), device='cpu')
    with pytest.raises(FileNotFoundError, match=r'no audio, video or feature file at .*none\.wav'):
        inference_recognizer(model, str(tmp_path / 'none.wav'))
    with pytest.raises(ValueError, match='is a folder; the model is for audio'):
        inference_recognizer(model, str(tmp_path))
    with pytest.raises(TypeError, match=r'model is for audio.*got ndarray'):
        inference_recognizer(model, np.zeros((3, 4)))
    with pytest.raises(RuntimeError, match=r'0\.mp4.*has no audio track'):
        inference_recognizer(model, str(videos / '0.mp4'))


def test_the_demo_prints_the_best_classes(trained, sounds, tmp_path, capsys):
    config = tmp_path / 'config.py'
    Config(trained[0]).dump(config)
    (tmp_path / 'labels.txt').write_text('low\nmiddle\nhigh\nshrill\n')
    command = [str(config), trained[1], str(sounds / 'sounds' / '3.wav'), str(tmp_path / 'labels.txt')]
    demo_audio.main([*command, '--device', 'cpu'])
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-5] == 'The top-5 labels with corresponding scores are:'
    assert lines[-4].startswith('shrill: ')
    with pytest.raises(SystemExit):
        demo_audio.main([*command, '--device', 'cpu', '--cfg-options', 'model.type=Recognizer2D'])
    assert 'has a Recognizer2D; this command is for RecognizerAudio' in capsys.readouterr().err
