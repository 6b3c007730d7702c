"""From a video and its poses to a recognized action, as a function and as the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate

from mmaction.apis import inference_skeleton, init_recognizer
from mmaction.cli.infer import skeleton as demo_skeleton
from mmaction.inference.pose import FramePoses, save_poses
from mmaction.testing import fill_state_dict
from mmaction.video import open_reader
from mmaction.visualization import write_frames
from mmaction.visualization.skeleton import LEFT, RIGHT

HEATMAPS = """
import mmaction.recipes.pose as p
default_scope = 'mmaction'
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3dSlowOnly', depth=18, in_channels=17, base_channels=8, num_stages=2, out_indices=(1,),
        stage_blocks=(1, 1), conv1_stride_s=1, pool1_stride_s=1, inflate=(0, 1), spatial_strides=(2, 2),
        temporal_strides=(1, 1), dilations=(1, 1)),
    cls_head=dict(type='I3DHead', in_channels=16, num_classes=3, average_clips='prob'))
_, _, test_pipeline = p.heatmaps(8, view=p.whole(24), test_clips=2)
"""
GRAPH = """
import mmaction.recipes.pose as p
default_scope = 'mmaction'
model = dict(
    type='RecognizerGCN',
    backbone=dict(type='STGCN', graph_cfg=dict(layout='coco', mode='stgcn_spatial'), in_channels=3, base_channels=8,
                  num_stages=2, down_stages=[], inflate_stages=[]),
    cls_head=dict(type='GCNHead', num_classes=3, in_channels=8))
