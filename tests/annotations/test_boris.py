"""Projects of BORIS: traps of its files, and additions that change nothing else."""

from __future__ import annotations

import json

import pytest

from mmaction.annotations import (
    AnnotationError,
    Project,
    Reading,
    Segment,
    Video,
    Writing,
    read_annotations,
    write_annotations,
)


def observation(paths, events, lengths=(), offset=0, kind='MEDIA', players=None):
    return {
        'type': kind,
        'file': players or {'1': list(paths), '2': []},
        'media_info': {'length': dict(zip(paths, lengths)), 'fps': dict.fromkeys(paths, 25.0)},
        'time offset': offset,
        'events': events,
    }


def write(tmp_path, observations, indent=None):
    ethogram = {'0': ('run', 'State event'), '1': ('hört auf', 'Point event'), '3': ('sit', 'State event')}
    project = {
        'project_name': 'Ziegen',
        'unknown key': {'kept': [1.10, 2e-3]},
        'project_format_version': '7.0',
        'behaviors_conf': {i: {'code': code, 'type': kind} for i, (code, kind) in ethogram.items()},
        'subjects_conf': {'0': {'name': 'Ana'}},
        'observations': observations,
    }
    path = tmp_path / 'study.boris'
    path.write_text(json.dumps(project, indent=indent, ensure_ascii=False), encoding='utf-8')
    return path


def test_states_are_paired_per_subject_and_modifier(tmp_path):
    events = [
        [0.5, 'Ana', 'run', '', '', 12],
        [1.0, '', 'run', '', '', 25],
        [1.5, '', 'hört auf', 'late', 'said so', 37],
        [2.0, 'Ana', 'run', 'fast', '', 50],
        [2.5, '', 'run', '', '', 62],
        [3.0, 'Ana', 'run', '', '', 75],
        [4.0, 'Ana', 'run', 'fast', '', 100],
    ]
    path = write(tmp_path, {'first': observation(['a.mp4'], events, [10.0])})
    reading = Reading()
    project = read_annotations(path, reading=reading)
    (video,) = project.videos
    assert (video.name, video.fps, video.duration_sec) == ('a.mp4', 25.0, 10.0)
    assert project.labels == ('run', 'hört auf', 'sit')
    assert video.segments == (
        Segment(0.5, 3.0, 'run', 'Ana'),
        Segment(1.0, 2.5, 'run'),
        Segment(1.5, 1.5, 'hört auf'),
        Segment(2.0, 4.0, 'run', 'Ana'),
    )
    assert [finding.problem for finding in reading.findings.of('dropped')] == [
        '2 events have modifiers, which the record has no place for',
        '1 events have comments, which the record has no place for',
    ]


def test_unpaired_start_is_an_error_with_the_event(tmp_path):
    events = [[0.5, 'Ana', 'run', '', '', 0], [2.0, '', 'sit', '', '', 0], [3.0, '', 'sit', '', '', 0]]
    path = write(tmp_path, {'first': observation(['a.mp4'], events)})
    reading = Reading()
    (video,) = read_annotations(path, reading=reading).videos
    assert video.segments == (Segment(2.0, 3.0, 'sit'),)
    assert [str(finding) for finding in reading.findings] == [
        "study.boris, observation 'first', event 1: 'run' of 'Ana' starts at 0.5 s and never stops. "
        'Add the stop in BORIS, then export.'
    ]
    with pytest.raises(AnnotationError, match=r"event 1: 'run' of 'Ana' starts at 0\.5 s and never stops"):
        read_annotations(path)


def test_code_outside_of_the_ethogram(tmp_path):
    path = write(tmp_path, {'first': observation(['a.mp4'], [[0.5, '', 'rnu', '', '', 0]])})
    with pytest.raises(AnnotationError, match=r"event 1: 'rnu' is not in the ethogram\. Add it there"):
        read_annotations(path)


