"""ELAN: files as ELAN writes them."""

from __future__ import annotations

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

EAF = """<?xml version="1.0" encoding="UTF-8"?>
<!-- by hand -->
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T10:00:00+01:00" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
        <MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/Users/me/k%C3%BCche%201.mp4" MIME_TYPE="video/mp4" RELATIVE_MEDIA_URL="./k%C3%BCche%201.mp4"/>
        <MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/Users/me/a.wav" MIME_TYPE="audio/x-wav"/>
        <PROPERTY NAME="lastUsedAnnotationId">8</PROPERTY>
    </HEADER>
    <TIME_ORDER>
        <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1000"/>
        <TIME_SLOT TIME_SLOT_ID="ts2"/>
        <TIME_SLOT TIME_SLOT_ID="ts3"/>
        <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="4000"/>
        <TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="1500"/>
        <TIME_SLOT TIME_SLOT_ID="ts6"/>
    </TIME_ORDER>
    <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="cook">
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE> rühren </ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3"><ANNOTATION_VALUE>cut</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4"><ANNOTATION_VALUE></ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    </TIER>
    <TIER LINGUISTIC_TYPE_REF="child" PARENT_REF="cook" TIER_ID="hand" PARTICIPANT="Ana">
        <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a4" ANNOTATION_REF="a2"><ANNOTATION_VALUE>left</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
        <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a5" ANNOTATION_REF="a2" PREVIOUS_ANNOTATION="a4"><ANNOTATION_VALUE>right</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
    </TIER>
    <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="loose">
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a8" TIME_SLOT_REF1="ts5" TIME_SLOT_REF2="ts6"><ANNOTATION_VALUE>x</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    </TIER>
    <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Subdivision" LINGUISTIC_TYPE_ID="child" TIME_ALIGNABLE="false"/>
    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
</ANNOTATION_DOCUMENT>
"""  # noqa: E501


@pytest.fixture
def eaf(tmp_path):
    path = tmp_path / 'kitchen.eaf'
    path.write_text(EAF, encoding='utf-8')
    return path


def test_times_are_interpolated_and_inherited(eaf):
    reading = Reading()
    (video,) = read_annotations(eaf, reading=reading).videos
    assert video.name == 'küche 1.mp4'
    assert video.segments == (
        Segment(1.0, 2.0, 'rühren', 'cook'),
        Segment(2.0, 2.5, 'left', 'Ana'),
        Segment(2.0, 3.0, 'cut', 'cook'),
        Segment(2.5, 3.0, 'right', 'Ana'),
    )
    assert [str(finding) for finding in reading.findings] == [
        "kitchen.eaf, tier 'cook', annotation a3: the annotation is empty. Write its label, or delete it.",
        "kitchen.eaf, tier 'loose', annotation a8: it has no time, nor have its neighbours. "
        'Align it with the video in ELAN.',
    ]


def test_time_origin_of_the_video(tmp_path, eaf):
    eaf.write_text(EAF.replace('MIME_TYPE="video/mp4"', 'MIME_TYPE="video/mp4" TIME_ORIGIN="2500"'), encoding='utf-8')
    (video,) = read_annotations(eaf, reading=Reading()).videos
    assert video.segments[0] == Segment(3.5, 4.5, 'rühren', 'cook')