_, _, test_pipeline = p.graph('j', 'coco', clip_len=12, test_clips=2)
"""
HEIGHT, WIDTH, FRAMES = 90, 120, 10
# a person in frames of 90 x 120: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles
BODY = np.float32(
    [(60, 15), (62, 14), (58, 14), (64, 15), (56, 15), (66, 25), (54, 25), (72, 35), (48, 35)]
    + [(78, 40), (42, 40), (64, 50), (56, 50), (65, 65), (55, 65), (66, 80), (54, 80)]
)


def poses(frames=FRAMES, empty=()):
    made = []
    for t in range(frames):
        moved = BODY + np.float32([t, 0])
        made.append(FramePoses.nobody() if t in empty else FramePoses.of([moved], np.full((1, 17), 0.9)))
    return made


@pytest.fixture(scope='module')
def made(tmp_path_factory) -> Path:
    """A folder with configs, checkpoints, labels and a grey video."""
    folder = tmp_path_factory.mktemp('skeleton')
    for name, text in dict(heatmaps=HEATMAPS, graph=GRAPH).items():
        # an own _base_ line first makes mmengine read the import
        (folder / 'base.py').write_text('')
        (folder / f'{name}.py').write_text("_base_ = ['base.py']\n" + text.lstrip().replace('_, _, ', 'a_, b_, '))
        model = fill_state_dict(init_recognizer(str(folder / f'{name}.py'), device='cpu'))
        torch.save(dict(state_dict=model.state_dict()), folder / f'{name}.pth')
    (folder / 'labels.txt').write_text('wave\nsit\nrun\n')
    for name, count in dict(clip=FRAMES, one=1).items():
        write_frames(folder / f'{name}.mp4', np.full((count, HEIGHT, WIDTH, 3), 80, np.uint8), fps=12)
    save_poses(folder / 'poses.json', poses(), (HEIGHT, WIDTH))
    return folder


def command(made: Path, out: Path, *more: str, video: str = 'clip.mp4', config: str = 'heatmaps') -> list[str]:
    return [
        *(str(made / video), str(out), '--config', str(made / f'{config}.py')),
        *('--checkpoint', str(made / f'{config}.pth'), '--label-map', str(made / 'labels.txt')),
        *('--device', 'cpu', '--short-side', '180', *more),
    ]


def read(path: Path) -> np.ndarray:
    with open_reader(path) as reader:
        assert reader.avg_fps == pytest.approx(12)
        return reader.get_frames(np.arange(reader.num_frames))


def is_near(pixel: np.ndarray, color: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - color).max() < 70)


@pytest.mark.parametrize('config', ['heatmaps', 'graph'])
def test_inference_is_that_of_the_pipeline(made, config):
    model = init_recognizer(str(made / f'{config}.py'), str(made / f'{config}.pth'), device='cpu')
    results = poses(empty=(3,))
    sample = inference_skeleton(model, [p.to_dict() for p in results], (HEIGHT, WIDTH))
    keypoint, score = np.zeros((1, FRAMES, 17, 2), np.float32), np.zeros((1, FRAMES, 17), np.float32)
    for t, p in enumerate(results):
        if len(p):
            keypoint[0, t], score[0, t] = p.keypoints[0], p.scores[0]
    record = dict(
        keypoint=keypoint, keypoint_score=score, img_shape=(HEIGHT, WIDTH), original_shape=(HEIGHT, WIDTH), label=-1
    )
    record.update(total_frames=FRAMES, start_index=0, modality='Pose')
    with torch.no_grad():
        want = model.test_step(pseudo_collate([Compose(model.cfg.test_pipeline)(record)]))[0]
    torch.testing.assert_close(sample.pred_score, want.pred_score, rtol=1e-5, atol=1e-6)
    assert sample.pred_score.shape == (3,) and int(sample.pred_label) == int(want.pred_label)
    again = inference_skeleton(model, results, (HEIGHT, WIDTH), track=True)
    torch.testing.assert_close(again.pred_score, want.pred_score, rtol=1e-5, atol=1e-6)


def test_inference_refuses_what_has_no_poses(made):
    model = init_recognizer(str(made / 'heatmaps.py'), device='cpu')
    with pytest.raises(ValueError, match='nobody in any of the 2 frames'):
        inference_skeleton(model, poses(2, empty=(0, 1)), (HEIGHT, WIDTH))
    with pytest.raises(ValueError, match='no frames to take poses from'):
        inference_skeleton(model, [], (HEIGHT, WIDTH))
    with pytest.raises(ValueError, match=r'img_shape \(0, 5\) must be height and width'):
        inference_skeleton(model, poses(), (0, 5))


@pytest.mark.parametrize('config', ['heatmaps', 'graph'])
def test_command_draws_skeletons_where_the_persons_are(made, tmp_path, capsys, config):
    out = tmp_path / 'out.mp4'
    found = tmp_path / 'again.npz'
    demo_skeleton.main(
        command(made, out, '--poses', str(made / 'poses.json'), '--save-poses', str(found), config=config)
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'The top-5 labels with corresponding scores are:'
    assert {line.split(':')[0] for line in lines[1:4]} == {'wave', 'sit', 'run'}
    assert lines[-1] == f'The video with the skeletons is at {out}.'
    frames = read(out)
    assert frames.shape == (FRAMES, 180, 240, 3)
    for t in (0, 9):  # twice the size of the frames; the wrists are far out
        left, right = (2 * (BODY[9] + [t, 0])).astype(int), (2 * (BODY[10] + [t, 0])).astype(int)
        assert is_near(frames[t, left[1], left[0]], LEFT) and is_near(frames[t, right[1], right[0]], RIGHT)
        assert is_near(frames[t, 170, 20], (80, 80, 80))
    assert frames[:, :60, :100].max() > 230  # the label's text
    with np.load(found) as arrays:
        np.testing.assert_allclose(arrays['keypoint'][0, :, 9, 0], BODY[9, 0] + np.arange(FRAMES), atol=0.01)


def test_poses_of_a_larger_video_are_scaled(made, tmp_path):
    large = [p.scaled(4, 4) for p in poses()]
    save_poses(tmp_path / 'large.json', large, (4 * HEIGHT, 4 * WIDTH))
    demo_skeleton.main(command(made, tmp_path / 'a.mp4', '--poses', str(tmp_path / 'large.json')))
    demo_skeleton.main(command(made, tmp_path / 'b.mp4', '--poses', str(made / 'poses.json')))
    assert np.abs(read(tmp_path / 'a.mp4').astype(int) - read(tmp_path / 'b.mp4')).max() <= 8


def test_nobody_and_one_frame(made, tmp_path, capsys):
    save_poses(tmp_path / 'nobody.json', poses(empty=range(FRAMES)))
    demo_skeleton.main(command(made, tmp_path / 'out.mp4', '--poses', str(tmp_path / 'nobody.json')))
    assert 'There is nobody in any of the 10 frames: no action is recognized.' in capsys.readouterr().out
    frames = read(tmp_path / 'out.mp4')
    assert len(frames) == FRAMES and is_near(frames[5, 100, 150], (80, 80, 80))
    assert frames[:, :60, :120].max() > 230

    save_poses(tmp_path / 'one.json', poses(1))
    demo_skeleton.main(command(made, tmp_path / 'one.mp4', '--poses', str(tmp_path / 'one.json'), video='one.mp4'))
    assert 'The top-5 labels' in capsys.readouterr().out
    assert len(read(tmp_path / 'one.mp4')) == 1

    save_poses(tmp_path / 'few.json', poses(4))
    demo_skeleton.main(command(made, tmp_path / 'few.mp4', '--poses', str(tmp_path / 'few.json')))
    assert 'has poses of 4 of the 10 frames; the others count as empty' in capsys.readouterr().out


def test_command_names_faults(made, tmp_path, capsys):
    out, stored = tmp_path / 'out.mp4', str(made / 'poses.json')
    (tmp_path / 'bad.json').write_text(json.dumps({'x': 1}))
    for arguments, message in (
        (command(made, out, '--poses', stored, video='one.mp4'), 'has poses of 10 frames, but'),
        (command(made, made / 'clip.mp4', '--poses', stored), 'The result would overwrite the video'),
        (command(made, out, '--poses', str(tmp_path / 'none.json')), 'There is no file of poses at'),
        (command(made, out, '--poses', str(tmp_path / 'bad.json')), 'it contains no poses'),
        (command(made, out, '--poses', stored, video='none.mp4'), 'There is no video and no folder of frames at'),
        (command(made, out, '--poses', stored, config='none'), 'There is no config at'),
    ):
        with pytest.raises(SystemExit):
            demo_skeleton.main(arguments)
        assert message in capsys.readouterr().err
    assert not out.exists()
