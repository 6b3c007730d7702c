"""``mmaction data import`` and ``mmaction data export``, from the files of tools to training data and back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmaction.annotations import Project, Segment, Track, TrackBox, Video, Writing, read_annotations, write_annotations
from mmaction.cli.main import main
from mmaction.datasets import ActivityNetDataset, SegmentDataset
from mmaction.video import write_video

STEPS = [dict(type='DecordInit'), dict(type='SampleFrames', clip_len=2, test_mode=True), dict(type='DecordDecode')]


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Four videos of 4 s."""
    folder = tmp_path_factory.mktemp('media') / 'videos'
    for name in ('a', 'b c', 'ç', 'd'):
        write_video(folder / 'day 1' / f'{name}.mp4', np.zeros((40, 32, 48, 3), np.uint8), 10)
    return folder


LABELS = """video;label;start;end;subject
a.mp4;läuft;0,5;1,5;Ana
a.mp4;sit;2;3,2;Ana
b c.mp4;läuft;0;1;Bo
b c.mp4;sit;1;2;Bo
ç.mp4;läuft;1;2;Cy
d.mp4;sit;1;2;Ana
"""


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / 'labels.csv'
    path.write_text(LABELS, encoding='utf-8')
    return path


def run(*words):
    main(['data', *map(str, words)])


def test_from_a_spreadsheet_to_samples(labels, videos, tmp_path, capsys):
    out = tmp_path / 'study'
    run('import', labels, '--videos', videos, '--out', out, '--val', 0.25, '--rate', 2)
    assert '4 videos (' in capsys.readouterr().out
    assert (out / 'labels.txt').read_text(encoding='utf-8') == 'läuft\nsit\n'
    counts = {}
    for split in ('train', 'val'):
        data = SegmentDataset(str(out / f'segments_{split}.txt'), STEPS, dict(video=str(videos)), test_mode=True)
        counts[split] = len(data)
        assert data[0]['imgs'][0].shape == (32, 48, 3)
        localization = ActivityNetDataset(str(out / f'activitynet_{split}.json'), [], annotation_checks='raise')
        assert localization[0]['duration_frame'] == 40
        assert localization[0]['duration_second'] == 4.0
    assert sum(counts.values()) == 6
    assert min(counts.values()) >= 1
    background = 'background'
    assert (out / 'frames' / 'a.txt').read_text(encoding='utf-8').split() == [
        background,
        *['läuft'] * 2,
        background,
        *['sit'] * 2,
        *[background] * 2,
    ]
    assert (out / 'frames' / 'mapping.txt').read_text(encoding='utf-8') == '0 background\n1 läuft\n2 sit\n'
    read = read_annotations(out / 'annotations.json')
    assert {video.split for video in read.videos} == {'train', 'val'}
    assert read.videos[1].segments[0] == Segment(0, 1, 'läuft', 'Bo')


def test_subjects_stay_in_one_split(labels, videos, tmp_path):
    out = tmp_path / 'study'
    run('import', labels, '--videos', videos, '--out', out, '--split-by', 'subject', '--val', 0.5)
    splits = {video.name: video.split for video in read_annotations(out / 'annotations.json').videos}
    assert splits['a.mp4'] == splits['d.mp4']
    assert {*splits.values()} == {'train', 'val'}


def test_an_error_stops_the_import_unless_it_is_skipped(labels, videos, tmp_path, capsys):
    labels.write_text(LABELS + 'e.mp4;sit;1;2;Ana\nd.mp4;sit;3;2;Ana\n', encoding='utf-8')
    out = tmp_path / 'study'
    with pytest.raises(SystemExit):
        run('import', labels, '--videos', videos, '--out', out)
    printed = capsys.readouterr()
    assert 'error   labels.csv, row 9: end (2) is before start (3).' in printed.out
    assert "error   video 'e.mp4': there is no such file in" in printed.out
    assert 'has 2 errors, and nothing was written. Correct them, or pass --skip-errors' in printed.err
    assert printed.err.count('\n') == 1
    assert not out.exists()
    run('import', labels, '--videos', videos, '--out', out, '--skip-errors')
    assert (out / 'labels.txt').exists()


def test_doubts_are_reported_and_kept(labels, videos, tmp_path, capsys):
    rows = 'd.mp4;läuft;3;9;\n' + 'd.mp4;sitt;0;1;\n' + 'd.mp4;sit;1,5;2,5;Ana\n'
    more = ''.join(f'ç.mp4;walking;{i / 10};{i / 10 + 0.1};\n' for i in range(20))
    labels.write_text(LABELS + rows + more + 'ç.mp4;wakling;3;3,5;\nç.mp4;läuft 2;3;3,5;\n', encoding='utf-8')
    run('import', labels, '--videos', videos, '--out', tmp_path / 'study')
    out = capsys.readouterr().out
    assert 'd.mp4, row 8, 3 to 9 s: it ends after the video, which has 4.00 s.' in out
    assert "row 10, 1.5 to 2.5 s: 'sit' begins before the one from 1 to 2 s ends" in out
    assert "'wakling' (1 times) looks like 'walking' (20 times)" in out
    assert 'läuft 2' not in out
    assert len((tmp_path / 'study' / 'labels.txt').read_text(encoding='utf-8').split('\n')) == 7


