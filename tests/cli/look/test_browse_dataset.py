"""Clips of a dataset before, in and after its pipeline, from real files."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from mmaction.cli.look.browse import main
from mmaction.registry import DATASETS
from mmaction.testing import moving_texture
from mmaction.video import write_video
from mmaction.visualization.stages import dataset_stages, draw_keypoints, run_stages, sample_name, to_pictures
from mmaction.visualization.tiles import hold, tile_clips

PIPELINE = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=1, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 64)),
    dict(type='CenterCrop', crop_size=48),
    dict(type='Flip', flip_ratio=1.0),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos of one name in two folders, 20 frames at 10 fps, and a config of them."""
    root = tmp_path_factory.mktemp('browse')
    for i, name in enumerate('ab'):
        (root / name).mkdir()
        write_video(root / name / 'x.mp4', moving_texture(20, 96, 128, seed=i), fps=10)
    (root / 'list.txt').write_text('a/x.mp4 0\nb/x.mp4 1\n')
    (root / 'names.txt').write_text('walking\nrunning\n')
    data = dict(
        type='VideoDataset', ann_file=str(root / 'list.txt'), data_prefix=dict(video=str(root)), pipeline=PIPELINE
    )
    (root / 'c.json').write_text(json.dumps(dict(train_dataloader=dict(dataset=data))))
    return root


def read(path: Path) -> tuple[np.ndarray, float]:
    with av.open(str(path)) as container:
        frames = np.stack([frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)])
        return frames, float(container.streams.video[0].average_rate)


def _dataset(folder: Path) -> dict:
    return json.loads((folder / 'c.json').read_text())['train_dataloader']['dataset']


def test_stages_are_what_each_step_left(folder) -> None:
    dataset = DATASETS.build(dict(type='RepeatDataset', times=2, dataset=_dataset(folder)))
    record, stages = dataset_stages(dataset, 3)  # the second video, the second time
    assert sample_name(record, 3) == 'x' and record['label'] == 1
    assert [s.name for s in stages] == ['DecordDecode', 'Resize', 'CenterCrop', 'Flip']  # same pixels: no FormatShape
    assert [s.frames.shape for s in stages] == [(4, 96, 128, 3), (4, 64, 85, 3), (4, 48, 48, 3), (4, 48, 48, 3)]
    np.testing.assert_array_equal(stages[2].frames[:, :, ::-1], stages[3].frames)
    packed = dataset[3]['inputs'].numpy()  # (1, C, T, H, W)
    np.testing.assert_array_equal(stages[-1].frames, packed[0].transpose(1, 2, 3, 0))


def test_a_step_that_works_in_place_leaves_the_earlier_frames() -> None:
    def paint(results: dict) -> dict:
        results['imgs'][:] = 7
        return results

    stages = run_stages([lambda r: r, paint], dict(imgs=np.zeros((2, 4, 4, 3), np.uint8)))
    assert [s.frames.max() for s in stages] == [0, 7]
    with pytest.raises(ValueError, match=r'No step of the pipeline gives frames.*: a\.mp4'):
        run_stages([lambda r: r], dict(filename='a.mp4'))


def test_every_layout_becomes_pictures() -> None:
    frames = np.arange(2 * 5 * 6 * 3, dtype=np.uint8).reshape(2, 5, 6, 3)
    np.testing.assert_array_equal(to_pictures(list(frames)), frames)
    larger = np.repeat(np.repeat(frames[1], 2, axis=0), 2, axis=1)
    assert to_pictures([frames[0], larger]).shape == (2, 5, 6, 3)  # in the size of the first
    np.testing.assert_array_equal(to_pictures(frames.transpose(0, 3, 1, 2)), frames)  # NCHW
    np.testing.assert_array_equal(to_pictures(frames.transpose(3, 0, 1, 2)[None]), frames)  # NCTHW
    norm = dict(mean=[100.0, 110, 120], std=[50.0, 60, 70])
    np.testing.assert_array_equal(to_pictures((frames - norm['mean']) / norm['std'], norm), frames)
    heat = np.zeros((1, 17, 2, 5, 6), np.float32)
    heat[0, 3, 1, 2, 4] = 1
    shown = to_pictures(heat)
    assert shown.shape == (2, 5, 6, 3) and np.argwhere(shown[..., 0] == 255).tolist() == [[1, 2, 4]]
    flow = to_pictures(frames[..., :2])
    np.testing.assert_array_equal(flow[..., :2], frames[..., :2])
    assert (flow[..., 2] == 128).all()


