"""The tools that make and check annotations of skeletons."""

from __future__ import annotations

import pickle
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from mmaction.cli.data import babel2mma2, check_pose_annotations, gen_ntu_rgbd_raw, ntu_pose_extraction
from mmaction.datasets import PoseDataset
from mmaction.datasets.ntu_skeletons import SampleName, main_persons, read_skeleton
from mmaction.testing import moving_texture
from mmaction.video import write_video


# --- the checker -----------------------------------------------------------------------------------------------------
def pose(name: str, label: int = 0, persons: int = 1, frames: int = 5, points: int = 17, **changes) -> dict:
    rng = np.random.default_rng(0)
    sample = dict(
        frame_dir=name,
        label=label,
        img_shape=(240, 320),
        total_frames=frames,
        keypoint=rng.uniform(50, 200, (persons, frames, points, 2)).astype(np.float16),
        keypoint_score=rng.uniform(0.1, 1, (persons, frames, points)).astype(np.float16),
    )
    return sample | changes


def write(folder: Path, content: object, name: str = 'ann.pkl') -> str:
    (folder / name).write_bytes(pickle.dumps(content))
    return str(folder / name)


def test_a_good_file_passes(tmp_path: Path, capsys) -> None:
    samples = [pose(f's{i}', label=i % 3, frames=4 + i) for i in range(6)]
    file = write(tmp_path, dict(split=dict(train=['s0', 's1', 's2', 's3'], val=['s4', 's5']), annotations=samples))
    check_pose_annotations.main([file, '--num-classes', '3'])
    out = capsys.readouterr().out
    assert '6 samples, 6 of them readable' in out and '4 to 9 frames, median 6' in out
    assert '17 joints of 2 coordinates with scores, float16' in out and '3 labels, 0 to 2' in out
    assert "split 'train': 4 samples" in out and out.endswith('Nothing is wrong.\n') and 'note:' not in out


def test_all_that_is_wrong_is_listed(tmp_path: Path, capsys) -> None:
    nan = pose('nan')
    nan['keypoint'][0, 0, 0] = np.nan
    samples = [
        pose('good'),
        nan,
        pose('nobody', persons=0),
        pose('frames', total_frames=9),
        pose('empty', keypoint=np.zeros((1, 0, 17, 2)), keypoint_score=np.zeros((1, 0, 17)), total_frames=0),
        pose('label', label=7),
        pose('type', keypoint=pose('x')['keypoint'].astype(object)),
        pose('hand', points=21),
        pose('good'),
        {key: value for key, value in pose('lacks').items() if key != 'keypoint'},
        'text',
    ]
    file = write(tmp_path, dict(split=dict(train=['good', 'good', 'gone'], val=[]), annotations=samples))
    with pytest.raises(SystemExit) as stop:
        check_pose_annotations.main([file, '--num-classes', '3'])
    assert stop.value.code == 1
    out = capsys.readouterr().out
    wrong = [line.removeprefix('wrong: ') for line in out.splitlines() if line.startswith('wrong: ')]
    expected = [
        "sample 1 ('nan'): keypoint: 2 of 170 values are not numbers (NaN); a missing joint is 0, with the score 0",
        "sample 2 ('nobody'): keypoint: has no persons (shape (0, 5, 17, 2))",
        "sample 3 ('frames'): keypoint: has 5 frames (shape (1, 5, 17, 2)), total_frames is 9",
        "sample 4 ('empty'): total_frames: must be an integer of at least 1, found 0",
        "sample 4 ('empty'): keypoint: has no frames (shape (1, 0, 17, 2))",
        "sample 5 ('label'): label: label 7 is out of [0, 3). Correct the label, or num_classes of the dataset",
        "sample 6 ('type'): keypoint: must hold numbers, found dtype object",
        "sample 9 ('lacks'): keypoint: missing",
        'sample 10: sample: must be a dict, found str',
        "sample 7 ('hand'): keypoint: has 21 joints of 2 coordinates with scores, "
        'most samples have 17 joints of 2 coordinates with scores',
        "2 samples are named 'good'",
        "split 'train': lists 'good' 2 times",
        "split 'train': there is no sample named 'gone'",
        "split 'val': has no samples",
    ]
    assert wrong == expected
    assert f'{len(expected)} problems' in out and "8 samples are in no split, e.g. 'nan'" in out


