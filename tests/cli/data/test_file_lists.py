"""Annotation files of data sets, from their official splits and the files that exist."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from mmaction.cli.data import anno_txt2json, build_file_list, denormalize_proposal_file, parse_file_list
from mmaction.datasets import RawframeDataset, VideoDataset


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def kinetics(*rows: str) -> str:
    return '\n'.join(('label,youtube_id,time_start,time_end,split', *rows))


# For each data set: annotation files, a video as the archive has it, its level, and the lines of its lists.
CASES = {
    'ucf101': (
        {
            'classInd.txt': '1 Apply\n2 Bowl\n',
            **{f'trainlist0{i}.txt': 'Bowl/v_a.avi 2\nApply/v_b.avi 1\n' for i in (1, 2, 3)},
            **{f'testlist0{i}.txt': 'Apply/v_c.avi\n' for i in (1, 2, 3)},
        },
        ('Bowl/v_a.avi', 'Apply/v_b.avi', 'Apply/v_c.avi'),
        {
            'ucf101_train_split_1_videos.txt': 'Bowl/v_a.avi 1\nApply/v_b.avi 0\n',
            'ucf101_val_split_3_videos.txt': 'Apply/v_c.avi 0\n',
        },
    ),
    'hmdb51': (
        {
            f'{name}_test_split{i}.txt': f'{name} one.avi 1 \n{name}2.avi 2\n{name}3.avi 0\n'
            for i in (1, 2, 3)
            for name in ('run', 'cartwheel')
        },
        ('run/run one.avi', 'run/run2.avi', 'cartwheel/cartwheel one.avi', 'cartwheel/cartwheel2.avi'),
        {
            'hmdb51_train_split_2_videos.txt': 'cartwheel/cartwheel one.avi 0\nrun/run one.avi 1\n',
            'hmdb51_val_split_2_videos.txt': 'cartwheel/cartwheel2.avi 0\nrun/run2.avi 1\n',
        },
    ),
    'jester': (
        {
            'jester-v1-labels.csv': 'Swiping Left\nNo gesture\n',
            'jester-v1-train.csv': '11;No gesture\n12;Swiping Left\n',
            'jester-v1-validation.csv': '13;Swiping Left\n',
            'jester-v1-test.csv': '14\n',
        },
        ('11.mp4', '12.mp4'),
        {'jester_train_list_videos.txt': '11.mp4 1\n12.mp4 0\n'},
    ),
    'sthv1': (
        {
            'something-something-v1-labels.csv': 'Putting, something\nHolding\n',
            'something-something-v1-train.csv': '5;Holding\n',
            'something-something-v1-validation.csv': '6;Putting, something\n',
            'something-something-v1-test.csv': '7\n',
        },
        ('5.webm',),
        {'sthv1_train_list_videos.txt': '5.webm 1\n'},
    ),
    'sthv2': (
        {
            'labels.json': '{"Holding something": "0", "Moving something up": "1"}',
            'train.json': '[{"id": "5", "template": "Moving [something] up"}]',
            'validation.json': '[{"id": "6", "template": "Holding [something]"}]',
            'something-something-v2-test.json': '[{"id": "7"}]',
        },
        ('5.webm',),
        {'sthv2_train_list_videos.txt': '5.webm 1\n'},
    ),
    'kinetics400': (
        {
            'kinetics_train.csv': kinetics('"riding a bike",a_-b,3,13,train', 'abseiling,c,0,10,train'),
            'kinetics_val.csv': kinetics('abseiling,d,1,11,val'),
        },
        ('riding_a_bike/a_-b_000003_000013.mp4', 'abseiling/c_000000_000010.mkv'),
        {
            'kinetics400_train_list_videos.txt': 'riding_a_bike/a_-b_000003_000013.mp4 1\n'
            'abseiling/c_000000_000010.mkv 0\n'
        },
    ),
    'mit': (
        {
            'moments_categories.txt': 'clapping,0\nplaying+music,1\n',
            'trainingSet.csv': 'playing+music/a.mp4,playing+music,3,0\n',
            'validationSet.csv': 'clapping/b.mp4,clapping,3,0\n',
        },
        ('playing+music/a.mp4',),
        {'mit_train_list_videos.txt': 'playing+music/a.mp4 1\n'},
    ),
    'mmit': (
        {'trainingSet.csv': 'x-y/a.mp4,3,17\n', 'validationSet.csv': 'x-y/b.mp4,4\n'},
        ('x-y/a.mp4',),
        {'mmit_train_list_videos.txt': 'x-y/a.mp4 3 17\n'},
    ),
    'diving48': (
        {
            'Diving48_V2_train.json': '[{"vid_name": "a_1", "label": 7, "start_frame": 0, "end_frame": 9}]',
            'Diving48_V2_test.json': '[{"vid_name": "b_1", "label": 2}]',
        },
        ('a_1.mp4',),
        {'diving48_train_list_videos.txt': 'a_1.mp4 7\n'},
    ),
}


def build(tmp_path: Path, dataset: str, source: str, *arguments: str) -> None:
    root = str(tmp_path / 'data')
    command = [dataset, str(tmp_path / source), '--out-root-path', root, '--ann-root', root, *arguments]
    build_file_list.main(command)


def set_up(tmp_path: Path, dataset: str) -> str:
    """Write annotations and empty videos; returns the level of the videos."""
    annotations, videos, _ = CASES[dataset]
    write(tmp_path / 'data' / dataset / 'annotations', **annotations)
    write(tmp_path / 'videos', **dict.fromkeys(videos, ''))
    return '2' if '/' in videos[0] else '1'


@pytest.mark.parametrize('dataset', CASES)
def test_lists_of_videos(tmp_path, dataset):
    level = set_up(tmp_path, dataset)
    build(tmp_path, dataset, 'videos', '--format', 'videos', '--level', level)
    for name, lines in CASES[dataset][2].items():
        path = tmp_path / 'data' / dataset / name
        assert path.read_text() == lines
        labels = [words.split()[1:] for words in lines.replace('run one', 'run_one').splitlines()]
        records = [*VideoDataset(str(path), [], multi_class=dataset == 'mmit', num_classes=60)]
        assert len(records) == len(labels)


def test_every_data_set_is_covered():
    assert {*CASES, 'kinetics600', 'kinetics700'} == {*parse_file_list.SPLITS}
    assert {*parse_file_list.SPLITS, 'thumos14', 'activitynet'} == {*build_file_list._DATASETS}


def test_missing_videos_are_counted_and_named(tmp_path, capsys):
    set_up(tmp_path, 'kinetics400')
    (tmp_path / 'videos/riding_a_bike').rename(tmp_path / 'videos/riding a bike')  # as some archives have it
    (tmp_path / 'videos/abseiling/c_000000_000010.mkv').unlink()
    build(tmp_path, 'kinetics400', 'videos', '--format', 'videos', '--output-format', 'json')
    out = capsys.readouterr().out
    assert '1 of 2 videos -> ' in out and 'missing: abseiling/c_000000_000010' in out
    path = tmp_path / 'data/kinetics400/kinetics400_train_list_videos.json'
    want = [{'filename': 'riding a bike/a_-b_000003_000013.mp4', 'label': [1]}]
    assert json.loads(path.read_text()) == want
    assert VideoDataset(str(path), [])[0]['label'] == 1


def test_lists_of_frames_and_of_flow(tmp_path, capsys):
    annotations = {'sthv1/annotations/' + name: text for name, text in CASES['sthv1'][0].items()}
    annotations['sthv1/annotations/something-something-v1-train.csv'] = '5;Holding\n6;Putting, something\n'
    write(tmp_path / 'data', **annotations)
    files = {f'5/img_{i:05d}.jpg': '' for i in (1, 2, 3)} | {f'6/img_{i:05d}.jpg': '' for i in (1, 2)}
    files |= {f'5/flow_{d}_{i:05d}.jpg': '' for d in 'xy' for i in (1, 2)}
    write(tmp_path / 'frames', **files)
    build(tmp_path, 'sthv1', 'frames', '--level', '1', '--shuffle', '--seed', '1')
    lists = tmp_path / 'data' / 'sthv1'
    assert sorted((lists / 'sthv1_train_list_rawframes.txt').read_text().splitlines()) == ['5 3 1', '6 2 0']
    assert (lists / 'sthv1_train_list_flow.txt').read_text() == '5 2 1\n'
    assert RawframeDataset(str(lists / 'sthv1_train_list_flow.txt'), [])[0]['total_frames'] == 2

    (tmp_path / 'frames/5/flow_y_00002.jpg').unlink()
    for arguments, message in (
        (['--level', '1'], 'has 2 horizontal and 1 vertical flow images'),
        (['--level', '2'], 'There are no folders of frames at level 2'),
        (['--level', '1', '--rgb-prefix', 'x', '--flow-x-prefix', 'y', '--flow-y-prefix', 'z'], 'Check --rgb-prefix'),
        (['--level', '1', '--subset', 'test', '--flow-y-prefix', 'flow_x_'], 'None of the 1 videos of sthv1_test_list'),
        (['--num-split', '0'], '--num-split (0) must be at least 1'),
    ):
        with pytest.raises(SystemExit):
            build(tmp_path, 'sthv1', 'frames', *arguments)
        assert message in capsys.readouterr().err


def test_untrimmed_data_sets_and_bad_annotations(tmp_path, capsys):
    write(tmp_path / 'videos', **{'a/1.mp4': '', 'a/1.avi': ''})
    for dataset, message in (
        ('activitynet', 'tools/data/activitynet/generate_rawframes_filelist.py writes'),
        ('ucf101', 'which of them?'),
    ):
        with pytest.raises(SystemExit):
            build(tmp_path, dataset, 'videos', '--format', 'videos')
        assert message in capsys.readouterr().err
    with pytest.raises(FileNotFoundError, match=r'There is no classInd\.txt in .*ucf101/annotations: download'):
        parse_file_list.parse_ucf101_splits(1, str(tmp_path))
    write(tmp_path, **{'jester/annotations/jester-v1-labels.csv': 'a', 'jester/annotations/jester-v1-train.csv': '1;b'})
    with pytest.raises(ValueError, match="train has the class 'b', which is none of its 1 classes"):
        parse_file_list.parse_jester_splits(1, str(tmp_path))


def test_the_functions_are_where_scripts_of_1x_import_them(root):
    names = runpy.run_path(str(root / 'tools' / 'data' / 'parse_file_list.py'))
    assert names['parse_directory'] is parse_file_list.parse_directory
    assert names['parse_hmdb51_split'] is parse_file_list.parse_hmdb51_split


def test_annotations_to_json(tmp_path, capsys):
    write(tmp_path, **{'v.txt': 'a b/x.mp4 3\ny.mp4 1 2\n', 'f.txt': 'x 30 4\n\ny 7 0 5\n', 'bad.txt': 'x 30\n'})
    anno_txt2json.main([str(tmp_path / 'v.txt'), '--format', 'videos'])
    want = [{'filename': 'a b/x.mp4', 'label': [3]}, {'filename': 'y.mp4', 'label': [1, 2]}]
    assert json.loads((tmp_path / 'v.json').read_text()) == want
    anno_txt2json.main([str(tmp_path / 'f.txt'), '--output', str(tmp_path / 'o.json')])
    records = json.loads((tmp_path / 'o.json').read_text())
    assert records[1] == {'frame_dir': 'y', 'total_frames': 7, 'label': [0, 5]}
    assert RawframeDataset(str(tmp_path / 'o.json'), [], multi_class=True, num_classes=6)[0]['total_frames'] == 30
    for arguments, message in (
        ([str(tmp_path / 'bad.txt'), '--format', 'videos', '--output', str(tmp_path / 'bad.txt')], 'overwritten'),
        ([str(tmp_path / 'none.txt')], 'There is no annotation file'),
    ):
        with pytest.raises(SystemExit):
            anno_txt2json.main(arguments)
        assert message in capsys.readouterr().err
    assert anno_txt2json.lines2dictlist([['a', '3', '1']], 'rawframes') == [
        {'frame_dir': 'a', 'total_frames': 3, 'label': [1]}
    ]
    with pytest.raises(ValueError, match=r"Line 1 \('x'\) is not \"frame_dir total_frames label"):
        anno_txt2json.lines2dictlist(['x'], 'rawframes')


PROPOSALS = """# 0
video_1
1
1
1
5 0.25 0.5
2
5 0.9 0.95 0.2 0.55
0 0 0 0.0 1.0
# 1
video_2
1
1
0
0
"""


def test_proposals_in_frames(tmp_path, capsys):
    source = tmp_path / 'thumos14_tag_val_normalized_proposal_list.txt'
    source.write_text(PROPOSALS)
    write(tmp_path / 'frames', **{f'video_{n}/img_{i:05d}.jpg': '' for n, c in ((1, 40), (2, 8)) for i in range(c)})
    command = ['thumos14', '--norm-proposal-file', str(source), '--data-prefix', str(tmp_path / 'frames')]
    denormalize_proposal_file.main(command)
    assert (tmp_path / 'thumos14_tag_val_proposal_list.txt').read_text().splitlines() == [
        *('# 0', 'video_1', '40', '1', '1', '5 10 20', '2', '5 0.9000 0.9500 8 22', '0 0.0000 0.0000 0 40'),
        *('# 1', 'video_2', '8', '1', '0', '0'),
    ]
    for text, message in (
        (PROPOSALS.replace('video_2', 'video_9'), 'has no frames of video_9, of 2 videos'),
        (PROPOSALS.replace('5 0.25 0.5', '5 0.25'), "line 6: '5 0.25' has not the 3 columns of segments"),
        (PROPOSALS.replace('# 1', 'video'), "line 10: 'video' is not the"),
        (PROPOSALS.removesuffix('0\n'), 'ends where the number of proposals is expected'),
    ):
        source.write_text(text)
        with pytest.raises(SystemExit):
            denormalize_proposal_file.main(command)
        assert message in capsys.readouterr().err
