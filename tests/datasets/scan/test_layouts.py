"""Layouts of folders of videos: each is recognized for what it is, with the right clips, classes and splits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmaction.datasets.scan import make_plan, recognize, walk, write_plan


def touch(root: Path, *names: str) -> None:
    """Create files; a scan opens no video."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write(root: Path, name: str, content: str | dict | list, encoding: str = 'utf-8') -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding)


def scanned(root: Path, number: int = 1) -> tuple[str, dict[str, tuple[str, str | None]]]:
    """Layout, and label and split of each clip."""
    found = recognize(walk(str(root)), number)
    return found.layout, {clip.path: (clip.label, clip.split) for clip in found.clips}


def test_folders_of_classes(tmp_path) -> None:
    touch(tmp_path, 'videos/läuft schnell/ein clip 3.mp4', 'videos/steht/a.AVI', 'videos/steht/day 2/b.webm')
    touch(tmp_path, 'videos/.hidden/c.mp4', 'videos/steht/readme.md')
    assert scanned(tmp_path) == (
        'a folder of classes',
        {
            'videos/läuft schnell/ein clip 3.mp4': ('läuft schnell', None),
            'videos/steht/a.AVI': ('steht', None),
            'videos/steht/day 2/b.webm': ('steht', None),
        },
    )


@pytest.mark.parametrize('names', ['{split}/{label}/{i}.mp4', '{label}/{split}/{i}.mp4', 'x/y/{split}/{label}/{i}.mp4'])
def test_folders_of_splits(tmp_path, names) -> None:
    for split in ('train', 'Validation', 'test'):
        for label in ('a', 'b'):
            touch(tmp_path, names.format(split=split, label=label, i=split))
    layout, clips = scanned(tmp_path)
    assert layout == 'train/val/test folders of classes'
    assert clips[names.format(split='Validation', label='b', i='Validation')] == ('b', 'val')
    assert len(clips) == 6


def test_class_names_of_a_file_keep_their_order(tmp_path) -> None:
    touch(tmp_path, 'run/1.mp4', 'jump/1.mp4', 'walk/1.mp4')
    write(tmp_path, 'classes.txt', '0 walk\n1 run\n2 jump\n')
    assert make_plan(str(tmp_path)).classes == ['walk', 'run', 'jump']


@pytest.mark.parametrize(
    'name, text',
    [
        ('labels.csv', 'path,label\n"a, b.mp4",kick\nc d.mp4,hug\ne.mp4,kick\n'),
        ('labels.csv', '\ufefffilename;Class\r\na, b.mp4;kick\r\nc d.mp4;hug\r\ne.mp4;kick\r\n'),
        ('labels.tsv', 'kick\ta, b\nhug\tc d\nkick\te\n'),
        ('labels.csv', 'a, b.mp4|x|kick\nc d.mp4|x|hug\ne.mp4|x|kick\n'),
        ('list.txt', '"a, b.mp4" kick\n"c d.mp4" hug\ne.mp4 kick\n'),
        ('list.txt', 'a, b.mp4 kick\nc d.mp4 hug\ne.mp4 kick\n'),
        ('list.txt', 'clips/a, b.mp4 kick\nclips\\c d.mp4 hug\n/elsewhere/e.mp4 kick\n'),
    ],
)
def test_tables(tmp_path, name, text) -> None:
    touch(tmp_path, 'clips/a, b.mp4', 'clips/c d.mp4', 'clips/e.mp4')
    write(tmp_path, name, text)
    layout, clips = scanned(tmp_path)
    assert layout == 'lists'
    assert clips == {
        'clips/a, b.mp4': ('kick', None),
        'clips/c d.mp4': ('hug', None),
        'clips/e.mp4': ('kick', None),
    }


