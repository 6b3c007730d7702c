"""From HVU's csv files to a dataset, through the command lines in ``tools/data/hvu``."""

from __future__ import annotations

import json
import re

import pytest

from mmaction.cli.data.hvu import generate_file_list, generate_sub_file_list, parse_tag_list
from mmaction.datasets import HVUDataset

CSV = 'Tags,youtube_id,time_start,time_end\n'
ROWS = 'tree|surfing|beach,a_-b,5,15\nsurfing,gone,0,10\nbeach,c1,120,130\n'
TAGS = 'Tag,Category\ntree,object\nsurfing,action\n"dog, big",object\nbeach,scene\n'


@pytest.fixture
def data(tmp_path):
    (tmp_path / 'hvu_train.csv').write_text(CSV + ROWS)
    (tmp_path / 'hvu_categories.csv').write_text(TAGS)
    parse_tag_list.main(
        ['--tag-csv', str(tmp_path / 'hvu_categories.csv'), '--output', str(tmp_path / 'hvu_tags.json')]
    )
    (tmp_path / 'videos').mkdir()
    for name in ('a_-b_000005_000015.mp4', 'c1_120_130.mkv', 'other.mp4'):
        (tmp_path / 'videos' / name).touch()
    return tmp_path


def generate(data, mode='videos', src='videos', csv='hvu_train.csv'):
    target = data / f'hvu_train_{mode}.json'
    arguments = ['--input_csv', data / csv, '--src_dir', data / src, '--output', target, '--mode', mode]
    generate_file_list.main([str(argument) for argument in arguments])
    return target


def test_from_csv_to_a_dataset(data, capsys):
    assert json.loads((data / 'hvu_tags.json').read_text()) == {
        'object': ['dog, big', 'tree'],
        'action': ['surfing'],
        'scene': ['beach'],
    }
    target = generate(data)
    assert '2 of 3 clips' in capsys.readouterr().out
    assert json.loads(target.read_text()) == [
        {'filename': 'a_-b_000005_000015.mp4', 'label': {'object': [1], 'action': [0], 'scene': [0]}},
        {'filename': 'c1_120_130.mkv', 'label': {'scene': [0]}},
    ]
    assert len(HVUDataset(str(target), [], ['object', 'action', 'scene'], [2, 1, 1])) == 2
    generate_sub_file_list.main([str(target), 'action'])
    one = data / 'hvu_action_train_videos.json'
    assert json.loads(one.read_text()) == [{'filename': 'a_-b_000005_000015.mp4', 'label': [0]}]
    assert HVUDataset(str(one), [], ['action'], [1])[0]['label'] == {'action': [0]}


def test_folders_of_frames(data):
    folder = data / 'frames' / 'c1_000120_000130'
    folder.mkdir(parents=True)
    for name in ('img_00001.jpg', 'img_00002.jpg', 'flow_x_00001.jpg'):
        (folder / name).touch()
    target = generate(data, 'frames', 'frames')
    want = [{'frame_dir': 'c1_000120_000130', 'total_frames': 2, 'label': {'scene': [0]}}]
    assert json.loads(target.read_text()) == want


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('Tags,youtube_id\nx,y\n', r"lacks the columns \['time_start', 'time_end'\]"),
        (CSV + 'surfing,c1,120,soon\n', r'line 2: time_start \(120\) and time_end \(soon\) must be seconds'),
        (CSV + 'swimming,c1,120,130\n', r"The tag 'swimming' of c1_000120_000130 is in no category"),
        (CSV + 'surfing,c2,1,2\n', r'None of the 1 clips'),
    ],
)
def test_bad_lists(data, capsys, content, message):
    (data / 'bad.csv').write_text(content)
    with pytest.raises(SystemExit):
        generate(data, csv='bad.csv')
    error = capsys.readouterr().err
    assert error.startswith('error: ')
    assert re.search(message, error), error


def test_other_errors(data, capsys):
    (data / 'hvu_tags.json').unlink()
    with pytest.raises(SystemExit):
        generate(data)
    assert 'hvu_tags.json. Make it with tools/data/hvu/parse_tag_list.py' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        generate_sub_file_list.main([str(data / 'train.json'), 'action'])
    assert '(train.json) must contain "hvu"' in capsys.readouterr().err
    (data / 'hvu_categories.csv').write_text('Tag,Category\nalone\n')
    with pytest.raises(SystemExit):
        parse_tag_list.main(['--tag-csv', str(data / 'hvu_categories.csv')])
    assert "line 2: ['alone'] is not a tag and its category" in capsys.readouterr().err
