"""From the files that data sets are released with to lists, clips and features, through the command lines."""

from __future__ import annotations

import csv
import json
import pickle
import shutil
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmaction.cli.data import compress_nturgbd
from mmaction.cli.data.activitynet import download as anet_download
from mmaction.cli.data.gym import download as gym_download
from mmaction.cli.data.gym import generate_file_list, trim_event, trim_subaction
from mmaction.cli.data.hacs import generate_anotations, generate_list, write_feature_csv
from mmaction.cli.data.hvu import download as hvu_download
from mmaction.cli.data.kinetics import download
from mmaction.cli.data.msrvtt import compress
from mmaction.cli.data.omnisource import trim_raw_video
from mmaction.cli.data.video_retrieval import prepare_msrvtt, prepare_msvd
from mmaction.datasets import ActivityNetDataset, VideoDataset
from mmaction.video import open_video, write_image, write_video


def length(path: Path) -> int:
    with open_video(path) as reader:
        return reader.num_frames


def fails(capsys, run, *words: str) -> str:
    with pytest.raises(SystemExit):
        run([*map(str, words)])
    return capsys.readouterr().err


@pytest.fixture
def mirror(tmp_path: Path, clip_path: str) -> Path:
    """A mirror of Kinetics-400 with two archives: of three listed clips it has two, and one that nobody listed."""
    folder = tmp_path / 'mirror' / '400' / 'val'
    folder.mkdir(parents=True)
    content = (('part_0', ['a_000000_000010', 'x_000001_000002']), ('part_1', ['b_-_000005_000015']))
    for name, clips in content:
        with tarfile.open(folder / f'{name}.tar.gz', 'w:gz') as tar:
            for clip in clips:
                tar.add(clip_path, f'{clip}.mp4')
    urls = [(folder / f'{name}.tar.gz').as_uri() for name, _ in content]
    (folder / 'k400_val_path.txt').write_text('\n'.join(urls))
    rows = 'air drumming,a,0,10,validate,0\nair drumming,b_-,5,15,validate,0\nyoga,gone,7,17,validate,0\n'
    annotations = tmp_path / 'kinetics400' / 'annotations'
    annotations.mkdir(parents=True)
    (annotations / 'kinetics_val.csv').write_text('label,youtube_id,time_start,time_end,split,is_cc\n' + rows)
    return tmp_path / 'mirror'


def test_kinetics_from_the_mirror(mirror: Path, tmp_path: Path, capsys) -> None:
    root = tmp_path / 'kinetics400'
    words = [
        str(root / 'annotations/kinetics_val.csv'),
        str(root / 'videos_val'),
        '-n',
        '1',
        '-t',
        str(tmp_path / 'tmp'),
    ]
    download.main([*words, '--mirror', mirror.as_uri()])
    out = capsys.readouterr().out
    assert f'2 of 3 videos are in {root}/videos_val. 1 are missing (gone_000007_000017)' in out
    videos = sorted(str(path.relative_to(root)) for path in root.rglob('*.mp4'))
    folder = 'videos_val/air drumming'
    assert videos == [f'{folder}/a_000000_000010.mp4', f'{folder}/b_-_000005_000015.mp4']
    assert length(root / videos[0]) == 30 and not list((tmp_path / 'tmp').iterdir())
    with open(root / 'videos_val_missing.csv', newline='') as file:
        assert list(csv.reader(file)) == [
            ['label', 'youtube_id', 'time_start', 'time_end'],
            ['yoga', 'gone', '7', '17'],
        ]

    # what is done is not fetched again: the mirror may be gone but for its index
    shutil.rmtree(root / folder)
    download.main([*words, '--mirror', mirror.as_uri()])
    assert '2 existed already' in capsys.readouterr().out
    nameless = fails(capsys, download.main, tmp_path / 'kinetics400/../k/val.csv', tmp_path / 'x')
    assert 'No such file' in nameless
    error = fails(capsys, download.main, *words, '--mirror', (tmp_path / 'none').as_uri())
    assert error.startswith('error: ') and 'k400_val_path.txt' in error