def test_table_with_columns_of_split_and_group(tmp_path) -> None:
    touch(tmp_path, *(f'{i}.mp4' for i in range(4)))
    rows = ['0.mp4,a,training,p1', '1.mp4,b,training,p1', '2.mp4,a,valid,p2', '3.mp4,b,valid,p2']
    write(tmp_path, 'all.csv', '\n'.join(['video,action,subset,subject', *rows]))
    plan = make_plan(str(tmp_path))
    assert [(clip.path, clip.label, clip.split, clip.group) for clip in plan.clips] == [
        ('0.mp4', 'a', 'train', 'p1'),
        ('1.mp4', 'b', 'train', 'p1'),
        ('2.mp4', 'a', 'val', 'p2'),
        ('3.mp4', 'b', 'val', 'p2'),
    ]


@pytest.mark.parametrize('first', [0, 1])
def test_numbers_as_labels(tmp_path, first) -> None:
    touch(tmp_path, 'train/0.mp4', 'train/1.mp4', 'train/2.mp4', 'val/0.mp4', 'val/9.mp4')
    write(tmp_path, 'train_video.txt', f'0.mp4 {first}\n1.mp4 {first + 1}\n2.mp4 {first + 2}\n')
    write(tmp_path, 'val_video.txt', f'0.mp4 {first + 1}\n8.mp4 {first}\n9.mp4 {first}\n')
    write(tmp_path, 'classes.txt', 'walk\nrun\njump\n')
    plan = make_plan(str(tmp_path))
    assert plan.classes == ['walk', 'run', 'jump']
    assert {clip.path: (clip.label, clip.split) for clip in plan.clips} == {
        'train/0.mp4': ('walk', 'train'),
        'train/1.mp4': ('run', 'train'),
        'train/2.mp4': ('jump', 'train'),
        'val/0.mp4': ('run', 'val'),
        'val/9.mp4': ('walk', 'val'),
    }
    assert 'val_video.txt: 1 rows name no video and are left out: 8.mp4' in plan.notes
    assert ('labels count from 1 to 3; from here on they count from 0' in plan.notes) == (first == 1)


def test_ucf101(tmp_path) -> None:
    names = [f'{c}/v_{c}_g0{g}_c01.avi' for c in ('YoYo', 'Archery') for g in (1, 2)]
    touch(tmp_path, *(f'UCF-101/{name}' for name in names))
    for split in (1, 2):
        write(tmp_path, f'ucfTrainTestlist/trainlist0{split}.txt', f'{names[split - 1]} 2\n{names[split + 1]} 1\n')
        write(tmp_path, f'ucfTrainTestlist/testlist0{split}.txt', f'{names[2 - split]}\n{names[4 - split]}\n')
    write(tmp_path, 'ucfTrainTestlist/classInd.txt', '1 Archery\n2 YoYo\n')
    layout, clips = scanned(tmp_path, 2)
    assert layout == 'UCF101'
    assert clips == {
        'UCF-101/YoYo/v_YoYo_g02_c01.avi': ('YoYo', 'train'),
        'UCF-101/YoYo/v_YoYo_g01_c01.avi': ('YoYo', 'val'),
        'UCF-101/Archery/v_Archery_g02_c01.avi': ('Archery', 'train'),
        'UCF-101/Archery/v_Archery_g01_c01.avi': ('Archery', 'val'),
    }
    assert make_plan(str(tmp_path)).classes == ['Archery', 'YoYo']


def test_hmdb51(tmp_path) -> None:
    touch(tmp_path, 'hmdb51/wave/w1.avi', 'hmdb51/wave/w2.avi', 'hmdb51/hit/h1.avi', 'hmdb51/hit/h2.avi')
    write(tmp_path, 'splits/wave_test_split1.txt', 'w1.avi 1 \nw2.avi 2 \n')
    write(tmp_path, 'splits/hit_test_split1.txt', 'h1.avi 0 \nh2.avi 1 \n')
    assert scanned(tmp_path) == (
        'HMDB51',
        {
            'hmdb51/wave/w1.avi': ('wave', 'train'),
            'hmdb51/wave/w2.avi': ('wave', 'val'),
            'hmdb51/hit/h2.avi': ('hit', 'train'),
        },
    )