def test_tracks_become_a_list_of_ava(videos, tmp_path):
    boxes = tuple(TrackBox(t, (1, 2, 20, 30), (('action', 'run'),)) for t in (0.0, 2.0))
    write_annotations(
        Project((Video('d.mp4', size=(48, 32), tracks=(Track('person', boxes),)),)),
        tmp_path / 'd.xml',
        'cvat',
        Writing(fps=10),
    )
    run('import', tmp_path / 'd.xml', '--videos', videos, '--out', tmp_path / 'study', '--val', 0)
    rows = (tmp_path / 'study' / 'ava_train.csv').read_text().splitlines()
    assert rows[2] == 'd,0002,0.020833,0.062500,0.416667,0.937500,1,0'
    assert (tmp_path / 'study' / 'ava_labels.pbtxt').exists()


def test_export_into_a_project_names_the_model(labels, tmp_path, capsys):
    run('export', labels, '--to', 'boris', '--out', tmp_path / 'study.boris')
    predicted = tmp_path / 'predicted.csv'
    predicted.write_text('video,label,start,end,score\na.mp4,sit,0.25,1,0.5\na.mp4,sit,2,3,0.25\n')
    into = tmp_path / 'study.boris'
    words = ['--into', into, '--model', 'tsn', '--min-score', 0.3]
    run('export', predicted, '--to', 'boris', '--out', tmp_path / 'new.boris', *words)
    assert str(tmp_path / 'new.boris') in capsys.readouterr().out
    old, new = (json.loads(path.read_text(encoding='utf-8')) for path in (into, tmp_path / 'new.boris'))
    events = new['observations']['a']['events']
    added = [event for event in events if event[3] == 'tsn']
    assert [event for event in events if event[3] != 'tsn'] == old['observations']['a']['events']
    assert [event[:5] for event in added] == [
        [0.25, '', 'sit', 'tsn', 'predicted by tsn, score 0.5'],
        [1.0, '', 'sit', 'tsn', ''],
    ]


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('empty.csv', b'', 'empty.csv: the file is empty. Export it again.'),
        ('image.csv', b'\x89PNG\r\n', 'image.csv, line 1: byte 0x89 is no text in UTF-8. Save the file as UTF-8.'),
        ('notes.txt', b'dear diary\n', 'notes.txt: this is none of the formats json, boris, elan'),
        ('cut.boris', b'{"project_format_version": "7.0", "obs', 'cut.boris, line 1: it is no JSON'),
        ('cut.eaf', b'<ANNOTATION_DOCUMENT>\n<HEADER>', 'cut.eaf, line 2: it is no XML'),
        ('none.csv', b'video,label,start,end\n', 'none.csv: there is no video'),
    ],
)
def test_unusable_files_are_answered_with_one_paragraph(tmp_path, videos, capsys, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SystemExit):
        run('import', path, '--videos', videos, '--out', tmp_path / 'study')
    error = capsys.readouterr().err
    assert message in error
    assert error.count('\n') == 1


def test_wrong_names_are_answered_with_the_right_ones(labels, videos, tmp_path, capsys):
    for words, message in (
        (['import', labels, '--format', 'bories'], "format ('bories') must be one of 'json', 'boris'"),
        (['import', tmp_path / 'none.csv'], 'There is no annotation file'),
        (['import', labels, '--format', 'boris'], 'labels.csv, line 1: it is no JSON'),
        (['import', labels, '--videos', tmp_path / 'movies'], 'There is no folder of videos'),
    ):
        with pytest.raises(SystemExit):
            run(*words, '--out', tmp_path / 'study')
        assert message in capsys.readouterr().err


def test_ten_thousand_segments(tmp_path, videos):
    rows = ''.join(f'd.mp4,{("läuft", "sit")[i % 2]},{i / 2500},{(i + 1) / 2500}\n' for i in range(10000))
    path = tmp_path / 'many.csv'
    path.write_text(f'video,label,start,end\n{rows}', encoding='utf-8')
    run('import', path, '--videos', videos, '--out', tmp_path / 'study')
    for name in ('boris', 'elan', 'via'):
        run('export', path, '--to', name, '--out', tmp_path / f'many-{name}')
    assert len((tmp_path / 'study' / 'segments_train.txt').read_text().splitlines()) == 10000