def test_missing_videos_are_listed_and_not_fetched(tmp_path: Path, capsys) -> None:
    (tmp_path / 'videos').mkdir()
    for name in ('v_a.mp4', 'c_1_2.mp4', 'id.mkv'):
        (tmp_path / 'videos' / name).touch()
    (tmp_path / 'activity_net.v1-3.min.json').write_text(json.dumps({'database': {'a': {}, 'b': {}}}))
    anet_download.main(['--data-dir', str(tmp_path)])
    assert '1 of 2 videos are in' in capsys.readouterr().out
    assert (tmp_path / 'videos_missing.txt').read_text() == 'v_b\n'
    (tmp_path / 'hvu.csv').write_text('Tags,youtube_id,time_start,time_end\nx|y,c,1,2\nz,d,3,4\n')
    hvu_download.main([str(tmp_path / 'hvu.csv'), str(tmp_path / 'videos'), '-n', '2', '-t', 'x', '-f', '%d'])
    assert '1 are missing (d_3_4)' in capsys.readouterr().out
    assert (tmp_path / 'videos_missing.csv').read_text().split() == ['Tags,youtube_id,time_start,time_end', 'z,d,3,4']
    (tmp_path / 'annotation.json').write_text(json.dumps({'id': {}}))
    gym_download.main([str(tmp_path / 'annotation.json'), str(tmp_path / 'videos'), '-n', '2'])
    assert capsys.readouterr().out.strip() == f'1 of 1 videos are in {tmp_path}/videos.'


def test_gym_from_videos_to_lists(tmp_path: Path, clip_path: str, capsys) -> None:
    """The clip has 30 frames, 25 per second."""
    root = ['--data-root', str(tmp_path)]
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'videos').mkdir()
    segments = {
        'A_0000_0000': dict(stages=1, timestamps=[[0.0, 0.4]]),
        'A_0001_0001': dict(timestamps=[[0.2, 0.3], [0.5, 0.8]]),
    }
    annotation = {
        'vid': {
            'E_0_1': dict(event=1, timestamps=[[0.2, 1.0]], segments=segments),
            'E_1_1': dict(timestamps=[[0, 0.2]], segments=None),
        },
        'gone': {'E_0_9': dict(timestamps=[[0, 9]], segments=None)},
    }
    (tmp_path / 'annotations' / 'annotation.json').write_text(json.dumps(annotation))
    for split, line in (
        ('train', 'vid_E_0_1_A_0000_0000 7\nlost_E_0_1_A_0_0 8\n'),
        ('val', 'vid_E_0_1_A_0001_0001 9\n'),
    ):
        (tmp_path / 'annotations' / f'gym99_{split}_org.txt').write_text(line)
    assert 'None of the 2 annotated videos is in' in fails(capsys, trim_event.main, *root)
    shutil.copy(clip_path, tmp_path / 'videos' / 'vid.mp4')
    trim_event.main(root)
    trim_subaction.main(root)
    assert '2 written, 0 existed already, 0 failed' in capsys.readouterr().out
    sizes = {path.name: length(path) for folder in ('events', 'subactions') for path in (tmp_path / folder).iterdir()}
    assert sizes == {
        'vid_E_0_1.mp4': 20,
        'vid_E_1_1.mp4': 5,
        'vid_E_0_1_A_0000_0000.mp4': 10,
        'vid_E_0_1_A_0001_0001.mp4': 15,
    }
    frames = tmp_path / 'subaction_frames' / 'vid_E_0_1_A_0001_0001'
    frames.mkdir(parents=True)
    for name in ('img_00001.jpg', 'flow_x_00001.jpg', 'flow_y_00001.jpg', 'img_00002.jpg'):
        (frames / name).touch()
    generate_file_list.main(root)
    lists = {
        path.name: path.read_text() for path in (tmp_path / 'annotations').glob('gym99_*') if 'org' not in path.name
    }
    assert lists == {
        'gym99_train.txt': 'vid_E_0_1_A_0000_0000.mp4 7\n',
        'gym99_val.txt': 'vid_E_0_1_A_0001_0001.mp4 9\n',
        'gym99_train_frame.txt': '',
        'gym99_val_frame.txt': 'vid_E_0_1_A_0001_0001 2 9\n',
    }
    dataset = VideoDataset(
        str(tmp_path / 'annotations/gym99_val.txt'), [], data_prefix=dict(video=str(tmp_path / 'subactions'))
    )
    assert dataset[0]['label'] == 9