def test_kinetics(tmp_path) -> None:
    touch(tmp_path, 'train/abcdefghijk_000001_000011.mp4', 'val/lmnopqrstuv.mp4')
    header = 'label,youtube_id,time_start,time_end,split\n'
    write(tmp_path, 'annotations/train.csv', f'{header}tai chi,abcdefghijk,1,11,train\nzumba,-bcdefghijk,0,10,train\n')
    write(tmp_path, 'annotations/val.csv', f'{header}zumba,lmnopqrstuv,5,15,val\n')
    layout, clips = scanned(tmp_path)
    assert layout == 'Kinetics'
    assert clips == {
        'train/abcdefghijk_000001_000011.mp4': ('tai chi', 'train'),
        'val/lmnopqrstuv.mp4': ('zumba', 'val'),
    }


def test_something_something(tmp_path) -> None:
    touch(tmp_path, 'videos/10.webm', 'videos/2.webm')
    write(tmp_path, 'labels.json', {'Closing something': '1', 'Bending something': '0'})
    write(tmp_path, 'train.json', [{'id': '10', 'template': 'Closing [something]', 'label': 'closing a box'}])
    write(tmp_path, 'validation.json', [{'id': '2', 'template': 'Bending [something]'}, {'id': '3', 'template': 'x'}])
    found = recognize(walk(str(tmp_path)))
    assert (found.layout, found.classes) == ('Something-Something', ['Bending something', 'Closing something'])
    assert [(c.path, c.label, c.split) for c in found.clips] == [
        ('videos/10.webm', 'Closing something', 'train'),
        ('videos/2.webm', 'Bending something', 'val'),
    ]
    assert found.notes == ['1 listed videos are not there and are left out: 3']


def test_fiftyone(tmp_path) -> None:
    touch(tmp_path, 'data/u1.mp4', 'data/u2.mp4')
    write(tmp_path, 'labels.json', {'classes': ['b', 'a'], 'labels': {'u1': 1, 'u2': 'b', 'u3': None}})
    assert scanned(tmp_path) == ('FiftyOne', {'data/u1.mp4': ('a', None), 'data/u2.mp4': ('b', None)})
    assert make_plan(str(tmp_path)).classes == ['b', 'a']
    write(tmp_path, 'labels.json', {'labels': {'u1': [{'label': 'a', 'timestamps': [0, 1]}]}})
    with pytest.raises(ValueError, match=r'labels.json labels segments of videos \(temporal detection\)'):
        scanned(tmp_path)


def test_fiftyone_data_set(tmp_path) -> None:
    touch(tmp_path, 'data/u1.mp4', 'data/u2.mp4')
    samples = [
        {'filepath': f'data/u{i}.mp4', 'tags': [tag], 'ground_truth': {'_cls': 'Classification', 'label': f'c{i}'}}
        for i, tag in ((1, 'train'), (2, 'validation'))
    ]
    write(tmp_path, 'samples.json', {'samples': samples})
    assert scanned(tmp_path) == ('FiftyOne', {'data/u1.mp4': ('c1', 'train'), 'data/u2.mp4': ('c2', 'val')})


def test_what_is_no_data_set(tmp_path) -> None:
    with pytest.raises(NotADirectoryError, match=r'There is no folder .*absent'):
        walk(str(tmp_path / 'absent'))
    touch(tmp_path, 'a/1.jpg', 'b/2.jpg')
    with pytest.raises(ValueError, match=r'no videos .*below .*; there are 2 of \.jpg'):
        walk(str(tmp_path))
    touch(tmp_path, '1.mp4', '2.mp4')
    with pytest.raises(
        ValueError,
        match=r'2 videos \(such as 1\.mp4\) without labels: .* no table of labels.*labels\.csv with the columns path',
    ):
        make_plan(str(tmp_path))