def test_joints_are_drawn_where_they_are() -> None:
    keypoint = np.zeros((1, 2, 3, 2), np.float32)
    keypoint[0, 1, 0] = 30, 20
    frames = draw_keypoints(keypoint, (40, 60))
    assert frames.shape == (2, 40, 60, 3) and frames[0].max() == 0
    assert frames[1, 20, 30].max() > 0 and frames[1, 30, 20].max() == 0
    space = np.zeros((1, 1, 2, 3), np.float32)
    space[0, 0] = [[0, 1, 2], [0, -1, 2]]  # one above the other: up is the top of the picture
    rows = np.flatnonzero(draw_keypoints(space)[0].any((1, 2)))
    np.testing.assert_allclose([rows.min(), rows.max()], [128 - 115, 128 + 115], atol=5)


def test_tiles_hold_the_last_frame_and_do_not_overlap() -> None:
    red, blue = np.zeros((3, 60, 80, 3), np.uint8), np.zeros((1, 30, 30, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    out = tile_clips([red, blue], ['a', 'b'], height=120, columns=2)
    assert (out == (255, 0, 0)).all(-1).sum((1, 2)).tolist() == [120 * 160] * 3
    assert (out == (0, 0, 255)).all(-1).sum((1, 2)).tolist() == [120 * 120] * 3
    assert (out[0, :30] > 200).all(-1).any()  # the captions
    assert hold(np.arange(3)[:, None], 5).ravel().tolist() == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ('mode', 'count', 'size'),
    [
        ('original', 10, (288, 384)),  # 2 s at 5 fps, enlarged to be readable
        ('transformed', 4, (240, 240)),
        ('concat', 4, None),
        ('pipeline', 4, None),
    ],
)
def test_command_writes_a_video_a_sample(folder, tmp_path, mode, count, size) -> None:
    main([str(folder / 'c.json'), str(tmp_path), '-m', mode, '--label', str(folder / 'names.txt')])
    assert sorted(p.name for p in tmp_path.iterdir()) == ['x.mp4', 'x_00001.mp4']
    frames, fps = read(tmp_path / 'x.mp4')
    assert (len(frames), fps) == (count, 5)
    if size is not None:
        assert frames.shape[1:3] == size
        green = (frames.astype(int) @ [-1, 2, -1] > 150).sum((1, 2))  # the label, in every frame
        assert (green > 20).all()


def test_broken_files_are_passed_over_and_told(folder, tmp_path, capsys) -> None:
    (tmp_path / 'list.txt').write_text(f'{folder}/a/x.mp4 0\ngone.mp4 1\n')
    cfg = dict(train_dataloader=dict(dataset={**_dataset(folder), 'ann_file': str(tmp_path / 'list.txt')}))
    cfg['train_dataloader']['dataset']['data_prefix'] = dict(video=str(folder / 'a'))
    (tmp_path / 'list.txt').write_text('x.mp4 0\ngone.mp4 1\n')
    (tmp_path / 'c.json').write_text(json.dumps(cfg))
    main([str(tmp_path / 'c.json'), str(tmp_path / 'out'), '-r', '0.5', '--fps', '7'])
    said = capsys.readouterr()
    assert 'Sample 1 is skipped' in said.err and 'gone.mp4' in said.err
    assert '1 videos are saved' in said.out
    frames, fps = read(tmp_path / 'out' / 'x.mp4')
    assert frames.shape == (4, 24, 24, 3) and fps == 7


def test_command_says_what_is_wrong(folder, monkeypatch, capsys) -> None:
    with pytest.raises(SystemExit, match='1'):
        main([str(folder / 'c.json'), 'out', '-p', 'val'])
    assert 'c.json has no val_dataloader. (MMACTION_TRACEBACK=1' in capsys.readouterr().err
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr('sys.platform', 'linux')
    with pytest.raises(SystemExit, match='2'):
        main([str(folder / 'c.json')])
    assert 'error: there is no display to show the videos on; give an output_dir' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(folder / 'c.json'), 'out', '-n', '0'])
    assert '--show-number (0) must be at least 1' in capsys.readouterr().err