def test_predictions_are_added_on_tiers_of_their_own(tmp_path, eaf):
    predicted = (
        Segment(0.5, 2.5, 'cut', '', 0.9, 'tsn'),
        Segment(1.0, 1.5, 'rühren', '', 0.8, 'tsn'),
        Segment(3.0, 3.5, 'cut', 'cook', 0.7, 'tsn'),
    )
    writing = Writing()
    project = Project((Video('küche 1.mp4', segments=predicted),))
    write_annotations(project, tmp_path / 'new.eaf', 'elan', writing, into=eaf)
    text = (tmp_path / 'new.eaf').read_text(encoding='utf-8')
    assert [str(finding) for finding in writing.findings] == ['ELAN has no place for scores: 3 dropped (küche 1.mp4).']

    # Every line of the file is there, in order; only the counter of annotations has risen.
    lines = iter(text.splitlines())
    for line in EAF.replace('lastUsedAnnotationId">8<', 'lastUsedAnnotationId">11<').splitlines():
        assert line in lines, line

    added = [s for s in read_annotations(tmp_path / 'new.eaf', reading=Reading()).videos[0].segments if s.model]
    assert [(s.start_sec, s.end_sec, s.label, s.subject) for s in added] == [
        (0.5, 2.5, 'cut', ''),
        (1.0, 1.5, 'rühren', ''),
        (3.0, 3.5, 'cut', 'cook'),
    ]
    assert [s.where for s in added] == [
        "tier 'default [tsn]', annotation a9",
        "tier 'default [tsn] 2', annotation a10",
        "tier 'cook [tsn]', annotation a11",
    ]
    write_annotations(project, tmp_path / 'again.eaf', 'elan', Writing(), into=tmp_path / 'new.eaf')
    assert (tmp_path / 'again.eaf').read_text(encoding='utf-8') == text


def test_file_without_video(tmp_path):
    path = tmp_path / 'x.eaf'
    path.write_text('<ANNOTATION_DOCUMENT><HEADER/></ANNOTATION_DOCUMENT>')
    with pytest.raises(AnnotationError, match=r'x\.eaf: it has no MEDIA_DESCRIPTOR\. Link the video in ELAN, and save'):
        read_annotations(path)


def test_a_folder_of_files_takes_predictions_of_its_videos(tmp_path):
    folder = tmp_path / 'old'
    names = [f'{number}.mp4' for number in range(4)]
    by_hand = Project(tuple(Video(name, segments=(Segment(0.5, 1.5, 'cut', 'Ana'),)) for name in names[:3]))
    write_annotations(by_hand, folder, 'elan')
    predicted = Segment(1.0, 2.0, 'cut', 'Ana', None, 'tsn')
    project = Project(tuple(Video(f'videos/{name}', segments=(predicted,)) for name in names[1:]))
    write_annotations(project, tmp_path / 'new', 'elan', into=folder)
    read = {video.name: video.segments for video in read_annotations(tmp_path / 'new').videos}
    first = by_hand.videos[0].segments
    assert read == {
        '0.mp4': first,
        '1.mp4': (*first, predicted),
        '2.mp4': (*first, predicted),
        'videos/3.mp4': (predicted,),
    }
    assert (tmp_path / 'new' / '0.eaf').read_bytes() == (folder / '0.eaf').read_bytes()
    with pytest.raises(AnnotationError, match=r"0\.eaf: it does not describe the video 'videos/1\.mp4'"):
        write_annotations(Project(project.videos[:1]), tmp_path / 'x.eaf', 'elan', into=folder / '0.eaf')
    with pytest.raises(AnnotationError, match=r'x\.eaf: a file of ELAN describes one video, and there are 3'):
        write_annotations(project, tmp_path / 'x.eaf', 'elan')


def test_files_are_read_by_pympi(tmp_path):
    elan = pytest.importorskip('pympi.Elan', reason='pip install pympi-ling')
    segments = (
        Segment(0.5, 1.5, 'rühren', 'Ana'),
        Segment(1.0, 2.0, '<b>', 'Ana'),
        Segment(2.0, 3.0, 'cut', '', None, 'tsn'),
    )
    write_annotations(Project((Video('dir x/ä b.mp4', segments=segments),)), tmp_path / 'x.eaf', 'elan')
    file = elan.Eaf(str(tmp_path / 'x.eaf'))
    tiers = {name: file.get_annotation_data_for_tier(name) for name in file.get_tier_names()}
    assert tiers == {
        'Ana': [(500, 1500, 'rühren')],
        'Ana 2': [(1000, 2000, '<b>')],
        'default [tsn]': [(2000, 3000, 'cut')],
    }
    file.to_file(str(tmp_path / 'again.eaf'))
    assert read_annotations(tmp_path / 'again.eaf').videos[0].segments == segments
