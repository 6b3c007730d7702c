"""Tracks to AVA's csv."""

from __future__ import annotations

from mmaction.annotations import Findings, Project, Track, TrackBox, Video
from mmaction.annotations.ava import ava_rows, write_ava, write_label_map
from mmaction.utils.ava_files import read_box_table, read_label_map


def person(*boxes):
    return Track('person', tuple(boxes))


def box(time_sec, x, **attributes):
    return TrackBox(time_sec, (x, 10, x + 50, 60), tuple(attributes.items()))


PROJECT = Project(
    (
        Video(
            'a/goat.mp4',
            size=(200, 100),
            tracks=(
                person(box(0.5, 0, action='run'), box(2.5, 100, action='sit', waves='true')),
                person(box(1, 20, action='none'), box(3, 20, action='', waves='no')),
                person(box(1.2, 0, action='run'), box(1.8, 0, action='run')),
            ),
        ),
        Video('b.mp4', tracks=(person(box(0, 0, action='run'), box(1, 0, action='run')),)),
    )
)


def test_rows_at_whole_seconds_with_interpolated_boxes():
    findings = Findings()
    rows = list(ava_rows(PROJECT, findings))
    assert [(row.video, row.timestamp, row.action, row.entity) for row in rows] == [
        ('goat', 1, 'run', 0),
        ('goat', 2, 'run', 0),
    ]
    assert rows[0].box == (0.125, 0.1, 0.375, 0.6)
    assert [str(finding) for finding in findings] == [
        'a/goat.mp4, track 2: no whole second lies in it, so that it gives no row. Annotate a longer time.',
        'b.mp4, track 0: the size of the video is unknown. Give the folder of the videos (--videos).',
        "AVA's csv has no place for persons without an action: 3 boxes dropped.",
    ]


def test_a_set_checkbox_is_an_action_and_attributes_can_be_chosen():
    track = person(box(0, 0, action='sit', waves='true'), box(1, 0, action='sit'))
    project = Project((Video('v.mp4', size=(100, 100), tracks=(track,)),))
    assert [row.action for row in ava_rows(project, Findings())] == ['sit', 'waves', 'sit']
    assert [row.action for row in ava_rows(project, Findings(), ['waves'])] == ['waves']


def test_objects_without_attributes_are_named_after_their_action():
    track = Track('running', (TrackBox(0, (0, 0, 1, 1)), TrackBox(1, (-0.5, 0, 1, 1.5))), 'relative')
    rows = list(ava_rows(Project((Video('v.mp4', tracks=(track,)),)), Findings()))
    assert [row.action for row in rows] == ['running', 'running']
    assert rows[1].box == (0, 0, 1, 1)


def test_files_are_read_by_the_datasets(tmp_path):
    assert write_ava(PROJECT, tmp_path / 'train.csv', ['run', 'sit'], Findings()) == 2
    table = read_box_table(str(tmp_path / 'train.csv'))
    assert table.label.tolist() == [1, 1]
    assert table.timestamp.tolist() == [1, 2]
    write_label_map(tmp_path / 'map.pbtxt', ['run', 'sit "down"'])
    assert read_label_map(str(tmp_path / 'map.pbtxt')) == {1: 'run', 2: 'sit ”down”'}


def test_actions_that_are_no_class_are_reported(tmp_path):
    findings = Findings()
    assert write_ava(PROJECT, tmp_path / 'train.csv', ['sit'], findings) == 0
    assert str(findings.of('error')[0]) == "goat, second 1: 'run' is no class. Correct it."
