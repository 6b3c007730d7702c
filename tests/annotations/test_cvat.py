"""CVAT for video 1.1: files as CVAT exports them."""

from __future__ import annotations

import pytest

from mmaction.annotations import AnnotationError, Reading, Track, TrackBox, Writing, read_annotations, write_annotations

TASK = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>7</id><name>goats</name><size>50</size><mode>interpolation</mode>
      <labels><label><name>person</name></label></labels>
      <original_size><width>200</width><height>100</height></original_size>
      <source>Ziege ä.mp4</source>
    </task>
    <dumped>2026-11-01</dumped>
  </meta>
  <track id="0" label="person" source="manual">
    <box frame="0" outside="0" occluded="0" keyframe="1" xtl="0" ytl="0" xbr="100.0" ybr="50" z_order="0">
      <attribute name="action">run</attribute><attribute name="waves">true</attribute>
    </box>
    <box frame="20" outside="0" occluded="1" keyframe="1" xtl="100" ytl="50" xbr="200" ybr="100" z_order="0">
      <attribute name="action">sit</attribute><attribute name="waves">false</attribute>
    </box>
    <box frame="45" outside="1" occluded="0" keyframe="1" xtl="20" ytl="20" xbr="120" ybr="70" z_order="0">
      <attribute name="action">sit</attribute><attribute name="waves">false</attribute>
    </box>
  </track>
  <track id="4" label="dog"><polygon frame="0" points="1,1;2,2;3,3" outside="0"/></track>
</annotations>
"""


@pytest.fixture
def task(tmp_path):
    path = tmp_path / 'task.xml'
    path.write_text(TASK, encoding='utf-8')
    return path


def at(fps):
    return Reading(fps=lambda name: fps)


def test_task_is_read_with_key_frames_only(task):
    reading = at(10.0)
    (video,) = read_annotations(task, reading=reading).videos
    assert (video.name, video.size) == ('Ziege ä.mp4', (200, 100))
    (track,) = video.tracks
    assert [box.time_sec for box in track.boxes] == [0.0, 2.0, 4.5]
    assert [box.outside for box in track.boxes] == [False, False, True]
    assert track.boxes[1].occluded
    assert track.boxes[0].attributes == (('action', 'run'), ('waves', 'true'))
    assert [str(finding) for finding in reading.findings] == [
        'task.xml: 1 shapes of the type polygon; only boxes are read.'
    ]


def test_boxes_between_key_frames_are_interpolated(task):
    (track,) = read_annotations(task, reading=at(10.0)).videos[0].tracks
    assert track.at(1.0) == TrackBox(1.0, (50, 25, 150, 75), (('action', 'run'), ('waves', 'true')))
    # After the last box in view the object stands still until it leaves.
    assert track.at(4.0).box == (100, 50, 200, 100)
    assert track.at(4.5) is None
    assert track.at(-0.1) is None
    assert Track('person', track.boxes[:2]).at(2.1) is None


def test_tracks_of_a_project_belong_to_their_tasks(tmp_path):
    tasks = ''.join(f'<task><id>{n}</id><name>t{n}</name><source>{n}.mp4</source></task>' for n in (3, 5))
    box = '<box frame="5" xtl="1" ytl="2" xbr="3" ybr="4" outside="0"/>'
    tracks = ''.join(f'<track id="{n}" task_id="{n}" label="person">{box}</track>' for n in (5, 9))
    path = tmp_path / 'project.xml'
    path.write_text(
        f'<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{tracks}</annotations>', encoding='utf-8'
    )
    reading = at(5.0)
    videos = read_annotations(path, reading=reading).videos
    assert [(video.name, len(video.tracks)) for video in videos] == [('3.mp4', 0), ('5.mp4', 1)]
    assert videos[1].tracks[0].boxes[0].time_sec == 1.0
    (finding,) = reading.findings
    assert str(finding) == "project.xml, track 9: there is no task '9'. Export the project again."


def test_faulty_box_is_reported_with_track_and_frame(tmp_path, task):
    task.write_text(TASK.replace('xtl="100"', 'xtl="wide"'), encoding='utf-8')
    reading = at(10.0)
    (track,) = read_annotations(task, reading=reading).videos[0].tracks
    assert len(track.boxes) == 2
    assert 'task.xml, track 0, frame 20: a box must have frame, xtl' in str(reading.findings.of('error')[0])
    with pytest.raises(AnnotationError, match=r'task\.xml, track 0, frame 20'):
        reading.findings.raise_errors()


def test_frame_rate_must_be_known(task):
    with pytest.raises(AnnotationError, match=r"video 'Ziege ä.mp4': .* frame rate is unknown. .*\(--fps\)"):
        read_annotations(task)


def test_images_1_1_are_rejected_with_the_format_to_export(tmp_path):
    path = tmp_path / 'images.xml'
    path.write_text('<annotations><image id="0" name="a"><tag label="run"/></image></annotations>', encoding='utf-8')
    with pytest.raises(
        AnnotationError, match=r'this is "CVAT for images 1\.1"\. Export the task as "CVAT for video 1\.1"'
    ):
        read_annotations(path)


def test_writing_into_a_task_keeps_every_byte_of_it(task):
    project = read_annotations(task, reading=at(10.0))
    write_annotations(project, task, 'cvat', Writing(fps=10.0), into=task)
    text = task.read_text(encoding='utf-8')
    head, tail = TASK[: TASK.rindex('</annotations>')], TASK[TASK.rindex('</annotations>') :]
    assert text.startswith(head)
    assert text.endswith(tail)
    first, second = read_annotations(task, reading=at(10.0)).videos[0].tracks
    assert first == second
    assert second.where == 'track 5'
