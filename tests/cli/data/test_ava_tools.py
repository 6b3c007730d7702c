"""From the official files of AVA, AVA-Kinetics and MultiSports to data sets, through the command lines."""

from __future__ import annotations

import csv
import os
import pickle

import numpy as np
import pytest
import torch

from mmaction.cli.data.ava import download_videos_parallel
from mmaction.cli.data.ava_kinetics import (
    cut_kinetics,
    extract_rgb_frames,
    fetch_proposal,
    merge_annotations,
    prepare_annotation,
    softlink_ava,
)
from mmaction.cli.data.multisports import format_det_result, parse_anno
from mmaction.datasets import AVADataset, AVAKineticsDataset
from mmaction.datasets.preparation import ava_kinetics as prep
from mmaction.inference.detect import PersonBoxes
from mmaction.inference.detect.proposals import find_proposals
from mmaction.utils.tube_files import read_tubes
from mmaction.video import open_video, write_frames

ID = 'abcdefghi-_'


# --- AVA -------------------------------------------------------------------------------------------------------------
def test_videos_come_from_the_mirror_and_missing_ones_are_listed(tmp_path, serve, capsys):
    folder = tmp_path / 'mirror'
    folder.mkdir()
    url = serve(folder)
    (folder / 'a.mp4').write_bytes(b'one')
    (tmp_path / 'names.txt').write_text('a.mp4\nb.mkv\n')
    arguments = [str(tmp_path / 'names.txt'), str(tmp_path / 'videos'), '-n', '0', '--num-attempts', '1']
    download_videos_parallel.main([*arguments, '--mirror', url])
    assert (tmp_path / 'videos' / 'a.mp4').read_bytes() == b'one'
    assert (tmp_path / 'videos' / 'missing.txt').read_text() == 'b.mkv\n'
    assert '1 of 2 videos are missing' in capsys.readouterr().out
    (folder / 'b.mkv').write_bytes(b'two')
    download_videos_parallel.main([*arguments, '--mirror', url])
    assert sorted(os.listdir(tmp_path / 'videos')) == ['a.mp4', 'b.mkv']


# --- AVA-Kinetics ----------------------------------------------------------------------------------------------------
def test_cuts_are_the_annotated_seconds_and_two_more():
    boxes = [prep.KineticsBox(ID, second, (0, 0, 1, 1), 1) for second in (4.0, 5.0, 10.0, 26.0)]
    videos = [f'k/{ID}_000000_000010.mp4', f'k/{ID}_000002_000009.mp4', f'k/{ID}_000020_000027.mp4', 'k/other.mp4']
    videos.append('k/ABCDEFGHIJK_000000_000010.mp4')
    cuts = prep.find_cuts(boxes, videos)
    # 10 is the end of the first clip and not inside of it; the second clip lies inside of the first cut
    assert [(cut.name, cut.source, cut.offset_sec) for cut in cuts] == [
        (f'{ID}_000002_000007', videos[0], 0),
        (f'{ID}_000024_000027', videos[2], 20),
    ]


def test_malformed_lines_are_named(tmp_path):
    path = tmp_path / 'kinetics_train_v1.0.csv'
    path.write_text(f'{ID},4.0,,,,\n{ID},4.0,0.1,0.1,0.5,0.5,x\n')
    with pytest.raises(ValueError, match=r"line 2: expected ID,second,x1,y1,x2,y2,label, found '.*,x'"):
        prep.read_kinetics_boxes(str(path))


