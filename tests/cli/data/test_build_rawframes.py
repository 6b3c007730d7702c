"""Videos to folders of frames and flow, and back, by the commands."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from mmaction.cli.data import build_rawframes, build_videos
from mmaction.datasets import RawframeDataset
from mmaction.testing import moving_texture
from mmaction.video import RawFrameReader, open_video, write_video
from mmaction.video.frame_files import FrameFiles, FrameSize

NUM_FRAMES = 5


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / 'my videos'
    for number, name in enumerate(('run/a b.mp4', 'springen/ü.MP4', 'run/odd.avi')):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(path, moving_texture(NUM_FRAMES, 46, 62, (2, 0), number, cell=16))
    return folder


def build(tmp_path: Path, *arguments: object, out: str = 'frames') -> Path:
    command = [tmp_path / 'my videos', tmp_path / out, '--report-file', tmp_path / 'report.txt', '--num-worker', 0]
    build_rawframes.main([*map(str, command), *map(str, arguments)])
    return tmp_path / out


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file())


def test_frames_and_flow_are_what_the_dataset_reads(tmp_path, videos):
    frames = build(tmp_path, '--task', 'both', '--ext', 'mp4', '--flow-type', 'dis')
    names = [f'img_{i:05d}.jpg' for i in range(1, NUM_FRAMES + 1)]
    names += [f'flow_{d}_{i:05d}.jpg' for d in 'xy' for i in range(1, NUM_FRAMES)]
    assert listing(frames) == sorted(f'{clip}/{name}' for clip in ('run/a b', 'springen/ü') for name in names)
    report = (tmp_path / 'report.txt').read_text().splitlines()
    assert report == [str(videos / name) for name in ('run/a b.mp4', 'springen/ü.MP4')]

    with open_video(videos / 'run' / 'a b.mp4') as video, RawFrameReader(frames / 'run' / 'a b') as written:
        assert np.abs(video.get_frames([4]).astype(int) - written.get_frames([4])).mean() < 3
    ann_file = tmp_path / 'list.txt'
    ann_file.write_text(f'run/a b {NUM_FRAMES - 1} 0\n')
    decode = [
        dict(type='UntrimmedSampleFrames', clip_len=1, frame_interval=1),
        dict(type='RawFrameDecode'),
    ]
    options = dict(filename_tmpl='flow_{}_{:05d}.jpg', modality='Flow', data_prefix=dict(img=str(frames)))
    flow = RawframeDataset(str(ann_file), decode, **options)[0]['imgs']
    x, y = np.stack(flow)[:, 12:-12, 12:-12].reshape(-1, 2).mean(0)
    assert abs(x - (2 + 20) * 255 / 40) < 2 and abs(y - 128) < 2  # 2 pixels to the right


def test_resume_makes_what_is_missing_and_keeps_the_rest(tmp_path, videos, capsys):
    frames = build(tmp_path, '--task', 'rgb', '--ext', 'mp4')
    first = frames / 'run' / 'a b' / 'img_00001.jpg'
    first.write_text('kept')
    (frames / 'run' / 'a b' / 'notes.txt').write_text('kept')
    arguments = ('--task', 'both', '--ext', 'mp4', '--flow-type', 'farn', '--resume')
    build(tmp_path, *arguments)
    assert len(listing(frames)) == 2 * (2 * NUM_FRAMES - 1 + NUM_FRAMES - 1) + 1 and first.read_text() == 'kept'
    shutil.rmtree(frames / 'springen' / 'ü')
    capsys.readouterr()
    build(tmp_path, *arguments)
    assert '1 written, 1 existed already, 0 failed.' in capsys.readouterr().out
    build(tmp_path, '--task', 'rgb', '--ext', 'mp4', '--out-format', 'png')  # without --resume: again
    assert not first.exists() and first.with_suffix('.png').exists()
    assert (frames / 'run' / 'a b' / 'notes.txt').read_text() == 'kept'
    assert (frames / 'run' / 'a b' / 'flow_y_00004.jpg').exists()


def test_one_bad_file_stops_nothing_and_is_reported(tmp_path, videos, capsys):
    (videos / 'run' / 'empty.mp4').touch()
    (videos / 'run' / 'text.mp4').write_text('no video')
    write_video(videos / 'run' / 'one.mp4', moving_texture(1, 46, 62))
    with pytest.raises(SystemExit) as error:
        build(tmp_path, '--ext', 'mp4', '--flow-type', 'dis', '--new-short', 32)
    assert error.value.code == 1
    assert '2 written, 0 existed already, 3 failed.' in capsys.readouterr().out
    report = dict(line.partition('\t')[::2] for line in (tmp_path / 'report.txt').read_text().splitlines())
    reasons = {Path(source).name: reason for source, reason in report.items()}
    assert reasons['ü.MP4'] == '' and len(reasons) == 5
    assert 'has one frame, and flow leads from a frame to the next one' in reasons['one.mp4']
    assert 'Cannot decode' in reasons['text.mp4'] and 'empty.mp4' in reasons['empty.mp4']
    assert not [name for name in listing(tmp_path / 'frames') if 'part' in name]
    with RawFrameReader(tmp_path / 'frames/run/a b', 'flow_{}_{:05d}.jpg', modality='Flow') as flow:
        assert flow.size == (32, 43)


def test_flow_of_frames_that_were_extracted_before(tmp_path, videos):
    frames = build(tmp_path, '--task', 'rgb', '--mixed-ext', '--use-opencv', '--new-width', 64, '--new-height', 48)
    assert len(listing(frames)) == 3 * NUM_FRAMES
    for path in sorted((frames / 'run' / 'odd').iterdir()):
        path.rename(path.with_name(path.name[4:]))  # 00001.jpg, as in Something-Something V1
    arguments = ['--input-frames', '--report-file', str(tmp_path / 'r.txt'), '--num-worker', '0', '--flow-type', 'dis']
    build_rawframes.main([str(frames), str(frames), *arguments, '--flow-name', '{}_{:05d}'])
    assert sorted(os.listdir(frames / 'run' / 'odd'))[4:7] == ['00005.jpg', 'x_00001.jpg', 'x_00002.jpg']
    assert len(listing(frames)) == 3 * (NUM_FRAMES + 2 * (NUM_FRAMES - 1))
    with pytest.raises(SystemExit):
        build_rawframes.main([str(frames), str(frames), *arguments, '--task', 'rgb'])


def test_videos_of_frames(tmp_path, videos, capsys):
    frames = build(tmp_path, '--task', 'rgb', '--mixed-ext')
    command = [str(frames), str(tmp_path / 'again'), '--num-worker', '0', '--fps', '10']
    with pytest.raises(SystemExit):
        build_videos.main(command)
    assert 'There is no' in (out := capsys.readouterr().out) and 'img_00000.jpg. Check --start-idx' in out
    build_videos.main([*command, '--start-idx', '1'])
    assert listing(tmp_path / 'again') == ['run/a b.mp4', 'run/odd.mp4', 'springen/ü.mp4']
    with open_video(tmp_path / 'again/run/odd.mp4') as video, open_video(videos / 'run/odd.avi') as source:
        assert (video.num_frames, video.avg_fps, video.size) == (NUM_FRAMES, 10, source.size)
        assert np.abs(video.get_frames([4]).astype(int) - source.get_frames([4])).mean() < 6
    (tmp_path / 'again/run/odd.mp4').write_text('kept')
    build_videos.main([*command, '--start-idx', '1', '--resume'])
    assert (tmp_path / 'again/run/odd.mp4').read_text() == 'kept'
    for arguments, message in (
        (['--vcodec', 'none'], '--vcodec none: this FFmpeg has no such encoder'),
        (['--filename-tmpl', 'img'], "--filename-tmpl 'img' is no pattern of one number"),
        (['--filename-tmpl', '%%'], "--filename-tmpl '%%' "),
    ):
        with pytest.raises(SystemExit):
            build_videos.main([*command, *arguments])
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--ext', 'webm'), r'There is no *.webm at level 2 of'),
        (('--ext', 'mp4', '--level', 1), 'There are some at level 2.'),
        (('--flow-type', 'brox'), '--flow-type brox needs OpenCV'),
        (('--new-width', 30), 'new_width (30) and new_height (0) are given together. new_short alone'),
        (('--new-short', -1), 'new_short (-1) must be at least 0'),
        (('--new-short', 30, '--new-width', 30), 'new_short (30) replaces new_width (30)'),
        (('--part', '3/2', '--ext', 'mp4'), "part ('3/2') must be 'i/n'"),
    ],
)
def test_wrong_arguments(tmp_path, videos, capsys, arguments, message):
    with pytest.raises(SystemExit):
        build(tmp_path, *arguments)
    assert message in capsys.readouterr().err


def test_size_of_frames():
    image = np.zeros((40, 60, 3), np.uint8)
    assert FrameSize().apply(image) is image
    assert FrameSize(short=20).apply(image).shape == (20, 30, 3)
    assert FrameSize(width=10, height=50).apply(image).shape == (50, 10, 3)


def test_h5_needs_its_package(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'h5py', None)
    with pytest.raises(ImportError, match='pip install h5py'):
        FrameFiles(('rgb',), file_format='h5')
