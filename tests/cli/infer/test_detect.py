"""``mmaction detect`` and ``demo/demo_spatiotemporal_det.py`` on a video whose answers are known."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch
from colour_detector import draw_video, person_boxes, pose_model, write_model
from mmengine.config import Config

from mmaction.apis import init_recognizer
from mmaction.cli.main import main
from mmaction.video import open_video, write_frames


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A model, a video ``walk.mp4`` of three persons, and ``boxes.npz`` with their boxes."""
    folder = tmp_path_factory.mktemp('detect')
    write_model(folder)
    boxes = person_boxes()
    write_frames(folder / 'walk.mp4', draw_video(boxes), fps=16)
    rows = [(frame, box) for own in boxes.values() for frame, box in enumerate(own) if np.isfinite(box).all()]
    np.savez(folder / 'boxes.npz', frame=[frame for frame, _ in rows], box=[box for _, box in rows])
    return folder


def model(made):
    return ['--config', made / 'colour.py', '--checkpoint', made / 'colour.pth', '--device', 'cpu']


def run(*words):
    main([str(word) for word in words])


def test_detect(made, tmp_path, capsys):
    run('detect', made / 'walk.mp4', *model(made), '--boxes', made / 'boxes.npz', '--label-map', made / 'labels.txt',
        '--out', tmp_path, '--predict-stepsize', 8, '--detect-stepsize', 4, '--batch-size', 3)  # fmt: skip
    printed = capsys.readouterr().out
    assert '0.00 s  to     3.00 s  red (3.0 s)' in printed
    assert '1.50 s  to     3.00 s  blue (1.5 s)' in printed
    assert '3 persons in 6 key frames of 3.0 s' in printed
    tracks = json.loads((tmp_path / 'walk.json').read_text())['tracks']
    assert [len(track['boxes']) for track in tracks] == [6, 6, 3]
    with open(tmp_path / 'walk.csv', newline='') as file:
        best = [row for row in csv.reader(file) if float(row[7]) > 0.5]
    assert len(best) == 15
    with open_video(tmp_path / 'walk.mp4') as reader:
        assert (len(reader), reader.avg_fps) == (48, 16)


def test_detect_in_another_precision(made, tmp_path):
    more = ['--boxes', made / 'boxes.npz', '--label-map', made / 'labels.txt', '--no-video', '--predict-stepsize', 16]
    run('detect', made / 'walk.mp4', *model(made), *more, '--out', tmp_path / 'plain')
    run('detect', made / 'walk.mp4', *model(made), *more, '--out', tmp_path / 'halved', '--dtype', 'bf16')
    plain, halved = (json.loads((tmp_path / name / 'walk.json').read_text()) for name in ('plain', 'halved'))
    assert plain != halved
    for one, other in zip(plain['tracks'], halved['tracks'], strict=True):
        for box, same in zip(one['boxes'], other['boxes'], strict=True):
            assert box['actions'][0]['label'] == same['actions'][0]['label']
            assert box['actions'][0]['score'] == pytest.approx(same['actions'][0]['score'], abs=0.02)


@pytest.mark.parametrize('by_name', [False, True], ids=['1.x', '0.x'])
def test_demo(made, tmp_path, by_name):
    out = tmp_path / 'out.mp4'
    paths = ['--video', made / 'walk.mp4', '--out-filename', out] if by_name else [made / 'walk.mp4', out]
    run('tools', 'demo-stdet', *paths, *model(made), '--label-map', made / 'labels.txt', '--detector',
        'moving', '--short-side', 96, '--csv', tmp_path / 'out.csv', '--dtype', 'bf16')  # fmt: skip
    with open_video(out) as reader:
        assert (len(reader), reader.avg_fps, reader.size) == (12, 6, (96, 160))
    assert ',3,0.9' in (tmp_path / 'out.csv').read_text()  # blue comes from nowhere, and moves


@pytest.mark.parametrize(
    ('words', 'code', 'message'),
    [
        (['--det-config', 'faster_rcnn.py'], 1, 'is one of MMDetection, which is not installed. Give the boxes of the'),
        (['--detector', 'rtmlib'], 1, 'rtmlib is needed here'),
        (['--boxes', 'none.json'], 1, 'There is no file of boxes at none.json'),
        (['--boxes', 'a.json', '--detector', 'moving'], 2, '--boxes and --detector moving exclude each other'),
        (['--detect-stepsize', '3'], 2, '--detect-stepsize (3) must divide --predict-stepsize (8)'),
        (['--det-score-thr', '2'], 2, '--det-score-thr (2.0) must be in [0, 1]'),
        (['--output-fps', '0'], 2, '--output-fps (0.0) must be positive'),
        (['--boxes-fps', 'nan'], 2, '--boxes-fps (nan) must be positive'),
        (['--boxes-start', 'nan'], 1, 'boxes_start (nan) must be a finite number of seconds'),
        (['--detector', 'mmdet'], 1, 'The detector mmdet needs MMDetection, which is not installed'),
        (['--video', 'b.mp4'], 2, 'video is given twice'),
        (['--label-map', 'none.txt'], 1, 'There is no file none.txt'),
    ],
)
def test_wrong_arguments_are_named(made, tmp_path, monkeypatch, capsys, words, code, message):
    monkeypatch.setattr('mmaction.inference.detect.choose.is_installed', lambda name: False)
    base = [made / 'walk.mp4', tmp_path / 'out.mp4', *model(made), '--label-map', made / 'labels.txt']
    with pytest.raises(SystemExit) as ended:
        run('tools', 'demo-stdet', *base, *words)
    assert ended.value.code == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / 'out.mp4').exists()