def test_notes_do_not_fail(tmp_path: Path, capsys) -> None:
    flipped = pose('flipped', img_shape=(60, 320))
    samples = [flipped, pose('zero'), pose('score'), pose('unit'), pose('lost'), pose('both', label=2)]
    samples[1]['keypoint'][:] = 0
    samples[2]['keypoint_score'][:] = 40
    samples[3]['keypoint'] /= 200
    split = dict(train=['flipped', 'zero', 'score', 'unit'], val=['both', 'zero'])
    file = write(tmp_path, dict(split=split, annotations=samples))
    check_pose_annotations.main([file])
    notes = [line.removeprefix('note: ') for line in capsys.readouterr().out.splitlines() if line.startswith('note')]
    assert notes == [
        "1 samples are in no split, e.g. 'lost'",
        "1 samples are in both 'train' and 'val', e.g. 'zero'",
        "labels [2] are in 'val' and not in 'train'",
        '1 samples: most joints lie outside the frame (img_shape is (h, w), joints are (x, y)), '
        "e.g. sample 0 ('flipped')",
        "1 samples: all joints are at 0, e.g. sample 1 ('zero')",
        "1 samples: scores lie outside 0..1, e.g. sample 2 ('score')",
        "1 samples: joints lie in 0..1, pixels are expected, e.g. sample 3 ('unit')",
    ]


def test_the_list_may_be_cut(tmp_path: Path, capsys) -> None:
    file = write(tmp_path, [pose(f's{i}', label=-1) for i in range(5)])
    with pytest.raises(SystemExit):
        check_pose_annotations.main([file, '--limit', '2'])
    out = capsys.readouterr().out
    assert out.count('label -1 is negative') == 2 and '... and 3 more' in out
    check_pose_annotations.main([file, '--unlabelled'])