@pytest.fixture
def kinetics(tmp_path):
    """A clip of 6 s, of which each second has a brightness of its own, and an annotation; AVA with one video."""
    frames = np.zeros((60, 24, 32, 3), np.uint8)
    frames += (np.arange(60) // 10 * 40).astype(np.uint8)[:, None, None, None]
    (tmp_path / 'k700').mkdir()
    write_frames(tmp_path / 'k700' / f'{ID}_000010_000016.mp4', frames, 10)
    write_frames(tmp_path / 'k700' / 'SHORTSHORT1_000000_000010.mp4', frames, 10)
    lines = [f'{ID},13.0,0.1,0.2,0.5,0.9,12', f'{ID},13.0,0.1,0.2,0.5,0.9,17', f'{ID},14.0,,,,']
    lines += ['SHORTSHORT1,9.0,0.1,0.1,0.5,0.5,1', 'gonegonegon,3.0,0.1,0.1,0.5,0.5,1']
    (tmp_path / 'official').mkdir()
    (tmp_path / 'official' / 'kinetics_train_v1.0.csv').write_text('\n'.join(lines) + '\n')
    (tmp_path / 'list.txt').write_text('\n'.join(str(path) for path in sorted((tmp_path / 'k700').iterdir())))
    ava = tmp_path / 'ava'
    (ava / 'rawframes' / 'AVAAVAAVAAV').mkdir(parents=True)
    (ava / 'annotations').mkdir()
    (ava / 'annotations' / merge_annotations.AVA_TRAIN).write_text('AVAAVAAVAAV,0902,0.1,0.1,0.9,0.9,80,1\n')
    proposals = {'AVAAVAAVAAV,0902': np.array([[0.1, 0.1, 0.9, 0.9, 0.95]])}
    (ava / 'annotations' / merge_annotations.AVA_PROPOSALS).write_bytes(pickle.dumps(proposals))
    return tmp_path


def test_from_clips_of_kinetics_to_a_dataset(kinetics, capsys):
    root = kinetics / 'ak'
    at_root = ['--avakinetics_root', str(root)]
    official = ['--avakinetics_anotation', str(kinetics / 'official')]
    cut_kinetics.main([*official, '--kinetics_list', str(kinetics / 'list.txt'), '--num_workers', '0', *at_root])
    report = capsys.readouterr().out
    assert '1 written, 0 existed already, 1 failed' in report
    assert 'has 6.00 s, but its name announces at least 10 s' in report
    assert (root / 'kinetics_missing.txt').read_text() == 'gonegonegon\n'
    name = f'{ID}_000011_000015'  # 13, two seconds before and after
    with open_video(root / 'videos' / f'{name}.mp4') as reader:
        assert (reader.num_frames, reader.avg_fps) == (120, 30)
        for second in range(4):
            assert abs(int(reader.get_frames([second * 30 + 15])[0, 12, 16, 0]) - 40 * (second + 1)) < 6

    extract_rgb_frames.main([*at_root, '--num_workers', '0'])
    assert len(os.listdir(root / 'rawframes' / name)) == 120
    prepare_annotation.main([*official, *at_root])
    lines = (root / 'kinetics_train.csv').read_text().splitlines()
    assert lines == [f'{name},0013,0.100,0.200,0.500,0.900,{label},-1' for label in (12, 17)]
    assert prep.moments_of(lines) == {name: [12, 13, 14]}

    def detector(frame, index):
        assert index in (30, 60, 90)
        return PersonBoxes.of([[3.2, 4.8, 16.0, 21.6]], [frame[0, 0, 0] / 255])

    proposals = find_proposals(detector, str(root / 'rawframes' / name), [12, 13, 14])
    assert list(proposals) == [f'{ID},0012', f'{ID},0013', f'{ID},0014']
    np.testing.assert_allclose(proposals[f'{ID},0013'][0], [0.1, 0.2, 0.5, 0.9, 120 / 255], atol=0.02)
    (root / 'kinetics_proposal.pkl').write_bytes(pickle.dumps(proposals))

    softlink_ava.main(['--ava_root', str(kinetics / 'ava'), *at_root])
    for _ in range(2):  # a second run changes nothing
        merge_annotations.main(at_root)
    own = (kinetics / 'ava' / 'annotations' / merge_annotations.AVA_TRAIN).read_text()
    merged = root / 'annotations' / merge_annotations.AVA_TRAIN
    assert merged.read_text().splitlines() == [*lines, own.strip()]
    assert own == 'AVAAVAAVAAV,0902,0.1,0.1,0.9,0.9,80,1\n'

    dataset = AVAKineticsDataset(
        str(merged),
        None,
        [],
        None,
        proposal_file=str(root / 'annotations' / merge_annotations.AVA_PROPOSALS),
        person_det_score_thr=0.2,
        data_prefix=dict(img=str(root / 'rawframes')),
        annotation_checks='off',  # the frames of AVA are not there
    )
    sample = dataset.get_data_info(0)
    assert (len(dataset), sample['timestamp_start'], sample['shot_info']) == (2, 11, (1, 121))
    np.testing.assert_allclose(sample['proposals'], [[0.1, 0.2, 0.5, 0.9]], atol=1e-6)
    assert np.flatnonzero(sample['gt_labels'][0]).tolist() == [12, 17]


def test_folders_that_are_missing_are_named(tmp_path, capsys):
    for command, arguments, message in (
        (softlink_ava, ['--ava_root', str(tmp_path / 'ava')], 'Prepare AVA first, or give it with --ava_root'),
        (prepare_annotation, [], 'Run cut_kinetics.py and extract_rgb_frames.py first'),
        (merge_annotations, [], 'kinetics_train.csv'),
        (fetch_proposal, ['--detector', 'mmdet'], 'The detector mmdet needs MMDetection, which is not installed'),
    ):
        with pytest.raises(SystemExit):
            command.main([*arguments, '--avakinetics_root', str(tmp_path)])
        assert message in capsys.readouterr().err


# --- MultiSports -----------------------------------------------------------------------------------------------------
@pytest.fixture
def sports(tmp_path):
    """Two videos with a tube each, in pixels of 100 x 50."""
    tube = np.array([[frame, 10, 5, 50, 45] for frame in range(1, 21)], np.float32)
    names = ['aerobic/v_1', 'aerobic/v_2']
    truth = dict(
        labels=['jump', 'turn'],
        gttubes={names[0]: {1: [tube]}, names[1]: {0: [tube[:18]]}},
        nframes=dict.fromkeys(names, 20),
        resolution=dict.fromkeys(names, (50, 100)),
        train_videos=[names[:1]],
        test_videos=[names[1:]],
    )
    (tmp_path / 'trainval').mkdir()
    (tmp_path / 'trainval' / 'multisports_GT.pkl').write_bytes(pickle.dumps(truth))
    return tmp_path


def test_annotation_of_multisports(sports):
    parse_anno.main(['--data-root', str(sports), '--out-root', str(sports), '--dump-proposals'])
    folder = sports / 'annotations'
    rows = list(csv.reader((folder / 'multisports_train.csv').read_text().splitlines()))
    assert len(rows) == 20
    assert rows[0] == ['aerobic/v_1.mp4', '1', '0.100', '0.100', '0.500', '0.900', '1', '0']
    dataset = AVADataset(
        str(folder / 'multisports_val.csv'),
        [],
        proposal_file=str(folder / 'multisports_proposals_val.pkl'),
        num_classes=2,
        use_frames=False,
        fps=1,
        timestamp_start=1,
        start_index=0,
        multilabel=False,
    )
    sample = dataset.get_data_info(17)
    assert (len(dataset), sample['timestamp'], sample['gt_labels'].tolist()) == (18, 18, [[0]])
    np.testing.assert_allclose(sample['proposals'], [[0.1, 0.1, 0.5, 0.9]], rtol=1e-6)
    assert read_tubes(str(folder / 'multisports_GT.pkl')).labels == ['jump', 'turn']


def test_results_for_the_challenge(sports, capsys):
    samples = []
    for frame in range(1, 21):
        instances = dict(bboxes=torch.tensor([[0.1, 0.1, 0.5, 0.9]]), scores=torch.tensor([[0.9 - frame / 100, 0.05]]))
        samples.append(dict(video_id='aerobic/v_2.mp4', timestamp=frame, pred_instances=instances))
    (sports / 'dump.pkl').write_bytes(pickle.dumps(samples))
    truth = str(sports / 'trainval' / 'multisports_GT.pkl')
    files = {name: str(sports / f'{name}.pkl') for name in ('frm_out_path', 'tube_out_path')}
    outputs = [word for name, path in files.items() for word in (f'--{name}', path)]
    format_det_result.main([str(sports / 'dump.pkl'), '--anno-path', truth, *outputs, '--strict'])
    with open(files['frm_out_path'], 'rb') as file:
        boxes = pickle.load(file)
    np.testing.assert_allclose(boxes[2], [0, 3, 0, 0.87, 10, 5, 50, 45], rtol=1e-6)
    with open(files['tube_out_path'], 'rb') as file:
        tubes = pickle.load(file)
    ((video, score, tube),) = tubes[0]
    assert (video, tubes[1], tube.shape[0]) == ('aerobic/v_2', [], 20)
    assert score == pytest.approx(0.9 - 10.5 / 100, abs=1e-3)  # the mean
    with pytest.raises(SystemExit):
        format_det_result.main([str(sports / 'dump.pkl')])
    assert 'give --frm_out_path, --tube_out_path or both' in capsys.readouterr().err