def test_arguments_of_detect_are_checked_before_the_model_is_built(made, tmp_path, capsys):
    (tmp_path / 'file').touch()
    for words, message in (
        (['--fps', '0'], '--fps (0.0) must be positive'),
        (['--fps', '-5'], '--fps (-5.0) must be positive'),
        (['--batch-size', '0'], '--batch-size (0) must be at least 1'),
        (['--out', tmp_path / 'file'], 'must be a folder, but is a file'),
    ):
        with pytest.raises(SystemExit) as ended:
            run('detect', made / 'walk.mp4', '--config', 'none.py', '--checkpoint', 'none.pth', *words)
        assert ended.value.code == 2
        assert message in capsys.readouterr().err


def test_webcam_demo_on_a_file(made, tmp_path, monkeypatch, capsys):
    out = tmp_path / 'out.mp4'
    common = ['tools', 'demo-webcam-stdet', '--input-video', made / 'walk.mp4', *model(made), '--label-map',
              made / 'labels.txt', '--detector', 'moving']  # fmt: skip
    run(*common, '--out-filename', out, '--clip-vis-length', 4, '--display-height', 48)
    assert f'24 frames written to {out}' in capsys.readouterr().out
    with open_video(out) as reader:
        assert (len(reader), reader.avg_fps, reader.size) == (24, 15, (48, 80))
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    for words, message in (
        ([], 'nothing to do: give --show, or --out-filename'),
        (['--show'], '--show: there is no display to show the frames on'),
        (['--out-filename', out, '--clip-vis-length', 9], '--clip-vis-length (9) must not exceed --predict-stepsize'),
    ):
        with pytest.raises(SystemExit):
            run(*common, *words)
        assert message in capsys.readouterr().err


@pytest.fixture
def poses(tmp_path):
    """Poses of the persons in ``walk.mp4``: seventeen joints from corner to corner of the box."""
    frames = []
    for boxes in zip(*person_boxes().values()):
        there = [box for box in boxes if np.isfinite(box).all()]
        keypoints = [np.linspace(box[:2], box[2:], 17).tolist() for box in there]
        frames.append(dict(keypoints=keypoints, boxes=[box.tolist() for box in there]))
    path = tmp_path / 'poses.json'
    path.write_text(json.dumps(dict(img_shape=[96, 160], frames=frames)))
    (tmp_path / 'classes.txt').write_text(''.join(f'action {i}\n' for i in range(6)))
    return path


def structuralize(made, tmp_path, poses, *words):
    """Write ``out.mp4``; every fourth frame."""
    run('tools', 'demo-structuralize', '--video', made / 'walk.mp4', '--out-filename', tmp_path / 'out.mp4',
        '--poses', poses, '--label-map-stdet', made / 'labels.txt', '--label-map', tmp_path / 'classes.txt',
        '--output-stepsize', 4, '--device', 'cpu', *words)  # fmt: skip
    with open_video(tmp_path / 'out.mp4') as reader:
        assert (len(reader), reader.avg_fps, reader.size) == (12, 24, (288, 480))


def test_structuralize_by_frames(made, tmp_path, poses, rec_config, rec_checkpoint, capsys):
    words = ('--rgb-stdet-config', made / 'colour.py', '--rgb-stdet-checkpoint', made / 'colour.pth', '--rgb-config',
             rec_config, '--rgb-checkpoint', rec_checkpoint)  # fmt: skip
    structuralize(made, tmp_path, poses, *words)
    assert 'The action of the video is action ' in capsys.readouterr().out


def test_structuralize_by_poses(made, tmp_path, poses, capsys):
    """The detector of actions has the classes of its label map, the recognizer those of its config."""
    for name, classes in (('recog', 6), ('stdet', 4)):
        config = Config(pose_model(classes))
        config.dump(tmp_path / f'{name}.py')
        torch.save({'state_dict': init_recognizer(config, device='cpu').state_dict()}, tmp_path / f'{name}.pth')
    skeleton = ('--skeleton-config', tmp_path / 'recog.py', '--skeleton-checkpoint', tmp_path / 'recog.pth')
    by_poses = ('--use-skeleton-stdet', '--use-skeleton-recog', '--skeleton-stdet-checkpoint', tmp_path / 'stdet.pth')
    structuralize(made, tmp_path, poses, *skeleton, *by_poses)
    assert 'The action of the video is action ' in capsys.readouterr().out