def test_hacs_from_videos_to_features(tmp_path: Path, clip_path: str, capsys) -> None:
    root = ['--data-root', str(tmp_path)]
    segment = {'segment': [0.1, 0.9], 'label': 'Archery'}
    database = {
        'a': {'subset': 'training', 'annotations': [segment]},
        'b': {'subset': 'validation', 'annotations': []},
        'gone': {'subset': 'testing', 'annotations': []},
    }
    (tmp_path / 'HACS_segments_v1.1.1.json').write_text(json.dumps({'database': database}))
    for name in ('training/v_a.mp4', 'validation/v_b.mp4'):
        (tmp_path / 'videos' / name).parent.mkdir(parents=True)
        shutil.copy(clip_path, tmp_path / 'videos' / name)
    generate_list.main(root)
    assert (tmp_path / 'hacs_data.txt').read_text() == 'training/v_a.mp4\nvalidation/v_b.mp4\n'
    assert '2 of 3 videos are in' in capsys.readouterr().out and (tmp_path / 'hacs_missing.txt').read_text() == 'gone\n'

    scores = np.arange(12, dtype=np.float32).reshape(3, 4)
    result = tmp_path / 'result.pkl'
    result.write_bytes(pickle.dumps([{'pred_score': scores}, {'pred_score': scores[:1]}]))
    write_feature_csv.main([str(result), *root])
    generate_anotations.main(root)
    annotation = json.loads((tmp_path / 'hacs_anno_train.json').read_text())
    assert annotation == {
        'v_a': dict(duration_second=1.2, duration_frame=30, feature_frame=30, fps=25.0, annotations=[segment])
    }
    dataset = ActivityNetDataset(
        str(tmp_path / 'hacs_anno_val.json'),
        [dict(type='LoadLocalizationFeature')],
        data_prefix=dict(video=str(tmp_path / 'slowonly_feature')),
        test_mode=True,
    )
    np.testing.assert_allclose(dataset[0]['raw_feature'], np.tile(scores[0][:, None], 100))
    feature = np.loadtxt(tmp_path / 'slowonly_feature' / 'v_a.csv', delimiter=',', skiprows=1)
    assert feature.shape == (100, 4) and np.all(np.diff(feature[:, 0]) > 0) and feature[-1, 3] <= 11

    result.write_bytes(pickle.dumps([{'pred_score': scores[0]}] * 2))
    assert 'the scores have shape (4,) instead of (clips, classes)' in fails(
        capsys, write_feature_csv.main, result, *root
    )
    result.write_bytes(pickle.dumps([{'pred_score': scores}]))
    assert 'has 1 videos, but hacs_data.txt lists 2' in fails(capsys, write_feature_csv.main, result, *root)