def test_offset_and_videos_played_one_after_the_other(tmp_path):
    events = [
        [101.0, '', 'run', '', '', 0],
        [102.0, '', 'run', '', '', 0],
        [111.5, '', 'sit', '', '', 0],
        [112.25, '', 'sit', '', '', 0],
        [109.0, '', 'run', '', '', 0],
        [113.0, '', 'run', '', '', 0],
    ]
    path = write(tmp_path, {'both': observation(['a.mp4', 'b.mp4'], events, [10.0, 20.0], offset=100)})
    reading = Reading()
    first, second = read_annotations(path, reading=reading).videos
    assert first.segments == (Segment(1.0, 2.0, 'run'), Segment(9.0, 10.0, 'run'))
    assert second.segments == (Segment(1.5, 2.25, 'sit'),)
    (finding,) = reading.findings
    assert finding.problem.startswith('the event goes on in the next video, b.mp4')


def test_several_players_and_observations_without_video(tmp_path):
    players = {'1': ['a.mp4'], '2': ['side.mp4']}
    path = write(
        tmp_path,
        {
            'two': observation(['a.mp4'], [[1, '', 'hört auf', '', '', 0]], players=players),
            'live': observation([], [[1, '', 'hört auf', '', '', 0]], kind='LIVE'),
        },
    )
    reading = Reading()
    (video,) = read_annotations(path, reading=reading).videos
    assert video.segments == (Segment(1.0, 1.0, 'hört auf'),)
    assert [finding.level for finding in reading.findings] == ['warning', 'warning']
    assert 'its events are read for the videos of player 1' in str(reading.findings.of('warning')[0])
    assert "observation 'live': it has no video (type 'LIVE')" in str(reading.findings.of('warning')[1])


@pytest.mark.parametrize('indent', [None, 4])
def test_predictions_are_added_and_nothing_else_changes(tmp_path, indent):
    events = [[0.5, '', 'run', '', 'by eye', 12], [4.0, '', 'run', '', '', 100], [7.0, '', 'hört auf', '', '', 100]]
    path = write(tmp_path, {'first': observation(['C:\\videos\\a.mp4'], events, [10.0])}, indent)
    before = path.read_text(encoding='utf-8')
    predicted = (
        Segment(1.0, 5.0, 'run', '', 0.75, 'tsn_r50'),
        Segment(6.0, 6.5, 'jump', 'Bö', 0.5, 'tsn_r50'),
        Segment(8.0, 9.0, 'hört auf', '', 0.5, 'tsn_r50'),
    )
    project = Project((Video('videos/a.mp4', segments=predicted), Video('new.mp4', segments=predicted[:1])))
    writing = Writing()
    write_annotations(project, tmp_path / 'new.boris', 'boris', writing, into=path)
    text = (tmp_path / 'new.boris').read_text(encoding='utf-8')

    # Taking the added text out gives the file as it was.
    position = 0
    for character in before:
        position = text.index(character, position) + 1
    old, new = json.loads(before), json.loads(text)
    rows = new['observations']['first']['events']
    assert [row for row in rows if row[3] != 'tsn_r50'] == events
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert [row for row in rows if row[3] == 'tsn_r50'][:1] == [
        [1.0, '', 'run', 'tsn_r50', 'predicted by tsn_r50, score 0.75', 25]
    ]
    assert new['behaviors_conf'].pop('4')['code'] == 'jump'
    assert new['subjects_conf'].pop('1')['name'] == 'Bö'
    assert new['observations'].pop('new')['file']['1'] == ['new.mp4']
    new['observations']['first']['events'] = events
    assert new == old
    assert [str(finding) for finding in writing.findings] == [
        "videos/a.mp4, 8 s: 'hört auf' is a point event in the project, and the segment has a length. "
        'Make it a state event in BORIS.'
    ]
    first = read_annotations(tmp_path / 'new.boris', reading=Reading()).videos[0]
    assert [segment for segment in first.segments if segment.model] == [*predicted[:2]]

    # A second time there is nothing to add.
    write_annotations(project, tmp_path / 'again.boris', 'boris', Writing(), into=tmp_path / 'new.boris')
    assert (tmp_path / 'again.boris').read_text(encoding='utf-8') == text