def test_table_of_numbers_is_no_list_of_class_names(tmp_path) -> None:
    touch(tmp_path, *(f'{i}.mp4' for i in range(6)))
    write(tmp_path, 'labels.csv', 'path,label\n' + ''.join(f'{i}.mp4,{i % 3 + 1}\n' for i in range(6)))
    assert make_plan(str(tmp_path)).classes == ['class 1', 'class 2', 'class 3']


def test_numbers_of_a_spreadsheet_in_utf16(tmp_path) -> None:
    touch(tmp_path, *(f'{i}.mp4' for i in range(4)))
    write(tmp_path, 'table.txt', 'file\tlabel\n' + ''.join(f'{i}.mp4\t{i % 2}.0\n' for i in range(4)), 'utf-16')
    plan = make_plan(str(tmp_path))
    assert plan.classes == ['class 0', 'class 1']
    assert [clip.label for clip in plan.clips] == ['class 0', 'class 1', 'class 0', 'class 1']


def test_videos_with_two_labels_and_classes_that_differ_in_case(tmp_path) -> None:
    touch(tmp_path, *(f'{i}.mp4' for i in range(6)))
    write(tmp_path, 'labels.csv', '0.mp4,hug\n1.mp4,kick\n2.mp4,Hug\n3.mp4,kick\n4.mp4,hug\n5.mp4,Hug\n0.mp4,kick\n')
    plan = make_plan(str(tmp_path))
    assert '1 of them with another label: 0.mp4 (hug, kick)' in plan.notes
    assert 'classes that differ in upper case or blanks only: Hug and hug. Write one name alike.' in plan.warnings


@pytest.mark.parametrize(
    ('names', 'layout', 'classes'),
    [
        ('v_YoYo_g01_c01 v_YoYo_g02_c01 v_Long_Jump_g01_c01 v_Long_Jump_g02_c01', 'UCF101', 'Long_Jump YoYo'),
        ('person01_run_d1_uncomp person02_run_d1 person01_box_d2 person02_box_d1', 'KTH', 'box run'),
        ('0_1_4 1_1_0 59_20_4 2_11_0', 'UT-Interaction', 'shake hug kick point punch'),
    ],
)  # fmt: skip
def test_classes_in_file_names(tmp_path, names, layout, classes) -> None:
    touch(tmp_path, *(f'{split}/{name}.avi' for split, name in zip(('train', 'train', 'val', 'val'), names.split())))
    write(tmp_path, 'classes.txt', '\n'.join(classes.split()))
    plan = make_plan(str(tmp_path))
    assert plan.found.reason.startswith(f'{layout}: ')
    assert plan.classes == classes.split()
    assert [clip.split for clip in plan.clips] == ['train', 'train', 'val', 'val']


def test_dates_are_no_classes(tmp_path) -> None:
    touch(tmp_path, '2024_01_05.mp4', '2024_01_04.mp4', '24_1_3.mp4')
    write(tmp_path, 'labels.csv', 'path,label\n')
    with pytest.raises(ValueError, match=r'3 videos .* no row of labels\.csv names one of them and its label'):
        make_plan(str(tmp_path))


@pytest.mark.parametrize(
    ('names', 'options', 'message'),
    [
        (('a/1', 'b/1'), {}, r'None of the 2 videos can be kept .* needs two of them.*: a \(1\), b \(1\)'),
        (('a/1', 'a/2', 'b/1', 'b/2'), {'val_ratio': 0.0}, r'None of the 4 videos .* --val-ratio must be above 0'),
        (('val/a/1', 'val/b/1'), {}, r'All 2 videos below .* are in val, and none is left to train on'),
    ],
)
def test_nothing_to_train_or_validate_on(tmp_path, names, options, message) -> None:
    touch(tmp_path, *(f'{name}.mp4' for name in names))
    with pytest.raises(ValueError, match=message):
        write_plan(make_plan(str(tmp_path), **options), str(tmp_path / 'out'))