def test_smaller_videos_and_images(tmp_path: Path, clip_path: str, capsys) -> None:
    """The clip has 96 x 128 pixels."""
    source = tmp_path / 'in'
    (source / 'deep').mkdir(parents=True)
    shutil.copy(clip_path, source / 'deep' / 'a.mp4')
    (source / 'bad.mp4').write_text('no video')
    write_image(source / 'x.png', np.zeros((40, 20, 3), np.uint8))
    words = ['--input_root', str(source), '--output_root', str(tmp_path / 'out'), '--num_workers', '0']
    compress.main([*words, '--fps', '5', '--size', '48'])
    assert '1 written, 0 existed already, 1 failed' in capsys.readouterr().out
    with open_video(tmp_path / 'out/deep/a.mp4') as reader:
        assert (reader.num_frames, reader.avg_fps, reader.size) == (6, 5.0, (48, 64))
    (tmp_path / 'list.txt').write_text('x.png\n')
    compress.main(
        [*words, '--file_type', 'image', '--size', '10', '--input_file_list_path', str(tmp_path / 'list.txt')]
    )
    assert cv2.imread(str(tmp_path / 'out/x.png')).shape == (20, 10, 3)
    assert '--fps (0) must be at least 1' in fails(capsys, compress.main, *words, '--fps', '0')
    (source / 'S001C001P001R001A001_rgb.avi').write_bytes((source / 'deep/a.mp4').read_bytes())
    compress_nturgbd.main(['--src', str(source), '--dst', str(tmp_path / 'ntu'), '--short-side', '32'])
    with open_video(tmp_path / 'ntu/S001C001P001R001A001.mp4') as reader:
        assert (reader.num_frames, min(reader.size)) == (30, 32)


def test_raw_video_becomes_clips_of_ten_seconds(tmp_path: Path) -> None:
    video = tmp_path / 'web.mp4'
    write_video(video, [np.full((32, 32, 3), 4 * number, np.uint8) for number in range(50)], fps=2)
    trim_raw_video.main([str(video), '--keep'])
    lengths = [length(tmp_path / 'web' / f'part_{number}.mp4') for number in range(3)]
    assert lengths == [20, 20, 10] and len(list((tmp_path / 'web').iterdir())) == 3 and video.exists()
    trim_raw_video.main([str(video)])
    assert not video.exists()


def test_captions_of_retrieval(tmp_path: Path, capsys) -> None:
    folder = tmp_path / 'msrvtt_data'
    folder.mkdir()
    sentences = [dict(video_id=f'video{i}', caption=f'caption {i} {k}', sen_id=k) for i in range(3) for k in range(2)]
    (folder / 'MSRVTT_data.json').write_text(json.dumps(dict(videos=[], sentences=sentences)))
    (folder / 'MSRVTT_train.9k.csv').write_text('video_id\nvideo0\nvideo1\n')
    (folder / 'MSRVTT_train.7k.csv').write_text('video_id\nvideo0\n')
    (folder / 'MSRVTT_JSFUSION_test.csv').write_text(
        'key,vid_key,video_id,sentence\nret0,msr2,video2,"a man, a plan"\n'
    )
    prepare_msrvtt.main(['--data-root', str(tmp_path)])
    assert json.loads((tmp_path / 'train_9k.json').read_text()) == {
        'video0.mp4': ['caption 0 0', 'caption 0 1'],
        'video1.mp4': ['caption 1 0', 'caption 1 1'],
    }
    assert json.loads((tmp_path / 'test_JSFUSION.json').read_text()) == {'video2.mp4': ['a man, a plan']}
    assert 'train_7k.json: 1 videos, 2 captions' in capsys.readouterr().out
    folder = tmp_path / 'msvd_data'
    folder.mkdir()
    (folder / 'raw-captions.pkl').write_bytes(
        pickle.dumps({'v_1_2': [['a', 'dog']], 'w_3_4': [['a', 'cat']]}, protocol=2)
    )
    for part, names in (('train', 'v_1_2'), ('val', 'w_3_4'), ('test', 'w_3_4')):
        (folder / f'{part}_list.txt').write_text(f'{names}\n')
    prepare_msvd.main(['--data-root', str(tmp_path)])
    assert json.loads((tmp_path / 'val.json').read_text()) == {'w_3_4.avi': ['a cat']}