@pytest.mark.parametrize('name', ['check_annotations', 'gen_ntu_rgbd_raw', 'ntu_pose_extraction', 'babel2mma2'])
def test_the_scripts_run(name: str, root: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, 'argv', [name, '--help'])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(root / f'tools/data/skeleton/{name}.py'), run_name='__main__')
    assert stop.value.code == 0 and f'usage: {name}' in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told_in_a_line(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        check_pose_annotations.main([str(tmp_path / 'no.pkl')])
    error = capsys.readouterr().err
    assert stop.value.code == 1 and error.startswith('error: There is no file') and error.count('\n') == 1


# --- NTU's raw skeletons ---------------------------------------------------------------------------------------------
def write_skeleton(folder: Path, name: str, bodies: list[list[np.ndarray]]) -> Path:
    """``bodies``: for each frame the (25, 3) joints of each body."""
    lines = [str(len(bodies))]
    for frame in bodies:
        lines.append(str(len(frame)))
        for joints in frame:
            lines += ['72057594037944738 0 1 1 0 0 0 0.1 -0.2 2', '25']
            lines += [' '.join(f'{x:.6f}' for x in (*joint, *range(8), 2)) for joint in joints]
    path = folder / f'{name}.skeleton'
    path.write_text('\n'.join(lines) + '\n')
    return path


@pytest.fixture
def raw(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """Four files, and the joints of one who moves, (T, 25, 3)."""
    folder = tmp_path / 'raw'
    folder.mkdir()
    rng = np.random.default_rng(0)
    walker = rng.uniform(-1, 1, (4, 25, 3)).round(4).astype(np.float32) * np.float32([1, 1, 2])
    chair = np.tile(rng.uniform(-0.1, 0.1, (25, 3)).round(4).astype(np.float32), (4, 1, 1))
    write_skeleton(folder, 'S001C001P001R001A001', [[chair[t], walker[t]] for t in range(4)])
    write_skeleton(folder, 'S001C002P003R002A060', [[walker[t]] if t != 1 else [] for t in range(4)])
    write_skeleton(folder, 'S002C003P001R001A002', [[], []])
    write_skeleton(folder, 'S002C001P002R001A061', [[walker[0]]])
    write_skeleton(folder, 'S002C001P002R001A003', [[walker[0]]])
    return folder, walker


def test_raw_files_are_read_exactly(raw) -> None:
    folder, walker = raw
    data = read_skeleton(folder / 'S001C001P001R001A001.skeleton')
    assert data.shape == (4, 4, 25, 3) and np.allclose(data[1], walker, atol=1e-6) and not data[2:].any()
    persons = main_persons(data)
    assert len(persons) == 2 and np.array_equal(persons[0], data[1]) and np.array_equal(persons[1], data[0])
    assert main_persons(data, 1).shape == (1, 4, 25, 3)
    assert main_persons(data[2:]).shape == (0, 4, 25, 3)


def test_raw_files_that_are_cut_short_are_named(raw, tmp_path: Path) -> None:
    folder, _ = raw
    text = (folder / 'S001C001P001R001A001.skeleton').read_text()
    for length in (len(text) // 2, 4):
        (tmp_path / 'cut.skeleton').write_text(text[:length])
        with pytest.raises(ValueError, match=r'cut\.skeleton is no skeleton file of NTU RGB\+D, or is cut short'):
            read_skeleton(tmp_path / 'cut.skeleton')


def test_raw_files_become_an_annotation(raw, tmp_path: Path, capsys) -> None:
    folder, walker = raw
    ignored = tmp_path / 'ignored.txt'
    ignored.write_text('S002C001P002R001A003\n')
    options = ['--data-path', str(folder), '--out-folder', str(tmp_path / 'out'), '--per-benchmark']
    gen_ntu_rgbd_raw.main([*options, '--ignored-sample-path', str(ignored)])
    out = capsys.readouterr().out
    assert '2 samples, 1 without a body left out: xsub_train 1, xview_val 1, xsub_val 1, xview_train 1' in out

    file = str(tmp_path / 'out/ntu60_3d.pkl')
    check_pose_annotations.main([file, '--num-classes', '60'])
    dataset = PoseDataset(file, [dict(type='PreNormalize3D'), dict(type='GenSkeFeat')], split='xsub_val')
    assert len(dataset) == 1
    info = dataset.get_data_info(0)
    assert info['label'] == 59 and info['keypoint'].shape == (1, 4, 25, 3) and not info['keypoint'][0, 1].any()
    assert np.allclose(info['keypoint'][0, 2], walker[2], atol=1e-6)
    assert dataset[0]['keypoint'].shape == (1, 3, 25, 3)  # the frame without anybody is left out
    assert (
        PoseDataset(str(tmp_path / 'out/xview/train.pkl'), []).get_data_info(0)['frame_dir'] == 'S001C002P003R002A060'
    )

    gen_ntu_rgbd_raw.main([*options, '--task', 'ntu120', '--ignored-sample-path', ''])
    assert len(PoseDataset(str(tmp_path / 'out/ntu120_3d.pkl'), [], split='xset_train')) == 2


def test_missing_folders_and_lists_are_named(tmp_path: Path, capsys) -> None:
    for options, message in (
        (['--data-path', str(tmp_path / 'no'), '--ignored-sample-path', ''], 'There is no folder'),
        (['--data-path', str(tmp_path), '--keep-incomplete'], 'has no *.skeleton file of ntu60'),
        (['--data-path', str(tmp_path), '--task', 'ntu120'], 'The authors list 535 samples of ntu120'),
        (['--data-path', str(tmp_path), '--ignored-sample-path', 'no.txt'], 'There is no list of samples to leave out'),
    ):
        with pytest.raises(SystemExit):
            gen_ntu_rgbd_raw.main(options)
        assert message in capsys.readouterr().err


def test_list_of_missing_skeletons_is_found_or_asked_for(raw, tmp_path: Path, monkeypatch, capsys) -> None:
    folder, _ = raw
    monkeypatch.chdir(tmp_path)
    options = ['--data-path', str(folder), '--out-folder', str(tmp_path / 'out')]
    with pytest.raises(SystemExit):
        gen_ntu_rgbd_raw.main(options)
    error = capsys.readouterr().err
    assert 'no list of samples to leave out at NTU_RGBD_samples_with_missing_skeletons.txt nor at' in error
    assert '302 samples of ntu60' in error and '--keep-incomplete' in error and not (tmp_path / 'out').exists()
    # as the authors publish it: with a heading
    text = 'The following samples have missing skeletons:\n\nS002C001P002R001A003\n'
    Path('NTU_RGBD_samples_with_missing_skeletons.txt').write_text(text)
    gen_ntu_rgbd_raw.main(options)
    assert '2 samples, 1 without a body left out' in capsys.readouterr().out
    gen_ntu_rgbd_raw.main([*options, '--keep-incomplete'])
    assert '3 samples, 1 without a body left out' in capsys.readouterr().out
    Path('wrong.txt').write_text('nothing\n')
    with pytest.raises(SystemExit):
        gen_ntu_rgbd_raw.main([*options, '--ignored-sample-path', 'wrong.txt'])
    assert 'wrong.txt names no sample of NTU RGB+D' in capsys.readouterr().err


def test_names_tell_benchmarks() -> None:
    name = SampleName.parse('S017C003P020R002A106_rgb')
    assert (name.setup, name.camera, name.subject, name.repetition, name.action) == (17, 3, 20, 2, 106) and name.mutual
    assert name.splits('ntu60') == ['xsub_val', 'xview_train'] and name.splits('ntu120') == ['xsub_val', 'xset_val']
    assert SampleName.parse('S018C001P103R001A049').splits('ntu120') == ['xsub_train', 'xset_train']
    assert not SampleName.parse('S018C001P103R001A049').mutual
    with pytest.raises(ValueError, match="'clip' is no name"):
        SampleName.parse('clip')


# --- others ----------------------------------------------------------------------------------------------------------
def test_poses_of_a_video(tmp_path: Path) -> None:
    video = tmp_path / 'S001C001P001R001A051_rgb.mp4'
    write_video(video, moving_texture(num_frames=6, height=48, width=64), fps=12)
    rng = np.random.default_rng(0)
    keypoint = rng.uniform(5, 40, (3, 6, 17, 2)).astype(np.float32)
    score = np.stack([np.full((6, 17), level, np.float32) for level in (0.3, 0.9, 0.6)])
    poses = write(tmp_path, dict(keypoint=keypoint, keypoint_score=score, img_shape=(48, 64)), 'poses.pkl')
    out = tmp_path / 'out.pkl'
    ntu_pose_extraction.main([str(video), str(out), '--poses', poses, '--skip-postproc'])
    got = pickle.loads(out.read_bytes())
    assert np.allclose(got['keypoint'], keypoint) and np.allclose(got['keypoint_score'], score)
    assert got['label'] == 50 and got['frame_dir'] == 'S001C001P001R001A051' and got['img_shape'] == (48, 64)
    ntu_pose_extraction.main([str(video), str(out), '--poses', poses])
    assert pickle.loads(out.read_bytes())['keypoint'].shape == (2, 6, 17, 2)  # an action of two persons
    check_pose_annotations.main([write(tmp_path, [pickle.loads(out.read_bytes())], 'one.pkl')])


def test_babel(tmp_path: Path) -> None:
    data = np.random.default_rng(0).normal(size=(2, 3, 6, 25, 1)).astype(np.float32)
    np.save(tmp_path / 'x.npy', data)
    labels = write(tmp_path, (['a', 'b'], ([3, 7], ['s0', 's1'], [0, 1], [1, 1])), 'y.pkl')
    out = str(tmp_path / 'babel.pkl')
    babel2mma2.main(['--skeletons', str(tmp_path / 'x.npy'), '--labels', labels, '--out', out])
    info = PoseDataset(out, []).get_data_info(1)
    assert info['frame_dir'] == 'b_s1_1_1' and info['label'] == 7 and info['total_frames'] == 6
    assert np.array_equal(info['keypoint'][0, 4, :, 2], data[1, 2, 4, :, 0].astype(np.float16))
    with pytest.raises(ValueError, match=r'of shape \(2, 3, 6, 25, 1\) do not match 1 names'):
        babel2mma2.convert(data, (['a'], ([0], [0], [0], [0])))
